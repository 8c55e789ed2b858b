// Requests that no honest client sends, to the whole application in process.

import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { concatBytes, uint32le, utf8 } from "../../lib/bytes.ts";
import { listEvents } from "../../lib/storage/ledger.ts";
import { openTestApp, type TestApp } from "../routes/test_app.ts";
import { addressOf, routeFiles } from "./routes.ts";

const MODEL = new URL("../fixtures/old-shakespeare.fp16.tinygpt", import.meta.url);
const CHANGING = ["POST", "PUT", "PATCH", "DELETE"];
const SUBMIT = "/api/v1/submissions?name=Model&author=me";

describe("a request that no honest client sends", () => {
  let app: TestApp;
  let model: Uint8Array<ArrayBuffer>;
  let address = 0;
  beforeAll(async () => {
    app = await openTestApp({ origin: "https://board.example" });
    model = await Deno.readFile(MODEL);
  });
  afterAll(() => app.close());

  /** Each from an address of its own: limits of rate have their own test. */
  const send = (path: string, init?: RequestInit) =>
    app.request(path, init, `192.0.2.${++address % 250}.${address}`);

  async function stored(): Promise<number> {
    return (await listEvents(app.services.db, { limit: 500 })).length;
  }

  describe("sent by a page of another site", () => {
    const FORGERIES: Record<string, Record<string, string>> = {
      "as browsers say it": { "sec-fetch-site": "cross-site", origin: "https://evil.test" },
      "by a browser that says no more than its origin": { origin: "https://evil.test" },
      "from a page without an origin": { origin: "null", "sec-fetch-site": "cross-site" },
      "from a neighbour of the same site": {
        "sec-fetch-site": "same-site",
        origin: "http://evil.board.test",
      },
      "from the same host at another port": { origin: "http://board.test:8080" },
      "from an origin that is no address": { origin: "board.test" },
    };

    it("is refused by every route that changes something", async () => {
      const before = await stored();
      const found: string[] = [];
      for (const { pattern, methods } of await routeFiles()) {
        for (const method of methods.filter((method) => CHANGING.includes(method))) {
          found.push(`${method} ${pattern}`);
          for (const [how, headers] of Object.entries(FORGERIES)) {
            const path = addressOf(pattern) +
              (pattern.endsWith("submissions") ? SUBMIT.slice(19) : "");
            const response = await send(path, { method, headers, body: model });
            assert.equal(response.status, 403, `${method} ${pattern} ${how}`);
            await response.body?.cancel();
          }
        }
      }
      // The walk has found what there is.
      assert.ok(found.includes("POST /submit") && found.includes("PUT /api/v1/corpora/[id]"));
      assert.equal(await stored(), before);
    });

    it("is refused before its address is looked at", async () => {
      const headers = FORGERIES["as browsers say it"];
      assert.equal((await send("/nothing", { method: "POST", headers })).status, 403);
      assert.equal((await send("/", { method: "DELETE", headers })).status, 403);
    });

    it("may read what anybody may read", async () => {
      const headers = { "sec-fetch-site": "cross-site", origin: "https://other.test" };
      assert.equal((await send("/api/v1/models/stories", { headers })).status, 200);
      const post = await send("/api/v1/submissions", { method: "OPTIONS", headers });
      assert.doesNotMatch(post.headers.get("access-control-allow-methods") ?? "", /POST|PUT/);
    });

    it("is told from our own pages, also behind a proxy that ends HTTPS, and from programs", async () => {
      for (
        const headers of [
          { "sec-fetch-site": "same-origin", origin: "https://board.example" },
          { origin: "http://board.test" },
          { origin: "https://board.example" },
          {},
        ] as Record<string, string>[]
      ) {
        const response = await send("/submit", { method: "POST", headers, body: "no form" });
        assert.equal(response.status, 422);
        await response.body?.cancel();
      }
    });
  });

  describe("with a packed body", () => {
    const bomb = new Uint8Array(gzipSync(new Uint8Array(50_000_000)));

    it("is refused, and nothing of it is unpacked", async () => {
      const before = await stored();
      for (const coding of ["gzip", "br", "deflate", "zstd", "identity, gzip", "x"]) {
        const headers = { "content-encoding": coding };
        const response = await send(SUBMIT, { method: "POST", headers, body: bomb });
        assert.equal(response.status, 415, coding);
        assert.match((await response.json()).error.expected, /without Content-Encoding/);
      }
      const form = await send("/submit", {
        method: "POST",
        headers: { "content-encoding": "gzip", "content-type": "multipart/form-data; boundary=x" },
        body: bomb,
      });
      assert.equal(form.status, 415);
      assert.match(await form.text(), /The body is packed/);
      assert.equal(await stored(), before);
    });

    it("is read as the bytes it is where it only pretends to be a model", async () => {
      const response = await send(SUBMIT, { method: "POST", body: bomb });
      assert.equal(response.status, 422);
      assert.match((await response.json()).error.message, /TGPT/);
    });
  });

  describe("with a body that is too large", () => {
    it("is refused by what it says of itself, before a byte is read", async () => {
      const unread = new ReadableStream<Uint8Array>({
        pull: () => {
          throw new Error("nobody reads this");
        },
      }, { highWaterMark: 0 });
      const headers = { "content-length": String(10 ** 12) };
      const response = await send(SUBMIT, { method: "POST", headers, body: unread });
      assert.equal(response.status, 413);
    });

    it("is refused when it is longer than may be, and leaves nothing behind", async () => {
      const { config } = app.services;
      const before = config.maxUploadBytes;
      config.maxUploadBytes = 1000;
      let sent = 0;
      const endless = new ReadableStream<Uint8Array>({
        pull(controller) {
          sent += 1000;
          controller.enqueue(new Uint8Array(1000).fill(84));
        },
      });
      const response = await send(SUBMIT, { method: "POST", body: endless });
      config.maxUploadBytes = before;
      assert.equal(response.status, 413);
      assert.ok(sent < 10_000);
      const incoming = `${config.dataDir}/blobs/incoming`;
      assert.deepEqual([...Deno.readDirSync(incoming)], []);
    });

    it("is refused when its form has too many fields, or one that is too long", async () => {
      const form = new FormData();
      form.set("name", "n".repeat(100_000));
      for (let i = 0; i < 500; i++) form.set(`field${i}`, "x");
      form.set("file", new File([model], "m.tinygpt"));
      const response = await send("/submit", { method: "POST", body: form });
      assert.equal(response.status, 422);
      await response.body?.cancel();
    });
  });

  describe("with JSON that is huge or deep", () => {
    const header = (text: string, stated = text.length) =>
      concatBytes([utf8("TGPT"), uint32le(2), uint32le(stated), utf8(text)]);
    const MEBI = 1024 ** 2;

    it("in the header of a model is refused with the reason, and nothing of it is kept", async () => {
      const before = await stored();
      const cases: [string, Uint8Array<ArrayBuffer>, RegExp][] = [
        ["deep arrays", header("[".repeat(7 * MEBI)), /nested too deep/],
        ["deep objects", header('{"a":'.repeat(MEBI)), /nested too deep/],
        ["many keys", header(`{${'"a":1,'.repeat(MEBI)}"b":2}`), /config/],
        ["a long string", header(JSON.stringify({ config: "x".repeat(7 * MEBI) })), /config/],
        ["a long number", header(`{"config":{"layers":${"9".repeat(MEBI)}}}`), /layers/],
        ["longer than may be", header("{}".padEnd(9 * MEBI)), /header/i],
        ["longer than it is", header("{}", 2 ** 32 - 1), /header/i],
        ["keys of prototypes", header('{"__proto__":{"config":{}},"constructor":1}'), /config/],
      ];
      for (const [what, body, message] of cases) {
        const response = await send(SUBMIT, { method: "POST", body });
        assert.equal(response.status, 422, what);
        const { error } = await response.json();
        assert.match(error.message, message, what);
        assert.ok(JSON.stringify(error).length < 2000, `${what}: what is hostile is not echoed`);
      }
      assert.equal(await stored(), before);
      assert.equal(Reflect.get({}, "config"), undefined);
    });

    it("sent to sign in is refused", async () => {
      for (const body of ["[".repeat(MEBI), `{"a":"${"x".repeat(MEBI)}"}`, "{", "null", "[]"]) {
        const headers = { "content-type": "application/json" };
        for (const path of ["/account/sign-in", "/account/auth/passkey/verify-authentication"]) {
          const response = await send(path, { method: "POST", headers, body });
          await response.body?.cancel();
          assert.ok(response.status >= 400 && response.status < 500, `${path} ${response.status}`);
        }
      }
    });

    it("in a query of a thousand parameters changes nothing", async () => {
      const query = Array.from({ length: 1000 }, (_, i) => `state=exact&p${i}[a][b]=1`).join("&");
      const response = await send(`/api/v1/leaderboard/sort-6?${query}`);
      await response.body?.cancel();
      assert.ok(response.status === 200 || response.status === 422);
    });
  });
});
