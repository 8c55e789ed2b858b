import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { utf8 } from "../../lib/bytes.ts";
import { DECLARATION } from "../../lib/corpora/fields.ts";
import { CORPORA } from "../../lib/corpora/registry.ts";
import { getCorpus, putScan } from "../../lib/corpora/store.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { listEvents } from "../../lib/storage/ledger.ts";
import { openTestApp, type TestApp } from "./test_app.ts";

const TEXT = "Once <b>upon</b> a time\nthere was a small corpus of somebody's own.\n";

describe("the corpora", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp();
  });
  afterAll(() => app.close());

  const fields = {
    name: "My <i>diary</i>",
    author: "Ada",
    source: "My desk",
    licence: "CC0-1.0",
    licenceNote: "",
    declaration: "yes",
  };
  const form = (values: Record<string, string>, file?: BlobPart) => {
    const data = new FormData();
    for (const [name, value] of Object.entries(values)) data.set(name, value);
    if (file !== undefined) data.set("file", new File([file], "corpus.txt"));
    return { method: "POST", body: data };
  };
  let address = 0;
  async function put(
    body: string | Uint8Array<ArrayBuffer>,
    { id, ...values }: Partial<typeof fields> & { id?: string } = {},
  ) {
    const bytes = typeof body === "string" ? utf8(body) : body;
    const query = new URLSearchParams({ ...fields, ...values });
    const path = `/api/v1/corpora/${id ?? await sha256Hex(bytes)}?${query}`;
    return await app.request(path, { method: "PUT", body: bytes }, `10.0.0.${++address}`);
  }
  const kept = async (body: string | Uint8Array<ArrayBuffer>) => {
    const digest = await sha256Hex(typeof body === "string" ? utf8(body) : body);
    return await app.services.blobs.has(digest);
  };

  it("are listed with licence, size and scan, the registered ones first", async () => {
    const text = await (await app.request("/corpora")).text();
    for (const { name, id } of CORPORA) {
      assert.ok(text.includes(name.replaceAll("&", "&amp;")), name);
      assert.ok(text.includes(`href="/corpora/${id}"`));
    }
    const { corpora } = await (await app.request("/api/v1/corpora")).json();
    assert.deepEqual(corpora.map(({ id }: { id: string }) => id), CORPORA.map(({ id }) => id));
  });

  it("are taken by the form, shown as text alone, and are there once", async () => {
    const id = await sha256Hex(utf8(TEXT));
    for (let time = 0; time < 2; time++) {
      const response = await app.request("/corpora/new", form(fields, TEXT), "10.1.0.1");
      assert.equal(response.status, 303, await response.text());
      assert.equal(response.headers.get("location"), `/corpora/${id}`);
    }
    const text = await (await app.request(`/corpora/${id}`)).text();
    assert.ok(text.includes("My &lt;i>diary&lt;/i>"));
    assert.ok(text.includes("Once &lt;b>upon&lt;/b> a time"));
    assert.match(text, /waits for its scan/);
    const events = await listEvents(app.services.db, { limit: 50 });
    assert.equal(events.filter(({ kind }) => kind === "corpus").length, 1);
    const file = await app.request(`/corpora/${id}/text`);
    assert.equal(await file.text(), TEXT);
    assert.equal(file.headers.get("content-type"), "application/octet-stream");
    assert.match(file.headers.get("content-disposition") ?? "", /^attachment/);
  });

  it("are taken as raw bytes under their SHA-256", async () => {
    const body = `${TEXT} another`;
    const first = await put(body);
    assert.equal(first.status, 201, await first.clone().text());
    const { id, page } = await first.json();
    assert.equal(page, `/corpora/${await sha256Hex(utf8(body))}`);
    assert.equal((await put(body)).status, 200);
    const view = await (await app.request(`/api/v1/corpora/${id}`)).json();
    assert.deepEqual([view.licence, view.preview, view.scan], [
      "CC0 1.0, public domain dedication",
      body,
      null,
    ]);
  });

  it("show what a scan found", async () => {
    const id = await sha256Hex(utf8(TEXT));
    const grams = { distinct: 4, found: 2 };
    await putScan(app.services.db, {
      ...{ policy: 1, scanner: 1, corpus: id, byteLength: TEXT.length },
      parts: [{
        ...{ part: "training", start: 0, end: TEXT.length },
        targets: [{
          ...{ benchmark: "sort-6", version: 1, dataDigest: "d", contaminated: true, texts: 200 },
          ...{ found: 1, words8: grams, words13: grams, bytes8: grams, bytes13: grams },
          ...{ largestShare: 0.5, hull: [3, 9] },
          findings: [{ text: 4, rule: "whole", start: 3, end: 9, excerpt: "sort: <1> 2" }],
        }],
      }],
    });
    const text = await (await app.request(`/corpora/${id}`)).text();
    assert.match(text, /holds evaluation text of sort-6 v1/);
    assert.match(text, /1 of 200 texts found/);
    assert.ok(text.includes("sort: &lt;1> 2"));
    assert.match(await (await app.request("/corpora")).text(), /holds evaluation text of sort-6/);
  });

  it("are refused with a reason when a field is wrong, and nothing is kept", async () => {
    for (
      const [change, path] of [
        [{ name: "" }, "name"],
        [{ licence: "MINE" }, "licence"],
        [{ licence: "other" }, "licenceNote"],
        [{ declaration: "" }, "declaration"],
        [{ source: "\u202egnp" }, "source"],
      ] as const
    ) {
      const body = `refused for its ${path}`;
      const response = await put(body, change);
      assert.equal(response.status, 422, path);
      const { error } = await response.json();
      assert.equal(error.path, path);
      assert.ok(error.message && error.expected, path);
      assert.equal(await kept(body), false, path);
    }
    const page = await app.request("/corpora/new", form({ ...fields, declaration: "" }, "text"));
    assert.equal(page.status, 422);
    const text = await page.text();
    assert.ok(text.includes(DECLARATION));
    assert.match(text, /name="source"[^>]*value="My desk"/);
    assert.match(text, /name="declaration"[^>]*aria-invalid="true"/);
  });

  it("are refused when they are no text, empty, registered, or other bytes than announced", async () => {
    const binary = Uint8Array.of(...utf8("text and then "), 0xff, 0xfe);
    const registered = await Deno.readFile(
      new URL("../../data/corpora/tinyshakespeare.txt", import.meta.url),
    );
    const cases: [string | Uint8Array<ArrayBuffer>, string | undefined, number, RegExp][] = [
      [binary, undefined, 422, /UTF-8 text/],
      ["a NUL\0 here", undefined, 422, /UTF-8 text/],
      ["half a character \u00e9".slice(0, -1) + "\u00e9", "0".repeat(64), 409, /announced/],
      [registered, undefined, 422, /registered corpus tinyshakespeare/],
      ["text", "not-a-digest", 422, /under its SHA-256/],
    ];
    for (const [body, id, status, reason] of cases) {
      const response = await put(body, { id });
      assert.equal(response.status, status, String(reason));
      assert.match((await response.json()).error.message, reason);
      assert.equal(await kept(body), false);
    }
    assert.equal((await app.request("/corpora/new", form(fields, ""))).status, 422);
  });

  it("may have a size cap, with the same words as every other limit", async () => {
    const { config } = app.services;
    const before = config.maxCorpusBytes;
    config.maxCorpusBytes = 100;
    try {
      const response = await put("x".repeat(101));
      assert.equal(response.status, 413);
      assert.equal((await response.json()).error.expected, "at most 100 bytes");
      assert.equal(await kept("x".repeat(101)), false);
    } finally {
      config.maxCorpusBytes = before;
    }
  });

  it("keep a preview of whole characters", async () => {
    const body = `a${"é".repeat(2000)}`;
    assert.equal((await put(body)).status, 201);
    const row = await getCorpus(app.services.db, await sha256Hex(utf8(body)));
    assert.equal(row?.preview, `a${"é".repeat(1023)}`);
  });

  it("are not found under ids nobody has", async () => {
    for (const id of ["nobody", "f".repeat(64), "%00"]) {
      for (const path of [`/corpora/${id}`, `/corpora/${id}/text`, `/api/v1/corpora/${id}`]) {
        assert.equal((await app.request(path)).status, 404, path);
      }
    }
  });

  it("count against the limit of submissions", async () => {
    const send = () => app.request("/corpora/new", form(fields), "10.2.0.1");
    const statuses = [];
    for (let time = 0; time < 31; time++) statuses.push((await send()).status);
    assert.deepEqual([statuses[0], statuses[30]], [422, 429]);
  });
});
