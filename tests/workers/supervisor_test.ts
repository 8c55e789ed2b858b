import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { BENCHMARKS } from "../../lib/benchmarks/registry.ts";
import { utf8 } from "../../lib/bytes.ts";
import type { Services } from "../../lib/services.ts";
import type { Entry } from "../../lib/storage/entry_schema.ts";
import type { Job } from "../../lib/storage/job_schema.ts";
import { listEvents, verifyLedger } from "../../lib/storage/ledger.ts";
import { getEntry, jobsOf, scoresOf } from "../../lib/submissions/store.ts";
import { topUpScores } from "../../lib/submissions/top_up.ts";
import { reportsOf } from "../../lib/verification/store.ts";
import { quarterOf } from "../../lib/twins/quarter.ts";
import { twinScoresOf } from "../../lib/twins/store.ts";
import { CONFIRM_V8_FLAGS } from "../../lib/verification/combine.ts";
import { startSupervisor, type Supervisor } from "../../workers/supervisor.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry, addScore } from "../support/entries.ts";
import { testServices, whenEntry } from "../support/services.ts";

const DATA = new URL("../../data", import.meta.url).pathname;

/** The test job reads no engine and no data: any file stands for them. */
const JOBS = {
  enginePath: `${DATA}/README.md`,
  dataFiles: { score: ["README.md"], generate: [], verify: [] },
  pollMs: 200,
  onError: () => {},
};

