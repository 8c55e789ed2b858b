import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { endLog, startLog } from "../../lib/operating/log.ts";
import { openTestApp, type TestApp } from "./test_app.ts";

const TOKEN = "a token of the operator";

describe("routes for the operator", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp({ metricsToken: TOKEN });
  });
  afterAll(() => app.close());

  const metrics = async (init?: RequestInit, address?: string) => {
    const response = await app.request("/metrics", init, address);
    assert.equal(response.status, 200);
    return await response.text();
  };
  const valueOf = (text: string, line: string) =>
    Number(text.split("\n").find((one) => one.startsWith(`${line} `))?.slice(line.length));

  it("say that the process lives", async () => {
    const response = await app.request("/healthz");
    assert.equal(response.status, 200);
    assert.equal(await response.text(), "ok\n");
  });

  it("say of each part whether it works", async () => {
    const response = await app.request("/readyz");
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), {
      ready: true,
      parts: { database: "ok", queue: "ok", files: "ok", stopping: false },
    });
  });

  it("count requests by route and status, and how they met the cache", async () => {
    await (await app.request("/metrics")).text();
    const ask = async (path: string) => void await (await app.request(path)).text();
    const hits = valueOf(await metrics(), 'tinyproof_page_cache_requests_total{outcome="hit"}');
    for (const id of ["stories", "bard", "stories"]) await ask(`/api/v1/models/${id}`);
    await ask("/nothing/here");
    await ask("/styles.css");
    const text = await metrics();
    const count = (labels: string) => valueOf(text, `tinyproof_http_requests_total{${labels}}`);
    assert.equal(count('method="GET",route="/api/v1/models/:id",status="200"'), 3);
    assert.equal(count('method="GET",route="(none)",status="404"'), 1);
    assert.equal(count('method="GET",route="(static file)",status="200"'), 1);
    assert.equal(
      valueOf(text, 'tinyproof_page_cache_requests_total{outcome="hit"}'),
      (hits || 0) + 1,
    );
    assert.equal(
      valueOf(text, 'tinyproof_http_request_duration_seconds_count{route="/api/v1/models/:id"}'),
      3,
    );
    assert.doesNotMatch(text, /nothing\/here|stories/);
  });

  it("tell of the queue, the database, this process and what was built", async () => {
    const { db, queue } = app.services;
    await db.transaction().execute((trx) => queue.enqueueScore(trx, "bard"));
    const text = await metrics();
    assert.equal(valueOf(text, 'tinyproof_queue_jobs{kind="score",state="queued"}'), 1);
    assert.ok(valueOf(text, 'tinyproof_queue_oldest_seconds{kind="score"}') >= 0);
    assert.equal(valueOf(text, "tinyproof_database_up"), 1);
    assert.equal(valueOf(text, "tinyproof_event_streams_open"), 0);
    assert.equal(valueOf(text, 'tinyproof_database_connections{state="waiting"}') >= 0, true);
    assert.ok(valueOf(text, "process_resident_memory_bytes") > 1e7);
    assert.ok(valueOf(text, "process_open_fds") > 3);
    assert.match(text, /^tinyproof_build_info\{engine="[0-9a-f]{64}",deno="2\.\S+",.*\} 1$/m);
  });

  it("count event streams while they are open, and none for a question about one", async () => {
    const path = "/api/v1/submissions/bard/events";
    const head = await app.request(path, { method: "HEAD" });
    assert.equal(head.headers.get("content-type"), "text/event-stream");
    assert.equal(valueOf(await metrics(), "tinyproof_event_streams_open"), 0);
    const events = await app.request(path);
    assert.equal(valueOf(await metrics(), "tinyproof_event_streams_open"), 1);
    await events.body!.cancel();
    assert.equal(valueOf(await metrics(), "tinyproof_event_streams_open"), 0);
  });

  it("show metrics to this machine and to who knows the token, and to nobody else", async () => {
    const asked = (address: string, headers: Record<string, string> = {}) =>
      app.request("/metrics", { headers }, address);
    assert.equal((await asked("203.0.113.5")).status, 403);
    // A proxy on this machine speaks for somebody else.
    assert.equal((await asked("127.0.0.1", { "x-forwarded-for": "203.0.113.5" })).status, 403);
    const forged = { "x-forwarded-for": "127.0.0.1, 203.0.113.5" };
    assert.equal((await asked("127.0.0.1", forged)).status, 403);
    assert.equal((await asked("203.0.113.5", { "x-forwarded-for": "127.0.0.1" })).status, 403);
    const wrong = { authorization: `Bearer ${TOKEN}x` };
    assert.equal((await asked("203.0.113.5", wrong)).status, 403);
    await metrics({ headers: { authorization: `Bearer ${TOKEN}` } }, "203.0.113.5");
  });

  it("write one line for each request, which names no visitor", async () => {
    const lines: string[] = [];
    const write = (line: string) => void lines.push(line);
    await startLog({ level: "info", format: "json", access: true, secrets: [], write });
    try {
      const headers = { cookie: "of=a-secret", "x-forwarded-for": "203.0.113.77" };
      const response = await app.request("/models/stories?token=hidden", { headers });
      const bytes = (await response.arrayBuffer()).byteLength;
      assert.equal(lines.length, 1);
      const { method, path, route, status, ms, bytes: logged, requestId } = JSON.parse(lines[0]);
      assert.deepEqual(
        { method, path, route, status, bytes: logged },
        { method: "GET", path: "/models/stories", route: "/models/:id", status: 200, bytes },
      );
      assert.ok(ms >= 0);
      assert.match(requestId, /^[0-9a-f]{6}-\w+$/);
      assert.doesNotMatch(lines[0], /secret|hidden|203\.0/);
      await (await app.request("/healthz")).text();
      assert.equal(lines.length, 1, "what asks all day is no news");
    } finally {
      await endLog();
    }
  });

  it("name the request on error pages and in errors of the API, with the id of the log", async () => {
    const page = await app.request("/models/none");
    const id = page.headers.get("x-request-id")!;
    assert.match(id, /^[0-9a-f]{6}-\w+$/);
    assert.ok((await page.text()).includes(`<code>${id}</code>`));
    const answer = await app.request("/api/v1/models/none");
    assert.equal((await answer.json()).error.requestId, answer.headers.get("x-request-id"));
  });

  it("log a fault of ours under the id the visitor is told, and tell the visitor no more", async () => {
    const lines: string[] = [];
    const write = (line: string) => void lines.push(line);
    await startLog({ level: "info", format: "json", access: false, secrets: [], write });
    const { services } = app;
    const works = services.db;
    try {
      services.db = new Proxy(works, {
        get() {
          throw new Error("connection to postgres://board:hunter2@db/board refused");
        },
      });
      for (const path of ["/submissions/stories", "/api/v1/submissions/stories"]) {
        const response = await app.request(path);
        assert.equal(response.status, 500);
        const text = await response.text();
        assert.doesNotMatch(text, /hunter2|refused/);
        const line = lines.pop() ?? "";
        assert.match(line, /refused/);
        assert.doesNotMatch(line, /hunter2/);
        const { requestId } = JSON.parse(line);
        assert.ok(text.includes(requestId));
      }
    } finally {
      services.db = works;
      await endLog();
    }
  });

  it("are not ready once the server is about to stop", async () => {
    app.services.lifecycle.stop();
    const response = await app.request("/readyz");
    assert.equal(response.status, 503);
    const { ready, parts } = await response.json();
    assert.deepEqual([ready, parts.stopping, parts.database], [false, true, "ok"]);
    assert.equal((await app.request("/healthz")).status, 200);
  });
});
