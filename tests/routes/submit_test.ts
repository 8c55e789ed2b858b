import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { openTestApp, type TestApp } from "./test_app.ts";

const FIXTURE = new URL("../fixtures/old-shakespeare.fp16.tinygpt", import.meta.url);

describe("submitting", () => {
  let app: TestApp;
  let model: Uint8Array<ArrayBuffer>;
  beforeAll(async () => {
    app = await openTestApp();
    model = await Deno.readFile(FIXTURE);
  });
  afterAll(() => app.close());

  const form = (fields: Record<string, string>, file?: BlobPart, fileName = "m.tinygpt") => {
    const data = new FormData();
    for (const [name, value] of Object.entries(fields)) data.set(name, value);
    if (file !== undefined) data.set("file", new File([file], fileName));
    return { method: "POST", body: data };
  };
  const fields = { name: "From a form", author: "A <person>", blurb: "" };

  it("takes the form without scripts and leads to the status page", async () => {
    const response = await app.request("/submit", form(fields, model));
    assert.equal(response.status, 303, await response.text());
    const location = response.headers.get("location") ?? "";
    assert.match(location, /^\/submissions\/[\w-]+$/);
    const status = await (await app.request(location)).text();
    assert.ok(status.includes("From a form"));
    assert.match(status, /<noscript><meta http-equiv="refresh"/);
  });

  it("takes the raw bytes with the fields in the query, and the same file leads to the same entry", async () => {
    const path = "/api/v1/submissions?name=Raw&author=me&blurb=&fileName=raw.tinygpt";
    const response = await app.request(path, { method: "POST", body: model });
    assert.equal(response.status, 201);
    const { id, status } = await response.json();
    assert.equal(status, `/submissions/${id}`);
    const view = await (await app.request(`/api/v1/submissions/${id}`)).json();
    assert.equal(view.name, "From a form");
  });

  it("says where the fields go when a form is sent to the API", async () => {
    const response = await app.request("/api/v1/submissions", form(fields, "x"));
    assert.equal(response.status, 422);
    const { error } = await response.json();
    assert.equal(error.got, "a multipart form");
    assert.match(error.fix, /name and author in the query/);
  });

  it("comes back to the form with the fields kept when the file is no model", async () => {
    const response = await app.request(
      "/submit",
      form({ ...fields, name: 'My "model"' }, "this is no model at all"),
    );
    assert.equal(response.status, 422);
    const text = await response.text();
    assert.match(text, /role="alert"/);
    assert.match(text, /Expected<\/dt>/);
    assert.match(text, /value="My &quot;model&quot;"/);
  });

  it("says which field is missing, and marks it", async () => {
    const response = await app.request("/submit", form({ ...fields, name: "" }, model));
    assert.equal(response.status, 422);
    assert.match(await response.text(), /name="name"[^>]*aria-invalid="true"/);
  });

  it("asks for a file when none was chosen", async () => {
    const response = await app.request("/submit", form(fields));
    assert.equal(response.status, 422);
    assert.match(await response.text(), /No file was chosen/);
    const empty = await app.request("/submit", form(fields, "", ""));
    assert.equal(empty.status, 422);
  });

  it("refuses a body that is no form, or breaks off inside one", async () => {
    const text = await app.request("/submit", { method: "POST", body: "hello" });
    assert.equal(text.status, 422);
    await text.body?.cancel();
    const cut = await app.request("/submit", {
      method: "POST",
      headers: { "content-type": "multipart/form-data; boundary=x" },
      body: '--x\r\ncontent-disposition: form-data; name="file"; filename="a.tinygpt"\r\n\r\nTGPT',
    });
    assert.equal(cut.status, 422);
    await cut.body?.cancel();
  });

  it("stops an upload that is too large and says how large it may be", async () => {
    const { config } = app.services;
    const before = config.maxUploadBytes;
    config.maxUploadBytes = 1000;
    const path = "/api/v1/submissions?name=Big&author=me";
    const response = await app.request(path, { method: "POST", body: model });
    config.maxUploadBytes = before;
    assert.equal(response.status, 413);
    assert.match((await response.json()).error.expected, /at most 1000 bytes/);
  });

  it("slows one address down without touching another", async () => {
    const post = (address: string) =>
      app.request("/api/v1/submissions?name=&author=", { method: "POST", body: "x" }, address);
    let refused: Response | null = null;
    for (let i = 0; i < 40 && refused === null; i++) {
      const response = await post("203.0.113.9");
      if (response.status === 429) refused = response;
      else await response.body?.cancel();
    }
    assert.ok(Number(refused?.headers.get("retry-after")) > 0);
    assert.match((await refused!.json()).error.fix, /^Wait \d+ seconds/);
    assert.equal((await post("203.0.113.10")).status, 422);
  });
});
