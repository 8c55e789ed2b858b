import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { ValidationError } from "../../lib/errors.ts";
import { readMultipart } from "../../lib/http/multipart.ts";

const BOUNDARY = "edge";
const field = (name: string, value: string) =>
  `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const fileHead = (fileName: string) =>
  `--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="${fileName}"\r\n` +
  "content-type: application/octet-stream\r\n\r\n";
const END = `\r\n--${BOUNDARY}--\r\n`;

/** A form whose body the test writes piece by piece. */
function openForm() {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const request = new Request("http://board.test/submit", {
    method: "POST",
    headers: { "content-type": `multipart/form-data; boundary=${BOUNDARY}` },
    body: readable,
  });
  const write = (text: string) => writer.write(new TextEncoder().encode(text));
  return { request, write, writer };
}

describe("reading a multipart form as it arrives", () => {
  it("hands over the fields and the start of the file before the end has come", async () => {
    const { request, write, writer } = openForm();
    const sent = write(
      field("name", "Ünï") + field("__proto__", "x") + fileHead("a.tinygpt") + "TGPT",
    )
      .then(() => write("-and-a-tail-long-enough-to-be-no-boundary"));
    const { fields, fileName, file } = await readMultipart(request);
    assert.equal(fields.name, "Ünï");
    assert.equal(Object.getPrototypeOf(fields), null);
    assert.equal(fileName, "a.tinygpt");
    const reader = file!.getReader();
    assert.match(new TextDecoder().decode((await reader.read()).value), /^TGPT/);
    await sent;
    const closed = write(END).then(() => writer.close());
    while (!(await reader.read()).done);
    await closed;
  });

  it("reports a form that breaks off inside the file to whoever reads the file", async () => {
    const { request, write, writer } = openForm();
    const sent = write(fileHead("a.tinygpt") + "TGPT").then(() => writer.close());
    await assert.rejects(async () => {
      const { file } = await readMultipart(request);
      await new Response(file).bytes();
    }, ValidationError);
    await sent.catch(() => {});
  });

  it("lets the reader walk away in the middle", async () => {
    const { request, write } = openForm();
    write(fileHead("a.tinygpt") + "x".repeat(100_000)).catch(() => {});
    const { file } = await readMultipart(request);
    await file!.cancel();
  });

  it("gives no file when none was chosen", async () => {
    const { request, write, writer } = openForm();
    const sent = write(field("name", "n") + fileHead("") + END).then(() => writer.close());
    const { file, fields } = await readMultipart(request);
    assert.equal(file, null);
    assert.equal(fields.name, "n");
    await sent;
  });

  for (const type of ["application/json", "multipart/form-data", ""]) {
    it(`refuses a body of type "${type}"`, async () => {
      const request = new Request("http://board.test/submit", {
        method: "POST",
        headers: { "content-type": type },
        body: "{}",
      });
      await assert.rejects(readMultipart(request), ValidationError);
    });
  }
});
