// Requests that no honest client sends, to the whole application in process.

import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { visitLimit } from "../../lib/http/open_reading.ts";
import { AddressLimiter } from "../../lib/http/rate_limit.ts";
import { listEvents } from "../../lib/storage/ledger.ts";
import { App } from "fresh";
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

  describe("for a file outside", () => {
    const OUTSIDE = [
      ...["../deno.json", "..%2fdeno.json", "..%2Fdeno.json", "%2e%2e/deno.json"],
      ...["%2e%2e%2fdeno.json", "..%252fdeno.json", "..\\deno.json", "..%5cdeno.json"],
      ...["....//deno.json", "%c0%ae%c0%ae/deno.json", "./.././deno.json", "%00", "x%00.json"],
      ...["/etc/passwd", "%2fetc%2fpasswd", "file:///etc/passwd", "C:%5cwindows", "~root"],
      ...["../data/var/pglite/PG_VERSION", "..%2fvar%2flock", "var/lock", "README.md"],
      ...["..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd", "%ff", "%", "%2"],
    ];

    for (
      const folder of [
        ...["/files/", "/data/", "/build/", "/feeds/", "/", "/corpora/", "/models/"],
        ...["/reports/", "/api/v1/models/", "/api/v1/corpora/"],
      ]
    ) {
      it(`below ${folder} finds nothing`, async () => {
        for (const path of OUTSIDE) {
          const response = await send(folder + path);
          const text = await response.text();
          assert.ok(
            [400, 404, 422].includes(response.status),
            `${folder}${path} ${response.status}`,
          );
          assert.doesNotMatch(text, /"nodeModulesDir"|root:x:0/, path);
        }
      });
    }

    it("finds none of our own sources among the static files", async () => {
      for (const path of ["/deno.json", "/main.ts", "/lib/config.ts", "/.git/HEAD", "/engine.c"]) {
        assert.equal((await send(path)).status, 404, path);
      }
    });
  });

  describe("that writes into the head of the answer", () => {
    const LINES = ["%0d%0aset-cookie:%20a=1", "%0aset-cookie:%20a=1", "%E5%98%8A%E5%98%8Dx:%201"];

    it("sets no header and leads nowhere else", async () => {
      const paths = LINES.flatMap((line) => [
        `/${line}`,
        `//evil.test/${line}`,
        `/leaderboard/sort-6?sort=score&order=&x=${line}`,
        `/leaderboard/${line}/`,
        `/models/stories/${line}/`,
        `/files/${line}`,
        `/corpora/${line}/text`,
        `/data/${line}`,
      ]);
      for (const path of [...paths, "//evil.test/", "/\\evil.test/", "///evil.test/%2e%2e/"]) {
        const response = await send(path);
        await response.body?.cancel();
        assert.equal(response.headers.get("set-cookie"), null, path);
        const location = response.headers.get("location") ?? "/";
        assert.match(location, /^\/(?![/\\])/, `${path} leads to ${location}`);
        assert.doesNotMatch(location, /[\r\n]/);
      }
    });

    it("is no name of a file in one either", async () => {
      const fields = "name=Split&author=me&fileName=a%0d%0ax%3a%201%22%3b%20filename%3d%22b";
      const response = await send(`/api/v1/submissions?${fields}`, { method: "POST", body: model });
      assert.equal(response.status, 422);
    });
  });

  describe("that comes too often", () => {
    it("for pages and downloads is refused with the time to wait, each network by itself", async () => {
      const ask = async (path: string, from: string) => {
        const response = await app.request(path, {}, from);
        await response.body?.cancel();
        return response;
      };
      const statuses = new Set<number>();
      for (let i = 0; i < 1200; i++) statuses.add((await ask("/data/none", "2001:db8::1")).status);
      assert.deepEqual([...statuses], [404]);
      // Another address of the same owner, and another path.
      const refused = await ask("/files/none", "2001:db8::2:3");
      assert.equal(refused.status, 429);
      assert.ok(Number(refused.headers.get("retry-after")) > 0);
      assert.equal((await ask("/data/none", "2001:db8:0:1::1")).status, 404);
      assert.equal((await ask("/styles.css", "2001:db8::1")).status, 200, "files cost nothing");
    });

    it("is counted by a limiter that lets this machine itself pass", async () => {
      const limiter = new AddressLimiter({ points: 1, durationSeconds: 60 }, "requests");
      const handler = new App().use(visitLimit(limiter)).get("/x", () => new Response("x"))
        .handler();
      const from = async (hostname: string) =>
        (await handler(new Request("http://b.test/x"), {
          remoteAddr: { transport: "tcp", hostname, port: 1 },
          completed: Promise.resolve(),
        })).status;
      assert.deepEqual([await from("127.0.0.1"), await from("127.0.0.1")], [200, 200]);
      assert.deepEqual([await from("192.0.2.1"), await from("192.0.2.1")], [200, 500]);
    });
  });
});
