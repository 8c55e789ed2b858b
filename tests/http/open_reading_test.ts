import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { App } from "fresh";
import { readLimit } from "../../lib/http/open_reading.ts";
import { AddressLimiter, remoteAddress } from "../../lib/http/rate_limit.ts";

/** An app whose readers may come twice a minute. */
function limitedApp() {
  const app = new App()
    .use(readLimit({ points: 2, durationSeconds: 60 }))
    .get("/api/v1/thing", () => new Response("thing"))
    .post("/api/v1/thing", () => new Response("sent"))
    .get("/page", () => new Response("page"));
  const handler = app.handler();
  return (path: string, hostname: string, init?: RequestInit) =>
    handler(new Request(`http://board.test${path}`, init), {
      remoteAddr: { transport: "tcp", hostname, port: 1 },
      completed: Promise.resolve(),
    });
}

describe("the limit of reading", () => {
  it("says what is left, then when to come again", async () => {
    const ask = limitedApp();
    const left: (string | null)[] = [];
    for (let i = 0; i < 2; i++) {
      const { status, headers } = await ask("/api/v1/thing", "192.0.2.1");
      assert.equal(status, 200);
      assert.equal(headers.get("ratelimit-limit"), "2");
      assert.match(headers.get("ratelimit-reset")!, /^(59|60)$/);
      left.push(headers.get("ratelimit-remaining"));
    }
    assert.deepEqual(left, ["1", "0"]);
    const refused = await ask("/api/v1/thing", "192.0.2.1");
    assert.equal(refused.status, 429);
    assert.equal(refused.headers.get("ratelimit-remaining"), "0");
    assert.equal(refused.headers.get("retry-after"), refused.headers.get("ratelimit-reset"));
    const { error } = await refused.json();
    assert.equal(error.message, "Too many requests from this address");
    assert.ok(error.fix);
  });

  it("counts each address by itself, and neither pages nor uploads", async () => {
    const ask = limitedApp();
    const statuses = async (count: number, ...args: Parameters<typeof ask>) => {
      const answers = [];
      for (let i = 0; i < count; i++) answers.push((await ask(...args)).status);
      return answers;
    };
    assert.deepEqual(await statuses(3, "/api/v1/thing", "192.0.2.1"), [200, 200, 429]);
    assert.deepEqual(await statuses(1, "/api/v1/thing", "192.0.2.2"), [200]);
    assert.deepEqual(await statuses(3, "/page", "192.0.2.1"), [200, 200, 200]);
    assert.deepEqual(
      await statuses(3, "/api/v1/thing", "192.0.2.1", { method: "POST" }),
      [200, 200, 200],
    );
  });
});

describe("a remote address", () => {
  const info = (hostname: string) => ({ remoteAddr: { transport: "tcp", hostname, port: 1 } });
  const headers = new Headers({ "x-forwarded-for": "198.51.100.7, 203.0.113.9" });

  it("is that of the connection, whatever a stranger claims", () => {
    assert.equal(remoteAddress(info("192.0.2.1"), headers), "192.0.2.1");
    assert.equal(remoteAddress(info("127.0.0.1"), new Headers()), "127.0.0.1");
  });

  it("is what a reverse proxy on this machine added last", () => {
    assert.equal(remoteAddress(info("127.0.0.1"), headers), "203.0.113.9");
    assert.equal(remoteAddress(info("::1"), headers), "203.0.113.9");
  });

  it("is limited in its uploads as it was", async () => {
    const limiter = new AddressLimiter({ points: 1, durationSeconds: 60 }, "submissions");
    await limiter.take("192.0.2.1");
    await assert.rejects(limiter.take("192.0.2.1"), /Too many submissions/);
  });
});
