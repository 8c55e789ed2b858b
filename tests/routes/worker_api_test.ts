import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { z } from "zod";
import { OPERATIONS } from "../../lib/http/api_operations.ts";
import { errorSchema } from "../../lib/http/api_schemas.ts";
import type { AssignedJob } from "../../lib/jobs/protocol.ts";
import { sha256Hex } from "../../lib/hash.ts";
import type { Services } from "../../lib/services.ts";
import { claimRequest, resultOf, TEST_JOBS } from "../support/assigned.ts";
import { pgliteBackend, type TestDatabase } from "../support/databases.ts";
import { addEntry } from "../support/entries.ts";
import {
  appHandler,
  type Handler,
  type KeyName,
  type Keys,
  workerKeys,
} from "../support/keyed_app.ts";
import { testServices } from "../support/services.ts";

const MODEL = Uint8Array.from({ length: 200_000 }, (_, i) => i * 31 % 251);
const UUID = "00000000-0000-4000-8000-000000000000";

describe("the addresses of workers", () => {
  let opened: TestDatabase;
  let services: Services;
  let handler: Handler;
  let keys: Keys;
  beforeAll(async () => {
    opened = await pgliteBackend().open();
    services = await testServices(opened, { sweep: false }, {}, TEST_JOBS);
    handler = await appHandler(services);
    keys = await workerKeys(services);
  });
  afterAll(async () => {
    await services.close();
    await opened.close();
  });

  const send = (path: string, key: KeyName | null, init: RequestInit = {}) =>
    handler(
      new Request(`http://board.test/api/v1/worker/${path}`, {
        ...init,
        headers: { ...init.headers, ...(key && keys[key]) },
      }),
    );
  const post = (path: string, key: KeyName | null, body: unknown) =>
    send(path, key, { method: "POST", body: JSON.stringify(body) });

  /** Fails on an answer that is not as the OpenAPI document says. */
  async function answer<T>(path: string, key: KeyName, body: unknown): Promise<T> {
    const response = await post(path, key, body);
    const value = await response.json();
    assert.equal(response.status, 200, JSON.stringify(value));
    assert.equal(response.headers.get("cache-control"), "no-store");
    const schema = OPERATIONS[`/api/v1/worker/${path}`].post!.answer["application/json"];
    const parsed = (schema as z.ZodType).safeParse(value);
    assert.ok(parsed.success, String(parsed.error));
    assert.deepEqual(parsed.data, value);
    return value;
  }

  async function refused(response: Response, status: number, message: RegExp): Promise<void> {
    assert.equal(response.status, status);
    assert.match(errorSchema.parse(await response.json()).error.message, message);
  }

  let count = 0;
  async function claimed(key: KeyName = "worker"): Promise<AssignedJob> {
    const bytes = MODEL.slice();
    bytes[0] = ++count;
    const { digest } = await services.blobs.putBytes(bytes);
    const { id } = await addEntry(services.db, {
      ...{ file_digest: digest, status: "received", recipe: null, model_digest: null },
    });
    await services.db.transaction().execute((trx) => services.queue.enqueueScore(trx, id));
    const { job } = await answer<{ job: AssignedJob }>("claim", key, await claimRequest(services));
    assert.equal(job.entryId, id);
    return job;
  }

  it("are closed to guests, to authors and to keys without the scope", async () => {
    const bodies: Record<string, unknown> = {
      claim: await claimRequest(services),
      heartbeat: { job: UUID, fence: 0 },
      complete: { job: UUID, fence: 0, result: null },
      fail: { job: UUID, fence: 0, stage: "", outcome: { ended: "timeout" } },
    };
    for (const [path, body] of Object.entries(bodies)) {
      await refused(await post(path, null, body), 401, /needs an account/);
      await refused(await post(path, "submit", body), 403, /scope "worker"/);
      await refused(await post(path, "author", body), 403, /role "admin"/);
    }
    const blob = `blobs/${"a".repeat(64)}`;
    await refused(await send(blob, null), 401, /needs an account/);
    await refused(await send(blob, "submit"), 403, /scope "worker"/);
    await refused(await post("cancel", "worker", { job: UUID }), 403, /scope "admin"/);
  });

  it("give a job, take its progress and its result, and say the same when asked again", async () => {
    const job = await claimed();
    const lease = { job: job.job, fence: job.fence };
    const beat = { ...lease, stage: "scoring", progress: 0.5, etaMs: null, log: "hello\n" };
    assert.deepEqual(await answer("heartbeat", "worker", beat), { lease: "held" });
    assert.deepEqual(await answer("heartbeat", "other", beat), { lease: "lost" });
    const result = await resultOf(services, job);
    assert.deepEqual(await answer("complete", "other", { ...lease, result }), {
      state: "lost",
    });
    for (let time = 1; time <= 2; time++) {
      assert.deepEqual(await answer("complete", "worker", { ...lease, result }), {
        state: "done",
      });
    }
  });

  it("take failures, and jobs handed back", async () => {
    const { job, fence } = await claimed();
    const said = { job, fence, stage: "scoring", outcome: { ended: "handed-back" } };
    assert.deepEqual(await answer("fail", "worker", said), { state: "queued" });
    const request = await claimRequest(services);
    const again = await answer<{ job: AssignedJob }>("claim", "worker", request);
    const error = { stage: "reading", reason: "no model", fix: "Save it.", retryable: false };
    assert.deepEqual(
      await answer("fail", "worker", {
        ...{ job, fence: again.job.fence, stage: "reading" },
        outcome: { ended: "error", error },
      }),
      { state: "failed" },
    );
  });

  it("cancel for an admin, and tell the worker", async () => {
    const { job, fence } = await claimed();
    assert.deepEqual(await answer("cancel", "admin", { job }), { cancelled: true });
    assert.deepEqual(await answer("cancel", "admin", { job }), { cancelled: false });
    const beat = { job, fence };
    assert.deepEqual(await answer("heartbeat", "worker", beat), { lease: "cancelled" });
  });

  it("refuse what is not as the protocol says, naming the field", async () => {
    const request = await claimRequest(services);
    const wrong: [unknown, RegExp][] = [
      [{ ...request, protocol: 2 }, /body\.protocol/],
      [{ ...request, kinds: [] }, /body\.kinds/],
      [{ ...request, kinds: ["scan"] }, /body\.kinds/],
      [{ ...request, waitMs: 1e9 }, /body\.waitMs/],
      [{ ...request, engine: { ...request.engine, selfTestDigest: "00" } }, /selfTestDigest/],
      ["hello", /type object/],
    ];
    for (const [body, message] of wrong) {
      await refused(await post("claim", "worker", body), 422, message);
    }
    const text = await send("claim", "worker", { method: "POST", body: "{" });
    await refused(text, 422, /no JSON/);
    const other = { ...request, program: "0".repeat(64) };
    await refused(await post("claim", "worker", other), 409, /another version/);
  });

  it("stop reading a message that is far too large", async () => {
    const body = JSON.stringify({ job: UUID, fence: 0, log: "x".repeat(300_000) });
    const large = await send("heartbeat", "worker", { method: "POST", body });
    await refused(large, 413, /too large/);
  });

  describe("of files", () => {
    let job: AssignedJob;
    let query: string;
    beforeAll(async () => {
      job = await claimed();
      query = `job=${job.job}&fence=${job.fence}`;
    });

    const blob = (sha256: string, key: KeyName = "worker", headers: HeadersInit = {}, q = query) =>
      send(`blobs/${sha256}?${q}`, key, { headers });

    it("give every file that the job names, as its SHA-256 says", async () => {
      for (const { sha256, byteLength } of job.files) {
        const response = await blob(sha256);
        const bytes = new Uint8Array(await response.arrayBuffer());
        assert.equal(bytes.length, byteLength);
        assert.equal(await sha256Hex(bytes), sha256);
      }
    });

    it("give them to the holder of the job alone, and while it is held", async () => {
      const { sha256 } = job.files[0];
      await refused(await blob(sha256, "other"), 404, /No job that you hold/);
      await refused(await blob(sha256, "worker", {}, ""), 404, /No job that you hold/);
      const stale = `job=${job.job}&fence=${job.fence + 1}`;
      await refused(await blob(sha256, "worker", {}, stale), 404, /No job that you hold/);
      const ended = await claimed();
      await answer("cancel", "admin", { job: ended.job });
      const over = `job=${ended.job}&fence=${ended.fence}`;
      const file = ended.files[0].sha256;
      await refused(await blob(file, "worker", {}, over), 404, /No job that you hold/);
    });

    it("give no other file of this server, whatever is asked for", async () => {
      const { digest } = await services.blobs.putBytes(new Uint8Array([1, 2, 3]));
      for (const name of [digest, "..%2f..%2fdeno.json", "model.tinygpt"]) {
        await refused(await blob(name), 404, /No job that you hold/);
      }
    });

    it("give the engine to every worker, without a job", async () => {
      const engine = job.files.find(({ path }) => path === "engine.wasm")!;
      const response = await blob(engine.sha256, "other", {}, "");
      assert.equal(await sha256Hex(new Uint8Array(await response.arrayBuffer())), engine.sha256);
    });

    it("give the range that is asked for", async () => {
      const { sha256, byteLength } = job.files[0];
      const whole = new Uint8Array(await (await blob(sha256)).arrayBuffer());
      const ranges: [string, number, number][] = [
        ["bytes=150000-", 150_000, byteLength],
        ["bytes=0-0", 0, 1],
        ["bytes=70000-99999", 70_000, 100_000],
        ["bytes=100-999999999", 100, byteLength],
        ["bytes=-5", byteLength - 5, byteLength],
      ];
      for (const [range, start, end] of ranges) {
        const response = await blob(sha256, "worker", { range });
        assert.equal(response.status, 206, range);
        assert.equal(
          response.headers.get("content-range"),
          `bytes ${start}-${end - 1}/${byteLength}`,
        );
        assert.equal(response.headers.get("content-length"), String(end - start));
        const part = new Uint8Array(await response.arrayBuffer());
        assert.deepEqual(part, whole.subarray(start, end));
      }
    });

    it("answer a range beyond the end with the length, and ignore what is no range", async () => {
      const { sha256, byteLength } = job.files[0];
      const beyond = await blob(sha256, "worker", { range: `bytes=${byteLength}-` });
      assert.equal(beyond.status, 416);
      assert.equal(beyond.headers.get("content-range"), `bytes */${byteLength}`);
      for (const range of ["bytes=-", "bytes=5-2", "lines=1-2", "bytes=0-1,4-5"]) {
        const response = await blob(sha256, "worker", { range });
        assert.equal(response.status, 200, range);
        await response.body?.cancel();
      }
      const changed = { range: "bytes=1-", "if-range": '"another"' };
      const response = await blob(sha256, "worker", changed);
      assert.equal(response.status, 200);
      await response.body?.cancel();
    });
  });
});
