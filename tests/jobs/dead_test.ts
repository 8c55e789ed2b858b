import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { sql } from "kysely";
import { NotFoundError } from "../../lib/errors.ts";
import { cancelJob } from "../../lib/jobs/cancel.ts";
import { deadJobs, discardDeadJob, openJobs, retryDeadJob } from "../../lib/jobs/dead.ts";
import { takeHeartbeat } from "../../lib/jobs/heartbeat.ts";
import { failJob } from "../../lib/jobs/settle.ts";
import { oncePer, tendJobs } from "../../lib/jobs/tend.ts";
import { getJob } from "../../lib/queue/store.ts";
import type { Services } from "../../lib/services.ts";
import { listEvents } from "../../lib/storage/ledger.ts";
import { getEntry, jobsOf, updateEntry } from "../../lib/submissions/store.ts";
import { dueNow, take, TEST_JOBS } from "../support/assigned.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry, addScore } from "../support/entries.ts";
import { testServices } from "../support/services.ts";

for (const backend of testBackends()) {
  describe(`jobs that end without a result on ${backend.name}`, () => {
    let opened: TestDatabase;
    let services: Services;
    beforeEach(async () => {
      opened = await backend.open();
      services = await testServices(opened, {}, { retryLimit: 1 }, TEST_JOBS);
    });
    afterEach(async () => {
      await services.close();
      await opened.close();
    });
    afterAll(() => backend.close());

    async function submit(author = "Ada"): Promise<string> {
      const { digest } = await services.blobs.putBytes(crypto.getRandomValues(new Uint8Array(9)));
      const { id } = await addEntry(services.db, {
        ...{ author, file_digest: digest, status: "received", recipe: null },
        ...{ model_digest: null, parameters: null },
      });
      await services.db.transaction().execute((trx) => services.queue.enqueueScore(trx, id));
      return id;
    }

    const leaseOf = ({ job, fence }: { job: string; fence: number }) => ({ job, fence });

    /** A scoring job that crashed at every attempt. */
    async function crashed(): Promise<{ entry: string; job: string }> {
      const entry = await submit();
      for (const state of ["retrying", "failed"]) {
        await dueNow(services);
        const job = await take(services, "ada");
        const outcome = { ended: "killed" as const, reason: "it crashed" };
        const lease = leaseOf(job!);
        const ended = await failJob(services, "ada", { ...lease, stage: "scoring", outcome });
        assert.equal(ended, state);
      }
      const [{ id }] = await jobsOf(services.db, entry);
      return { entry, job: id };
    }

    it("are listed with log and error until an admin decides", async () => {
      const { job } = await crashed();
      const [listed] = await deadJobs(services.db, 10);
      assert.deepEqual(
        [listed.id, listed.attempts, listed.error?.reason, listed.entryAuthor],
        [job, 2, "it crashed", "Ada"],
      );
      await discardDeadJob(services, job);
      assert.deepEqual(await deadJobs(services.db, 10), []);
      assert.equal((await getJob(services.db, job))?.dead, "discarded");
    });

    it("begin again as a new job when an admin says so", async () => {
      const { entry, job } = await crashed();
      await retryDeadJob(services, job);
      const received = await getEntry(services.db, entry);
      assert.deepEqual([received?.status, received?.failure], ["received", null]);
      const again = await take(services, "ada");
      assert.deepEqual([again?.entryId, again?.attempt], [entry, 1]);
      assert.notEqual(again?.job, job);
      assert.deepEqual(await deadJobs(services.db, 10), []);
    });

    it("cannot be decided on twice", async () => {
      const { job } = await crashed();
      await retryDeadJob(services, job);
      await assert.rejects(retryDeadJob(services, job), NotFoundError);
      await assert.rejects(discardDeadJob(services, job), NotFoundError);
    });

    it("end a running process at its next heartbeat when they are cancelled", async () => {
      const entry = await submit();
      const job = await take(services, "ada");
      assert.equal(await takeHeartbeat(services, "ada", leaseOf(job!)), "held");
      assert.equal(await cancelJob(services, job!.job), true);
      assert.equal(await takeHeartbeat(services, "ada", leaseOf(job!)), "cancelled");
      assert.equal(await takeHeartbeat(services, "bob", leaseOf(job!)), "lost");
      const { status, failure } = (await getEntry(services.db, entry))!;
      assert.deepEqual([status, failure?.stage], ["failed", "called off"]);
      assert.equal((await deadJobs(services.db, 10))[0].id, job!.job);
      assert.equal(await take(services, "ada"), null);
      assert.equal(await cancelJob(services, job!.job), false);
    });

    it("are cancelled together with the entry that is withdrawn, and by nobody's fault", async () => {
      const entry = await submit();
      const { db, queue } = services;
      const count = await db.transaction().execute(async (trx) => {
        await updateEntry(trx, entry, { status: "withdrawn" });
        return await queue.cancelOpen(trx, entry);
      });
      assert.equal(count, 1);
      assert.equal(await take(services, "ada"), null);
      assert.equal((await getEntry(db, entry))?.status, "withdrawn");
      assert.deepEqual(await deadJobs(db, 10), []);
      assert.deepEqual(await listEvents(db, { limit: 9 }), []);
    });

    it("stay cancelled though a worker fetched them in the same moment", async () => {
      await submit();
      const claim = await services.queue.claim("score");
      await cancelJob(services, claim!.id);
      await dueNow(services);
      assert.equal(await take(services, "ada"), null);
      assert.equal((await getJob(services.db, claim!.id))?.state, "cancelled");
    });

    it("are not asked for by the sweep once an admin has stopped a replay", async () => {
      const { digest } = await services.blobs.putBytes(new Uint8Array(3));
      const entry = await addEntry(services.db, { file_digest: digest });
      await addScore(services.db, entry, "sort-6", 50);
      await tendJobs(services, 0);
      const [job] = (await jobsOf(services.db, entry.id)).filter(isReplay);
      await cancelJob(services, job.id);
      await tendJobs(services, 0);
      assert.equal((await jobsOf(services.db, entry.id)).filter(isReplay).length, 1);
      await retryDeadJob(services, job.id);
      assert.equal((await jobsOf(services.db, entry.id)).filter(isReplay).length, 2);
    });

    it("say so when their worker stopped answering", async () => {
      const entry = await submit();
      const { job } = (await take(services, "ada"))!;
      await letLeaseRunOut(job);
      await tendJobs(services, 600_000);
      const row = await getJob(services.db, job);
      assert.deepEqual([row?.state, row?.error?.reason], [
        "retrying",
        "The worker stopped answering",
      ]);
      await dueNow(services);
      await take(services, "bob");
      await letLeaseRunOut(job);
      await tendJobs(services, 600_000);
      assert.equal((await getEntry(services.db, entry))?.status, "failed");
      assert.equal((await deadJobs(services.db, 10))[0].id, job);
    });

    /** What pg-boss does with a claim that was not extended for long enough. */
    async function letLeaseRunOut(job: string): Promise<void> {
      const { rows: [{ fence }] } = await sql<{ fence: number }>`
        select retry_count as fence from pgboss.job where id = ${job}::uuid`.execute(services.db);
      const claim = { id: job, kind: "score", entryId: "", retryCount: fence } as const;
      await services.db.transaction().execute((trx) =>
        services.queue.retryLater(trx, { ...claim, attempt: 1, last: false }, "heartbeat timeout")
      );
    }

    it("are looked after once in a period, by whichever server comes first", async () => {
      const { db } = services;
      const servers = Array.from({ length: 4 }, () => oncePer(db, "sweep", 600_000));
      assert.equal((await Promise.all(servers)).filter(Boolean).length, 1);
      assert.equal(await oncePer(db, "other", 600_000), true);
      assert.equal(await oncePer(db, "sweep", 0), true);
    });

    it("stand in the list of open jobs in the order of the queue, running ones first", async () => {
      const [a1, a2] = [await submit("a"), await submit("a")];
      const b1 = await submit("b");
      await take(services, "ada");
      assert.deepEqual((await openJobs(services.db, 9)).map(({ entry_id }) => entry_id), [
        ...[a1, b1, a2],
      ]);
    });
  });
}

const isReplay = ({ kind }: { kind: string }) => kind === "verify";
