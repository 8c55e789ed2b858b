import { beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { App } from "fresh";
import { pageCache } from "../../lib/http/page_cache.ts";

const TEXT = "A page that says the same until the data change. ".repeat(40);

describe("page cache", () => {
  let version: number | null, nowMs: number, made: number, slow: Promise<void> | undefined;
  let ask: (path: string, init?: RequestInit) => Promise<Response>;

  beforeEach(() => {
    version = 1, nowMs = 0, made = 0, slow = undefined;
    const app = new App<{ keep?: boolean }>()
      .use(pageCache({
        version: () => version,
        nowMs: () => nowMs,
        personal: ({ req }) => req.headers.has("cookie"),
      }))
      .get("/page", async (ctx) => {
        ctx.state.keep = true;
        const count = ++made;
        await slow;
        const q = ctx.url.searchParams.get("q") ?? "";
        return new Response(`${count} ${q} ${TEXT}`, { headers: { "content-type": "text/html" } });
      })
      .get("/scripted", (ctx) => {
        ctx.state.keep = true;
        return new Response(`${++made} <script nonce="once"></script>`);
      })
      .get("/own", () => new Response(String(++made)))
      .get("/missing", (ctx) => {
        ctx.state.keep = true;
        return new Response(String(++made), { status: 404 });
      });
    const handler = app.handler();
    ask = (path, init) => handler(new Request(new URL(path, "http://board.test"), init));
  });

  const countOf = async (path: string) => (await (await ask(path)).text()).split(" ")[0];

  it("makes a page once until the data change", async () => {
    assert.equal(await countOf("/page"), "1");
    assert.equal(await countOf("/page"), "1");
    version = 2;
    assert.equal(await countOf("/page"), "2");
  });

  it("keeps each query apart", async () => {
    assert.match(await (await ask("/page?q=a")).text(), /^1 a /);
    assert.match(await (await ask("/page?q=b")).text(), /^2 b /);
    assert.match(await (await ask("/page?q=a")).text(), /^1 a /);
  });

  it("keeps each host apart: who asks under a false name poisons nobody's page", async () => {
    assert.equal(await countOf("http://false.test/page"), "1");
    assert.equal(await countOf("/page"), "2");
  });

  it("makes a page anew for who may be named in it, and keeps it for nobody", async () => {
    assert.equal(await countOf("/page"), "1");
    const own = await ask("/page", { headers: { cookie: "session" } });
    assert.match(await own.text(), /^2 /);
    assert.equal(own.headers.get("etag"), null);
    assert.equal(own.headers.get("cache-control"), "private, no-cache");
    assert.equal(await countOf("/page"), "1");
    version = 2;
    await (await ask("/page", { headers: { cookie: "session" } })).text();
    assert.equal(await countOf("/page"), "4");
  });

  it("makes a page again after half a minute: it says how long ago things were", async () => {
    await countOf("/page");
    nowMs = 29_999;
    assert.equal(await countOf("/page"), "1");
    nowMs = 30_000;
    assert.equal(await countOf("/page"), "2");
  });

  it("keeps nothing while changes cannot be heard", async () => {
    version = null;
    assert.equal(await countOf("/page"), "1");
    assert.equal(await countOf("/page"), "2");
  });

  it("drops what was made while the data changed", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    slow = promise;
    const first = ask("/page");
    version = 2;
    resolve();
    assert.match(await (await first).text(), /^1 /);
    assert.equal(await countOf("/page"), "2");
  });

  it("makes a page anew once for all who ask at the same time", async () => {
    await countOf("/page");
    version = 2;
    const answers = await Promise.all(Array.from({ length: 20 }, () => countOf("/page")));
    assert.deepEqual(new Set(answers), new Set(["2"]));
  });

  it("keeps no error, no page with a nonce, and nothing whose handler did not say so", async () => {
    for (const path of ["/missing", "/scripted", "/own"]) {
      const first = await ask(path);
      assert.equal(first.headers.get("etag"), null, path);
      await first.body?.cancel();
      assert.notEqual(await countOf(path), await countOf(path), path);
    }
  });

  it("answers 304 to who has the page, and 200 once it has changed", async () => {
    const first = await ask("/page");
    const etag = first.headers.get("etag")!;
    assert.equal(first.headers.get("cache-control"), "no-cache");
    await first.body?.cancel();
    for (const known of [etag, `"x", ${etag}`, "*", etag.slice(2)]) {
      const again = await ask("/page", { headers: { "if-none-match": known } });
      assert.equal(again.status, 304, known);
      assert.equal(again.body, null);
      assert.equal(again.headers.get("etag"), etag);
    }
    version = 2;
    const changed = await ask("/page", { headers: { "if-none-match": etag } });
    assert.equal(changed.status, 200);
    assert.notEqual(changed.headers.get("etag"), etag);
    await changed.body?.cancel();
  });

  it("answers in gzip to who takes it, and plainly to who does not", async () => {
    await countOf("/page");
    const coding = async (accepted: string) => {
      const response = await ask("/page", { headers: { "accept-encoding": accepted } });
      assert.equal(response.headers.get("vary"), "accept-encoding, cookie");
      const bytes = new Uint8Array(await response.arrayBuffer());
      assert.equal(response.headers.get("content-length"), String(bytes.length));
      const encoding = response.headers.get("content-encoding");
      const stream = new Blob([bytes]).stream();
      const plain = encoding === "gzip"
        ? stream.pipeThrough(new DecompressionStream("gzip"))
        : stream;
      assert.match(await new Response(plain).text(), /^1 .*data change\. $/s);
      return encoding;
    };
    assert.equal(await coding("gzip, deflate, br"), "gzip");
    assert.equal(await coding("br;q=1.0, gzip;q=0.8"), "gzip");
    assert.equal(await coding("gzip;q=0"), null);
    assert.equal(await coding("identity"), null);
  });

  it("answers HEAD of a kept page without its body", async () => {
    await countOf("/page");
    const head = await ask("/page", { method: "HEAD" });
    assert.equal(head.body, null);
    assert.ok(head.headers.get("etag"));
    assert.equal(made, 1);
  });
});
