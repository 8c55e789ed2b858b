// Addresses that lead out of the server, into the head of its answers, or to it too often.

import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { App } from "fresh";
import { visitLimit } from "../../lib/http/open_reading.ts";
import { AddressLimiter } from "../../lib/http/rate_limit.ts";
import { openTestApp, type TestApp } from "../routes/test_app.ts";

const MODEL = new URL("../fixtures/old-shakespeare.fp16.tinygpt", import.meta.url);

describe("a request", () => {
  let app: TestApp;
  let model: Uint8Array<ArrayBuffer>;
  let address = 0;
  beforeAll(async () => {
    app = await openTestApp();
    model = await Deno.readFile(MODEL);
  });
  afterAll(() => app.close());

  /** Each from an address of its own. */
  const send = (path: string, init?: RequestInit) =>
    app.request(path, init, `192.0.2.${++address % 250}.${address}`);

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
