import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { BudgetError, IntegrityError, NotFoundError, TinyproofError } from "../../lib/errors.ts";
import { ChecksumError, PartFiles } from "../../lib/storage/part_files.ts";

const ID = "upload1";

describe("files that arrive in parts", () => {
  let directory: string;
  let parts: PartFiles;
  beforeEach(async () => {
    directory = await Deno.makeTempDir({ prefix: "tinyproof-parts-" });
    parts = await PartFiles.open(directory);
  });
  afterEach(() => Deno.remove(directory, { recursive: true }));

  const stream = (...texts: string[]) =>
    ReadableStream.from(texts.map((text) => new TextEncoder().encode(text)));
  const append = (offset: number, body: ReadableStream<Uint8Array>, more = {}) =>
    parts.append(ID, { offset, stream: body, maxBytes: 100, checksum: null, ...more });
  const text = async () => await new Response(await parts.read(ID)).text();
  /** A stream that gives what it is told to, and no more until it is told. */
  const held = () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    return {
      readable,
      say: (word: string) => writer.write(new TextEncoder().encode(word)),
      writer,
    };
  };

  it("joins parts, and knows its size after a restart", async () => {
    assert.equal(await parts.size(ID), 0);
    assert.equal(await append(0, stream("one ", "two ")), 8);
    assert.equal(await append(8, stream("three")), 13);
    parts = await PartFiles.open(directory);
    assert.equal(await parts.size(ID), 13);
    assert.equal(await text(), "one two three");
  });

  it("refuses a part that does not begin where the file ends", async () => {
    await append(0, stream("one"));
    await assert.rejects(append(2, stream("x")), IntegrityError);
    await assert.rejects(append(4, stream("x")), IntegrityError);
    assert.equal(await text(), "one");
  });

  it("keeps what came before the connection broke off", async () => {
    const { readable, say, writer } = held();
    const writing = append(0, readable);
    await say("half");
    await writer.abort(new Error("reset"));
    await assert.rejects(writing, TinyproofError);
    assert.equal(await append(4, stream(" and half")), 13);
    assert.equal(await text(), "half and half");
  });

  it("lets who comes back go on while the lost connection is still open", async () => {
    const { readable, say } = held();
    const writing = assert.rejects(append(0, readable), /Another request/);
    await say("first");
    await parts.interrupt(ID);
    await writing;
    assert.equal(await append(await parts.size(ID), stream(" second")), 12);
    assert.equal(await text(), "first second");
  });

  it("gives the file to the latest of several who write at once", async () => {
    const [a, b] = [held(), held()];
    const first = assert.rejects(append(0, a.readable), /Another request/);
    await a.say("a");
    const second = append(1, b.readable);
    await first;
    await b.say("b");
    await b.writer.close();
    assert.equal(await second, 2);
    assert.equal(await text(), "ab");
  });

  it("keeps nothing of a part with more bytes than announced", async () => {
    await append(0, stream("one"));
    await assert.rejects(append(3, stream("ab", "c"), { maxBytes: 2 }), BudgetError);
    assert.equal(await text(), "one");
  });

  it("keeps a part only when it is what its checksum says", async () => {
    for (const algorithm of ["sha256", "sha1"] as const) {
      const digest = createHash(algorithm).update("good").digest("base64");
      const offset = await parts.size(ID);
      const checksum = { algorithm, digest };
      await assert.rejects(append(offset, stream("bad!"), { checksum }), ChecksumError);
      assert.equal(await append(offset, stream("go", "od"), { checksum }), offset + 4);
    }
    assert.equal(await text(), "goodgood");
    const { readable, say, writer } = held();
    const digest = createHash("sha256").update("whole").digest("base64");
    const writing = append(8, readable, { checksum: { algorithm: "sha256", digest } });
    await say("who");
    await writer.abort(new Error("reset"));
    await assert.rejects(writing, TinyproofError);
    assert.equal(await text(), "goodgood");
  });

  it("lists and deletes, and touches nothing outside of its folder", async () => {
    await append(0, stream("one"));
    assert.deepEqual(await parts.list(), [ID]);
    await parts.delete(ID);
    await parts.delete(ID);
    assert.deepEqual(await parts.list(), []);
    await assert.rejects(parts.read(ID), NotFoundError);
    await assert.rejects(parts.size("../secret"), NotFoundError);
  });
});
