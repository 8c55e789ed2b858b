import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { IntegrityError, UnavailableError } from "../../lib/errors.ts";
import { claimJob } from "../../lib/jobs/claim.ts";
import { takeHeartbeat } from "../../lib/jobs/heartbeat.ts";
import type { AssignedJob, Fail, JobFailureOutcome, JobResult } from "../../lib/jobs/protocol.ts";
import { completeJob, failJob } from "../../lib/jobs/settle.ts";
import { getJob } from "../../lib/queue/store.ts";
import type { Services } from "../../lib/services.ts";
import { listEvents } from "../../lib/storage/ledger.ts";
import { getEntry, scoresOf } from "../../lib/submissions/store.ts";
import { claimRequest, dueNow, resultOf, take, TEST_JOBS } from "../support/assigned.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry } from "../support/entries.ts";
import { testServices } from "../support/services.ts";

const THERE = { gone: () => false };

for (const backend of testBackends()) {
  describe(`jobs given to workers on ${backend.name}`, () => {
    let opened: TestDatabase;
    let services: Services;
    beforeEach(async () => {
      opened = await backend.open();
      services = await testServices(opened, { sweep: false }, { retryLimit: 1 }, TEST_JOBS);
    });
    afterEach(async () => {
      await services.close();
      await opened.close();
    });
    afterAll(() => backend.close());

    /** A received entry with its scoring job. */
    async function submit(): Promise<string> {
      const { digest } = await services.blobs.putBytes(crypto.getRandomValues(new Uint8Array(9)));
      const { id } = await addEntry(services.db, {
        ...{ file_digest: digest, status: "received", recipe: null },
        ...{ model_digest: null, parameters: null },
      });
      await services.db.transaction().execute((trx) => services.queue.enqueueScore(trx, id));
      return id;
    }

    async function submitted(): Promise<AssignedJob> {
      await submit();
      const job = await take(services, "ada");
      assert.ok(job);
      return job;
    }

    const leaseOf = ({ job, fence }: AssignedJob) => ({ job, fence });
    const complete = async (job: AssignedJob, changes: Partial<JobResult> = {}, holder = "ada") =>
      await completeJob(services, holder, {
        ...leaseOf(job),
        result: { ...await resultOf(services, job), ...changes },
      });
    const fail = (job: AssignedJob, outcome: JobFailureOutcome, changes: Partial<Fail> = {}) =>
      failJob(services, "ada", { ...leaseOf(job), stage: "scoring sort-6", outcome, ...changes });
    const kindsInLedger = async () =>
      (await listEvents(services.db, { limit: 20 })).map(({ kind }) => kind)
        .filter((kind) => !kind.startsWith("twin"));

    it("come with files by SHA-256, limits and what to score on", async () => {
      const job = await submitted();
      const entry = await getEntry(services.db, job.entryId);
      assert.equal(entry?.status, "scoring");
      assert.deepEqual(job.files.map(({ path }) => path), [
        "model.tinygpt",
        "engine.wasm",
        "data/README.md",
      ]);
      assert.equal(job.files[0].sha256, entry?.file_digest);
      assert.equal(job.files[0].byteLength, 9);
      assert.ok(job.benchmarks.length > 3 && job.timeoutMs > 0 && job.memoryBytes > 0);
      const row = await getJob(services.db, job.job);
      assert.deepEqual([row?.state, row?.holder, row?.worker?.name], ["running", "ada", "test"]);
    });

    it("keep the seed of the sealed twins out of the database's row", async () => {
      const job = await submitted();
      const row = await getJob(services.db, job.job);
      assert.equal(row?.assignment?.twinPeriod, job.twin?.period);
      assert.ok(job.twin && !JSON.stringify(row).includes(job.twin.seed));
    });

    it("are given to nobody who names another engine, only that engine's digest", async () => {
      await submit();
      for (const engine of [null, { ...(await claimRequest(services)).engine! }]) {
        if (engine) engine.sha256 = "b".repeat(64);
        const request = await claimRequest(services, { engine });
        const answer = await claimJob(services, "ada", request, THERE);
        assert.equal(answer.job, null);
        assert.match(answer.engine.sha256, /^[0-9a-f]{64}$/);
      }
      assert.ok(await take(services, "ada"));
    });

    it("are refused to another version of the program", async () => {
      const request = await claimRequest(services, { program: "b".repeat(64) });
      await assert.rejects(claimJob(services, "ada", request, THERE), IntegrityError);
    });

    it("are waited for, and come as soon as they are enqueued", async () => {
      const request = await claimRequest(services, { waitMs: 25_000 });
      const waiting = claimJob(services, "ada", request, THERE);
      const id = await submit();
      assert.equal((await waiting).job?.entryId, id);
    });

    it("go to nobody who has left meanwhile, and cost no attempt", async () => {
      const id = await submit();
      const request = await claimRequest(services, { waitMs: 25_000 });
      const { job } = await claimJob(services, "ada", request, { gone: () => true });
      assert.equal(job, null);
      const again = await take(services, "bob");
      assert.equal(again?.entryId, id);
      assert.equal((await getJob(services.db, again!.job))?.assignment?.last, false);
    });

    it("end the wait of a worker that leaves", async () => {
      const leaving = new AbortController();
      const waiting = claimJob(services, "ada", await claimRequest(services, { waitMs: 25_000 }), {
        gone: () => leaving.signal.aborted,
        leaves: leaving.signal,
      });
      leaving.abort();
      assert.equal((await waiting).job, null);
    });

    it("are given out no more by a server that is about to stop", async () => {
      const request = await claimRequest(services, { waitMs: 25_000 });
      const waiting = claimJob(services, "ada", request, THERE);
      const refused = assert.rejects(waiting, UnavailableError);
      services.lifecycle.stop();
      await refused;
      await submit();
      await assert.rejects(claimJob(services, "ada", request, THERE), UnavailableError);
      assert.ok(await services.queue.claim("score"), "it waits for the next server");
    });

    it("are scores first, whatever came first", async () => {
      const { id } = await addEntry(services.db);
      await services.blobs.putBytes(new Uint8Array(1));
      await services.db.transaction().execute((trx) => services.queue.enqueueVerify(trx, id, 1));
      await submit();
      assert.equal((await take(services, "ada"))?.kind, "score");
    });

    it("count an attempt when this server cannot prepare them", async () => {
      const { id } = await addEntry(services.db, { status: "received" });
      await services.db.transaction().execute((trx) => services.queue.enqueueScore(trx, id));
      assert.equal(await take(services, "ada"), null, "its file is not there");
      await dueNow(services);
      assert.equal(await take(services, "ada"), null);
      const entry = await getEntry(services.db, id);
      assert.match(entry?.failure?.reason ?? "", /could not be prepared/);
    });

    it("take progress in as long as the lease is held", async () => {
      const job = await submitted();
      const beat = { ...leaseOf(job), stage: "scoring sort-6", progress: 0.5, log: "one\n" };
      assert.equal(await takeHeartbeat(services, "ada", beat), "held");
      assert.equal(await takeHeartbeat(services, "ada", { ...leaseOf(job), log: "two\n" }), "held");
      assert.equal(await takeHeartbeat(services, "bob", beat), "lost");
      const stale = { ...beat, fence: job.fence + 1 };
      assert.equal(await takeHeartbeat(services, "ada", stale), "lost");
      const row = await getJob(services.db, job.job);
      assert.deepEqual([row?.progress, row?.log], [0.5, "one\ntwo\n"]);
    });

    it("are taken from a lively worker once their time is over", async () => {
      const job = await submitted();
      services.jobs.timeoutMs = { score: -1, generate: -1, verify: -1 };
      services.jobs.graceMs = 0;
      assert.equal(await takeHeartbeat(services, "ada", leaseOf(job)), "lost");
      const row = await getJob(services.db, job.job);
      assert.equal(row?.state, "failed");
      assert.match(row?.error?.reason ?? "", /longer than it may/);
      assert.equal(await complete(job), "failed");
    });

    it("are settled once, however often the result is handed in", async () => {
      const job = await submitted();
      assert.equal(await complete(job), "done");
      assert.equal(await complete(job), "done");
      const entry = await getEntry(services.db, job.entryId);
      assert.equal(entry?.status, "scored");
      assert.equal((await scoresOf(services.db, entry?.model_digest ?? "")).length > 3, true);
      assert.deepEqual(await kindsInLedger(), ["score"]);
    });

    it("take no result from somebody else, or from an earlier delivery", async () => {
      const job = await submitted();
      assert.equal(await complete(job, {}, "bob"), "lost");
      assert.equal(await fail(job, { ended: "handed-back" }), "queued");
      const again = await take(services, "ada");
      assert.ok(again && again.fence > job.fence);
      assert.equal(await complete(job), "lost");
      assert.equal(await complete(again), "done");
    });

    it("are tried again when a result is of no use", async () => {
      const useless: [Partial<JobResult>, RegExp][] = [
        [{ kind: "verify" }, /no usable result/],
        [{ engineDigest: "c".repeat(64) }, /another engine/],
        [{ scores: [] }, /not the scores that were asked for/],
        [{ twins: { period: "1999-Q1", outcomes: [] } }, /another quarter/],
        [{ facts: undefined }, /no usable result/],
      ];
      for (const [changes, reason] of useless) {
        const job = await submitted();
        assert.equal(await complete(job, changes), "retrying");
        assert.match((await getJob(services.db, job.job))?.error?.reason ?? "", reason);
        await services.db.transaction().execute((trx) =>
          services.queue.cancelOpen(trx, job.entryId)
        );
      }
      assert.deepEqual(await kindsInLedger(), []);
    });

    it("are tried again for what may go better, and end with the last attempt", async () => {
      const job = await submitted();
      assert.equal(await fail(job, { ended: "killed", reason: "out of memory" }), "retrying");
      assert.equal((await getEntry(services.db, job.entryId))?.status, "scoring");
      await dueNow(services);
      const again = await take(services, "ada");
      assert.equal(again?.attempt, 2);
      assert.equal(await fail(again!, { ended: "killed", reason: "again" }), "failed");
      const entry = await getEntry(services.db, job.entryId);
      assert.deepEqual(
        [entry?.status, entry?.failure?.stage, entry?.failure?.reason],
        ["failed", "scoring sort-6", "again"],
      );
      assert.equal((await getJob(services.db, job.job))?.dead, "open");
      assert.deepEqual(await kindsInLedger(), ["failure"]);
    });

    it("end at once for what is wrong with the file, which concerns no admin", async () => {
      const job = await submitted();
      const error = { stage: "reading", reason: "no weights", fix: "Save it.", retryable: false };
      assert.equal(await fail(job, { ended: "error", error }), "failed");
      assert.equal((await getJob(services.db, job.job))?.dead, null);
    });

    it("leave a scored entry as it is when a replay cannot be run", async () => {
      const { digest } = await services.blobs.putBytes(new Uint8Array(3));
      const { id } = await addEntry(services.db, { file_digest: digest });
      await services.db.transaction().execute((trx) => services.queue.enqueueVerify(trx, id, 1));
      for (const state of ["retrying", "failed"]) {
        await dueNow(services);
        const job = await take(services, "ada", ["verify"]);
        assert.ok(job);
        assert.equal(await fail(job, { ended: "timeout" }), state);
      }
      assert.equal((await getEntry(services.db, id))?.status, "scored");
    });

    it("have their statement written by the server", async () => {
      const { digest } = await services.blobs.putBytes(new Uint8Array(3));
      const { id, model_digest } = await addEntry(services.db, { file_digest: digest });
      await services.db.transaction().execute((trx) => services.queue.enqueueVerify(trx, id, 1));
      const job = await take(services, "ada", ["verify"]);
      assert.equal(await complete(job!), "done");
      const { statement } = await services.db.selectFrom("report").select("statement")
        .executeTakeFirstOrThrow();
      const { subject, predicate } = statement as {
        subject: { digest: { sha256: string } }[];
        predicate: { verdict: string };
      };
      assert.equal(subject[0].digest.sha256, model_digest);
      assert.equal(predicate.verdict, "exact");
      assert.equal((await getEntry(services.db, id))?.provenance, "exact");
    });
  });
}
