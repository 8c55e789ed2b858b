// Stops the real server in the middle of everything.

import { afterEach, beforeAll, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { configFromEnv, createServices, type Services } from "../../lib/services.ts";
import { jobProcesses, startServer, type TestServer } from "../support/server.ts";

const ROOT = new URL("../../", import.meta.url);
const MODEL = new URL("../fixtures/old-shakespeare.fp16.tinygpt", import.meta.url);
/** Takes the better part of a minute to score, so a job is there to be handed back. */
const SLOW_MODEL = new URL("../../data/gallery/stories.tinygpt", import.meta.url);

/** A body of which the second half is sent when told; `begun` once the first is on its way. */
function slowBody(bytes: Uint8Array<ArrayBuffer>) {
  const { promise, resolve: finish } = Promise.withResolvers<void>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const half = Math.floor(bytes.length / 2);
  let asked = 0;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      if (asked++ === 0) return controller.enqueue(bytes.subarray(0, half));
      begin();
      await promise;
      controller.enqueue(bytes.subarray(half));
      controller.close();
    },
  }, { highWaterMark: 0 });
  return { body, begun, finish };
}

/** Reads until `wanted` has come, and gives all that was read. */
async function readUntil(
  reader: ReadableStreamDefaultReader<string>,
  wanted: RegExp,
): Promise<string> {
  let text = "";
  while (!wanted.test(text)) {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
  }
  return text;
}

describe("a server that is told to stop", () => {
  let dataDir: string;
  let server: TestServer;
  const env = { TINYPROOF_SWEEP: "off", TINYPROOF_LOG: "json" };

  beforeAll(async () => {
    // So that the first start of a test has it and does not build.
    const build = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "dev.ts", "build"],
      cwd: ROOT,
    }).output();
    assert.ok(build.success);
  });
  beforeEach(async () => {
    dataDir = await Deno.makeTempDir({ prefix: "tinyproof-stop-" });
  });
  afterEach(async () => {
    await server.ended;
    await Deno.remove(dataDir, { recursive: true });
  });

  async function submit(body: BodyInit, name = "Model"): Promise<Response> {
    const url = `${server.url}/api/v1/submissions?name=${name}&author=me`;
    return await fetch(url, { method: "POST", body });
  }

  async function reopened<T>(read: (services: Services) => Promise<T>): Promise<T> {
    const services = await createServices(configFromEnv({ TINYPROOF_DATA: dataDir }));
    try {
      return await read(services);
    } finally {
      await services.close();
    }
  }

  it("answers what is open, tells streams to come back, hands its job back and ends with 0", async () => {
    // An address that is ours and does not look so: as on the open network.
    server = await startServer(dataDir, { ...env, HOST: "::ffff:127.0.0.1" });
    const { id } = await (await submit(await Deno.readFile(SLOW_MODEL), "Slow")).json();
    const events = await fetch(`${server.url}/api/v1/submissions/${id}/events`);
    const reader = events.body!.pipeThrough(new TextDecoderStream()).getReader();
    await readUntil(reader, /"state":"running"/);
    const upload = slowBody(await Deno.readFile(MODEL));
    const uploading = submit(upload.body, "Late");
    // Its head has been read when a request after it is answered.
    await upload.begun;
    await (await fetch(`${server.url}/healthz`)).text();

    server.signal("SIGTERM");
    assert.match(await readUntil(reader, /retry: \d+/), /retry: \d+\n\n$/);
    assert.equal((await reader.read()).done, true);
    const refused = await fetch(`${server.url}/`);
    assert.equal(refused.status, 503);
    assert.match(await refused.text(), /about to stop/);
    upload.finish();
    const answer = await uploading;
    assert.equal(answer.status, 201);
    const late = (await answer.json()).id;

    const { code } = await server.ended;
    assert.equal(code, 0);
    const said = (await server.output()).trim().split("\n").map((line) => JSON.parse(line));
    assert.ok(said.some(({ message }) => message === "Event streams told to come back: 1"));
    assert.equal(said.at(-1).message, "Stopped");
    assert.deepEqual(said.filter(({ level }) => level === "ERROR"), []);
    assert.deepEqual(await jobProcesses(server), []);
    // Given back, not lost and not left to a lease.
    const jobs = await reopened(({ db }) =>
      db.selectFrom("job").select(["entry_id", "state"]).orderBy("created_at").execute()
    );
    assert.deepEqual(jobs, [
      { entry_id: id, state: "queued" },
      { entry_id: late, state: "queued" },
    ]);
  });

  it("is not ready while it still answers, where a load balancer needs time to notice", async () => {
    server = await startServer(dataDir, { ...env, TINYPROOF_DRAIN_SECONDS: "2" });
    const ready = async () => {
      const response = await fetch(`${server.url}/readyz`);
      const { parts } = await response.json();
      return { status: response.status, stopping: parts.stopping };
    };
    assert.deepEqual(await ready(), { status: 200, stopping: false });
    server.signal("SIGTERM");
    let state = await ready();
    while (state.status === 200) state = await ready();
    assert.deepEqual(state, { status: 503, stopping: true });
    assert.equal((await fetch(`${server.url}/`)).status, 200, "pages are still answered");
    assert.equal((await server.ended).code, 0);
  });

  it("cuts off requests that do not end in time, and says so", async () => {
    server = await startServer(dataDir, { ...env, TINYPROOF_SHUTDOWN_SECONDS: "1" });
    const upload = slowBody(await Deno.readFile(MODEL));
    const outcome = submit(upload.body).then(() => "answered", () => "cut off");
    await upload.begun;
    await (await fetch(`${server.url}/healthz`)).text();
    server.signal("SIGTERM");
    assert.equal((await server.ended).code, 0);
    assert.match(await server.output(), /still open after 1000 ms are cut off/);
    assert.equal(await outcome, "cut off");
    upload.finish();
  });

  it("ends at once at the second signal, and finds everything at the next start", async () => {
    server = await startServer(dataDir, env);
    const { id } = await (await submit(await Deno.readFile(MODEL))).json();
    const upload = slowBody(await Deno.readFile(SLOW_MODEL));
    const outcome = submit(upload.body).then(() => "answered", () => "cut off");
    await upload.begun;
    await (await fetch(`${server.url}/healthz`)).text();
    server.signal("SIGINT");
    server.signal("SIGTERM");
    assert.equal((await server.ended).code, 1);
    assert.equal(await outcome, "cut off");
    upload.finish();
    server = await startServer(dataDir, env);
    const view = await (await fetch(`${server.url}/api/v1/submissions/${id}`)).json();
    assert.equal(view.name, "Model");
    await server.stop();
  });
});
