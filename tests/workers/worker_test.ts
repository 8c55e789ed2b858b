import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { IntegrityError } from "../../lib/errors.ts";
import { cancelJob } from "../../lib/jobs/cancel.ts";
import type { Services } from "../../lib/services.ts";
import type { Job } from "../../lib/storage/job_schema.ts";
import { listEvents } from "../../lib/storage/ledger.ts";
import { jobsOf } from "../../lib/submissions/store.ts";
import { backoffMs, type Effects, REAL_EFFECTS } from "../../workers/effects.ts";
import type { ChildOptions, ChildOutcome } from "../../workers/job_child.ts";
import type { JobSpec } from "../../workers/job_protocol.ts";
import { RefusedError } from "../../workers/server_api.ts";
import { inProcessTransport, type Transport } from "../../workers/transport.ts";
import { describeWorker } from "../../workers/verifier.ts";
import { type RunningWorker, startWorker, type WorkerOptions } from "../../workers/worker.ts";
import { resultOf, TEST_JOBS } from "../support/assigned.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry } from "../support/entries.ts";
import { testServices, whenEntry } from "../support/services.ts";

/** How long a worker that stops is given, by the test and by itself. */
const GRACE_MS = 60_000;
const FAREWELL_MS = 5000;

/**
 * Every wait is over at once; how long it would have been is written down. Those of `lasting` last
 * until they are broken off.
 */
function flyingTime(waits: number[], ...lasting: number[]): Effects {
  let nowMs = 0;
  return {
    nowMs: () => nowMs,
    random: () => 0.5,
    async sleep(ms, signal) {
      if (lasting.includes(ms)) return await aborted(signal);
      waits.push(ms);
      nowMs += ms;
      await new Promise((resolve) => setTimeout(resolve));
    },
  };
}

const HEARTBEAT_MS = 7;
type Run = (options: ChildOptions, spec: JobSpec) => Promise<ChildOutcome>;