for (const backend of testBackends()) {
  describe(`supervisor on ${backend.name}`, () => {
    let opened: TestDatabase;
    let services: Services;
    let supervisor: Supervisor | null;
    beforeEach(async () => {
      opened = await backend.open();
      services = await testServices(opened, { sweepTopN: 3 }, { retryLimit: 2 }, JOBS);
      supervisor = null;
    });
    afterEach(async () => {
      await supervisor?.stop();
      await services.close();
      await opened.close();
    });
    afterAll(() => backend.close());

    function start(onError: (error: unknown) => void = () => {}): void {
      supervisor = startSupervisor(services, {
        program: new URL("../support/test_job.ts", import.meta.url),
        progressMs: 20,
        onError,
      });
    }

    /** Submits a file that tells the test job what to do. */
    async function submit(plan: { does?: string; verdict?: string }): Promise<string> {
      const { digest } = await services.blobs.putBytes(utf8(JSON.stringify(plan)));
      const { id } = await addEntry(services.db, {
        ...{ file_digest: digest, status: "received", recipe: null },
        ...{ model_digest: null, parameters: null },
      });
      await services.db.transaction().execute((trx) => services.queue.enqueueScore(trx, id));
      return id;
    }

    const entryWhen = (id: string, ready: (entry: Entry) => boolean) =>
      whenEntry(services, id, async () => {
        const entry = await getEntry(services.db, id);
        return entry !== null && ready(entry) ? entry : null;
      });
    const jobWhen = (id: string, ready: (job: Job) => boolean) =>
      whenEntry(services, id, async () => (await jobsOf(services.db, id)).find(ready) ?? null);

    /** Attempts of jobs by outcome, as the metrics tell it. */
    async function countedAttempts(kind: string): Promise<Record<string, number>> {
      const found = (await services.metrics.text()).matchAll(
        /^tinyproof_job_duration_seconds_count\{kind="(\w+)",outcome="([\w-]+)"\} (\d+)$/gm,
      );
      return Object.fromEntries(
        [...found].filter(([, of]) => of === kind).map(([, , outcome, n]) => [outcome, Number(n)]),
      );
    }

    /** A ranked entry that lacks its score of one benchmark, and the job that is to add it. */
    async function scoredWithout(lacking: string, does: string): Promise<Entry> {
      const { digest } = await services.blobs.putBytes(utf8(JSON.stringify({ does })));
      const entry = await addEntry(services.db, { file_digest: digest, recipe: null });
      for (const { id, version } of BENCHMARKS) {
        if (id !== lacking) await addScore(services.db, entry, id, 7, { version });
      }
      assert.equal(await topUpScores(services), 1);
      return entry;
    }

    it("scores an entry on what it lacks, which keeps its rank meanwhile", async () => {
      const { id } = await scoredWithout("shakespeare-ppl", "score");
      start();
      const seen = new Set<string>();
      const job = await whenEntry(services, id, async () => {
        seen.add((await getEntry(services.db, id))!.status);
        return (await jobsOf(services.db, id)).find(({ state }) => state === "done") ?? null;
      });
      assert.match(job.log, /^asked for shakespeare-ppl@1$/m);
      assert.deepEqual([...seen], ["scored"]);
    });

    it("leaves a scored entry as it is when another score cannot be computed", async () => {
      const { id, ...before } = await scoredWithout("shakespeare-ppl", "refuse");
      start();
      await jobWhen(id, (job) => job.state === "failed");
      const after = await getEntry(services.db, id);
      assert.deepEqual({ ...after, id: undefined }, { ...before, id: undefined });
    });

    it("scores a submission, replays it, and leaves a ledger that holds", async () => {
      start();
      const id = await submit({ does: "score" });
      const entry = await entryWhen(id, (entry) => entry.provenance === "exact");
      assert.equal(entry.status, "scored");
      assert.equal(entry.exact_count, 1);
      assert.equal((await scoresOf(services.db, entry.model_digest ?? ""))[0].score, 99.5);
      assert.equal((await reportsOf(services.db, id))[0].verdict, "exact");
      const kinds = (await listEvents(services.db, { limit: 9 })).map((event) => event.kind);
      assert.deepEqual(kinds, ["verdict", "signing-key", "score", "twin-commitment"]);
      const [twin] = await twinScoresOf(services.db, entry.model_digest ?? "");
      assert.equal(twin.period, quarterOf(services.now()));
      assert.equal((await verifyLedger(services.db)).ok, true);
      await jobWhen(id, (job) => job.kind === "verify" && job.state === "done");
      // A job's folder goes after its result was taken.
      await supervisor!.stop();
      supervisor = null;
      assert.deepEqual([...Deno.readDirSync(`${opened.dataDir}/jobs`)], []);
    });

    it("gives the process its folder and our source to read, and nothing else", async () => {
      start();
      const entry = await entryWhen(await submit({ does: "score" }), (e) => e.status === "scored");
      const [{ text }] = entry.samples as { text: string }[];
      // "prompt" is a refusal where nobody can be asked. Import is granted unless it is denied.
      const refused = ["net", "env", "run", "ffi", "sys", "read", "write"];
      const states = [...refused.map((name) => `${name}=prompt`), "import=denied"];
      assert.equal(text, states.join(" "));
    });

    it("tries a killed job again, from the checkpoint it left", async () => {
      start();
      const id = await submit({ does: "checkpoint" });
      const { log } = await jobWhen(id, (job) => job.log.includes("pid "));
      Deno.kill(Number(/pid (\d+)/.exec(log)?.[1]), "SIGKILL");
      const retrying = await jobWhen(id, (job) => job.state === "retrying");
      assert.match(retrying.error?.reason ?? "", /killed by SIGKILL/);
      const done = await jobWhen(id, (job) => job.kind === "score" && job.state === "done");
      assert.equal(done.attempts, 2);
      assert.match(done.log, /resumed from step 7/);
      assert.equal(done.error, null);
      await supervisor!.stop();
      assert.deepEqual(await countedAttempts("score"), { retrying: 1, done: 1 });
    });

    it("fails a submission at once for what is wrong with the file", async () => {
      start();
      const entry = await entryWhen(await submit({ does: "refuse" }), (e) => e.status === "failed");
      assert.deepEqual(entry.failure, {
        stage: "working",
        reason: "Expected weights",
        fix: "Save it again.",
      });
    });

    it("gives up after the last retry and says why", async () => {
      start();
      const id = await submit({ does: "crash" });
      const entry = await entryWhen(id, (entry) => entry.status === "failed");
      assert.match(entry.failure?.reason ?? "", /ended with code 3/);
      assert.equal(entry.failure?.ours, true);
      assert.equal((await jobsOf(services.db, id))[0].attempts, 3);
    });

    it("ends a job that takes too long", async () => {
      services.jobs.timeoutMs = { score: 1500, generate: 1500, verify: 1500 };
      start();
      const entry = await entryWhen(await submit({ does: "hang" }), (e) => e.status === "failed");
      assert.match(entry.failure?.reason ?? "", /longer than it may/);
    });

    it("gives its jobs back when it stops, and the next one takes them", async () => {
      start();
      const id = await submit({ does: "checkpoint" });
      await jobWhen(id, (job) => job.log.includes("pid "));
      await supervisor?.stop();
      assert.equal((await jobsOf(services.db, id))[0].state, "queued");
      start();
      const done = await jobWhen(id, (job) => job.kind === "score" && job.state === "done");
      assert.match(done.log, /resumed from step 7/);
      await supervisor!.stop();
      assert.deepEqual(await countedAttempts("score"), { "handed-back": 1, done: 1 });
    });

    it("replays a mismatch in a second configuration before it says so", async () => {
      start();
      const id = await submit({ does: "score", verdict: "mismatch" });
      const entry = await entryWhen(id, (entry) => entry.provenance === "mismatch");
      assert.equal(entry.exact_count, 0);
      const [report] = await reportsOf(services.db, id);
      assert.equal(report.first_divergent_step, 20);
      const { predicate } = report.statement as { predicate: { verifiers: { flags: string[] }[] } };
      assert.deepEqual(predicate.verifiers.map(({ flags }) => flags), [[], CONFIRM_V8_FLAGS]);
    });

    it("never holds against an entry what native kernels alone find", async () => {
      const errors: unknown[] = [];
      await services.close();
      services = await testServices(opened, { sweepTopN: 3, nativeKernels: true }, {}, JOBS);
      start((error) => void errors.push(error));
      const id = await submit({ does: "score", verdict: "native-mismatch" });
      await entryWhen(id, (entry) => entry.provenance === "exact");
      const [report] = await reportsOf(services.db, id);
      const { predicate } = report.statement as {
        predicate: { verifiers: { native?: string }[]; reasons: string[] };
      };
      assert.deepEqual(predicate.verifiers.map(({ native }) => native), [undefined]);
      assert.match(predicate.reasons[0], /Native kernels .* computed other values/);
      assert.match(String(errors[0]), /Native kernels found a difference/);
    });

    it("asks for no replay of an entry without a recipe", async () => {
      start();
      const id = await submit({ does: "external" });
      const entry = await entryWhen(id, (entry) => entry.status === "scored");
      assert.equal(entry.provenance, "external");
      assert.deepEqual((await jobsOf(services.db, id)).map((job) => job.kind), ["score"]);
    });
  });
}