describe("a worker", () => {
  const [backend] = testBackends();
  let opened: TestDatabase;
  let services: Services;
  let worker: RunningWorker | null;
  let waits: number[];
  let away: boolean;
  beforeEach(async () => {
    opened = await backend.open();
    services = await testServices(opened, { sweep: false }, {}, TEST_JOBS);
    [worker, waits, away] = [null, [], false];
  });
  afterEach(async () => {
    await worker?.stop();
    await services.close();
    await opened.close();
  });
  afterAll(() => backend.close());

  async function submit(): Promise<string> {
    const { digest } = await services.blobs.putBytes(crypto.getRandomValues(new Uint8Array(9)));
    const { id } = await addEntry(services.db, {
      ...{ file_digest: digest, status: "received", recipe: null, model_digest: null },
    });
    await services.db.transaction().execute((trx) => services.queue.enqueueScore(trx, id));
    return id;
  }

  /** The server, as long as it is not away. */
  const transport: Transport = (path, init) =>
    away
      ? Promise.reject(new TypeError("connection refused"))
      : inProcessTransport(services)(path, init);

  function start(run: Run, options: Partial<WorkerOptions> = {}): RunningWorker {
    return worker = startWorker({
      transport,
      slots: [["score", "verify"]],
      description: describeWorker({ name: "test", threads: 1, library: null }),
      directory: opened.dataDir,
      library: null,
      heartbeatMs: HEARTBEAT_MS,
      testsEngine: false,
      effects: flyingTime(waits, FAREWELL_MS),
      run: async (options) => {
        const spec = JSON.parse(await Deno.readTextFile(`${options.folder}/job.json`));
        return await run(options, spec);
      },
      ...options,
    });
  }

  const scored: Run = async (_, spec) => ({
    ended: "result",
    result: await resultOf(services, {
      ...{ kind: "score", benchmarks: spec.benchmarks, twin: spec.twin },
    }),
  });

  /** As a process that works until it is killed. */
  const hanging: Run = ({ signal }) => {
    const { promise, resolve } = Promise.withResolvers<ChildOutcome>();
    signal.addEventListener("abort", () => resolve({ ended: "aborted" }));
    if (signal.aborted) resolve({ ended: "aborted" });
    return promise;
  };

  const jobWhen = (id: string, ready: (job: Job) => boolean) =>
    whenEntry(services, id, async () => (await jobsOf(services.db, id)).find(ready) ?? null);
  const done = (id: string) => jobWhen(id, ({ state }) => state === "done");
  const folders = () => [...Deno.readDirSync(`${opened.dataDir}/jobs`)].map(({ name }) => name);

  it("gives the process its files and its spec, and cleans up behind it", async () => {
    let seen: string[] = [];
    start(async (options, spec) => {
      seen = [...Deno.readDirSync(options.folder)].map(({ name }) => name).sort();
      assert.deepEqual(await Deno.readFile(`${options.folder}/data/README.md`), readme);
      return await scored(options, spec);
    });
    const readme = await Deno.readFile(services.jobs.enginePath);
    await done(await submit());
    assert.deepEqual(seen, ["data", "engine.wasm", "job.json", "model.tinygpt"]);
    await worker!.stop();
    assert.deepEqual(folders(), []);
  });

  it("keeps a result while the server is away, and hands it in once", async () => {
    const id = await submit();
    let tries = 0;
    start(async (options, spec) => {
      away = true;
      return await scored(options, spec);
    }, {
      transport: (path, init) => {
        if (path.endsWith("/complete") && ++tries === 6) away = false;
        return transport(path, init);
      },
    });
    assert.equal((await done(id)).attempts, 1);
    const kinds = (await listEvents(services.db, { limit: 9 })).map(({ kind }) => kind);
    assert.equal(kinds.filter((kind) => kind === "score").length, 1);
    const backoffs = waits.filter((ms) => ms !== HEARTBEAT_MS);
    assert.deepEqual(backoffs.slice(0, 5), [375, 750, 1500, 3000, 6000]);
  });

  it("says the log of a heartbeat that was lost with the next one", async () => {
    const id = await submit();
    start(async (options) => {
      options.onMessage({ type: "log", line: "said while the server was away" });
      away = true;
      await until(() => waits.filter((ms) => ms === HEARTBEAT_MS).length > 3);
      away = false;
      options.onMessage({ type: "log", line: "said later" });
      return await hanging(options, {} as JobSpec);
    });
    const { log } = await jobWhen(id, (job) => job.log.includes("later"));
    assert.equal(log, "said while the server was away\nsaid later\n");
  });

  it("ends the process of a cancelled job at the next heartbeat, and goes on", async () => {
    const id = await submit();
    const hangs = Promise.withResolvers<string>();
    const ended = Promise.withResolvers<string>();
    start(async (options, spec) => {
      if (spec.entryId !== id) return await scored(options, spec);
      hangs.resolve(spec.jobId);
      const outcome = await hanging(options, spec);
      ended.resolve(outcome.ended);
      return outcome;
    }, { effects: flyingTime(waits, GRACE_MS, FAREWELL_MS) });
    await cancelJob(services, await hangs.promise);
    assert.equal(await ended.promise, "aborted");
    await done(await submit());
    // It may not have heard of that yet.
    await worker!.stop(GRACE_MS);
    assert.deepEqual(folders(), []);
  });

  it("drops a job that somebody else has meanwhile", async () => {
    const id = await submit();
    let claims = 0;
    start(hanging, {
      transport: (path, init) => {
        if (path.endsWith("/claim")) claims++;
        return transport(path, init);
      },
    });
    const { id: job } = await jobWhen(id, ({ state }) => state === "running");
    const before = claims;
    // Another delivery, as after a lease that ran out.
    await services.db.updateTable("job").set({ fence: 9 }).where("id", "=", job).execute();
    await until(() => claims > before);
    assert.equal((await jobsOf(services.db, id))[0].state, "running");
  });

  it("hands back what it has when it is stopped, and that costs no attempt", async () => {
    const id = await submit();
    start(hanging);
    await jobWhen(id, ({ state }) => state === "running");
    await worker!.stop();
    const [job] = await jobsOf(services.db, id);
    assert.equal(job.state, "queued");
    assert.deepEqual(folders(), [job.id], "a replay would go on from its checkpoint");
    const left = [...Deno.readDirSync(`${opened.dataDir}/jobs/${job.id}`)].map(({ name }) => name);
    assert.equal(left.includes("job.json"), false, "which may hold a secret");
    start(scored);
    assert.equal((await done(id)).assignment?.last, false);
  });

  it("lets a job end that is done in time, and takes no other", async () => {
    const [first, second] = [await submit(), await submit()];
    const finishing = Promise.withResolvers<void>();
    start(async (options, spec) => {
      await finishing.promise;
      return await scored(options, spec);
    }, { effects: flyingTime(waits, GRACE_MS, FAREWELL_MS) });
    await jobWhen(first, ({ state }) => state === "running");
    const stopped = worker!.stop(GRACE_MS);
    finishing.resolve();
    await stopped;
    assert.equal((await jobsOf(services.db, first))[0].state, "done");
    assert.equal((await jobsOf(services.db, second))[0].state, "queued");
  });

  it("leaves a server that stays away, with a result in hand", async () => {
    const id = await submit();
    start(async (options, spec) => {
      away = true;
      return await scored(options, spec);
    }, { effects: flyingTime(waits) });
    await jobWhen(id, ({ state }) => state === "running");
    await until(() => away);
    await worker!.stop();
    await worker!.ended;
  });

  it("works for no server whose engine computes something else here", async () => {
    const id = await submit();
    start(() =>
      Promise.resolve({
        ended: "result",
        result: { kind: "self-test", engineDigest: "e", selfTestDigest: "d" },
      }), { testsEngine: true });
    await assert.rejects(worker!.ended, (error) => {
      assert.ok(error instanceof IntegrityError);
      assert.match(error.message, /fails its self-test on this machine/);
      return true;
    });
    assert.equal((await jobsOf(services.db, id))[0].state, "queued");
  });

  it("ends with the server's words when it is refused", async () => {
    start(scored, {
      transport: () => {
        const error = { message: 'This needs the role "admin"', fix: "Ask." };
        return Promise.resolve(Response.json({ error }, { status: 403 }));
      },
    });
    await assert.rejects(worker!.ended, (error) => {
      assert.ok(error instanceof RefusedError);
      assert.deepEqual([error.status, error.problem.fix], [403, "Ask."]);
      return true;
    });
  });

  it("asks a server that is away again and again, with growing pauses", async () => {
    away = true;
    start(scored);
    await until(() => waits.length >= 8);
    away = false;
    await done(await submit());
    assert.deepEqual(waits.slice(0, 8), [375, 750, 1500, 3000, 6000, 6000, 6000, 6000]);
  });

  it("finds no secret on its disk that a worker before it left", async () => {
    const folder = `${opened.dataDir}/jobs/${crypto.randomUUID()}`;
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(`${folder}/job.json`, "the seed");
    await Deno.writeTextFile(`${folder}/checkpoint.tinygpt`, "step 7");
    start(scored);
    await done(await submit());
    const left = [...Deno.readDirSync(folder)].map(({ name }) => name);
    assert.deepEqual(left, ["checkpoint.tinygpt"]);
  });

  it("works on as many jobs at a time as it is told", async () => {
    const ids = [await submit(), await submit(), await submit()];
    let running = 0, most = 0;
    const both = Promise.withResolvers<void>();
    start(async (options, spec) => {
      most = Math.max(most, ++running);
      if (running === 2) both.resolve();
      await both.promise;
      const outcome = await scored(options, spec);
      running--;
      return outcome;
    }, { slots: [["score"], ["score"]] });
    for (const id of ids) await done(id);
    assert.equal(most, 2);
  });

  it("tells the server of a process that could not even be started", async () => {
    const id = await submit();
    start(() => Promise.reject(new Deno.errors.NotFound("no such program")));
    const job = await jobWhen(id, ({ state }) => state === "retrying");
    assert.match(job.error?.reason ?? "", /could not run the job: no such program/);
  });
});

describe("the pauses of a worker", () => {
  it("double up to eight seconds, spread over half to all of that", () => {
    for (const tries of [1, 2, 3, 4, 5, 20]) {
      const whole = Math.min(8000, 500 * 2 ** (tries - 1));
      assert.equal(backoffMs(tries, () => 0), whole / 2);
      assert.ok(backoffMs(tries, () => 0.999) < whole);
    }
  });

  it("end at once when they are broken off", async () => {
    const stop = new AbortController();
    const pause = REAL_EFFECTS.sleep(1e6, stop.signal);
    stop.abort();
    await pause;
    await REAL_EFFECTS.sleep(1e6, stop.signal);
  });
});

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => resolve());
  if (signal.aborted) resolve();
  return promise;
}

/** Fails by the runner's own patience. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve));
}
