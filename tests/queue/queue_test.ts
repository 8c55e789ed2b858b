import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { sql } from "kysely";
import { PgBoss } from "pg-boss";
import { BossQueue } from "../../lib/queue/boss_queue.ts";
import type { JobQueue, Trx } from "../../lib/queue/queue.ts";
import { getJob, type Handover, LOCAL_HOLDER, markRunning } from "../../lib/queue/store.ts";
import { openDatabase } from "../../lib/storage/database.ts";
import { pgliteBackend, testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry } from "../support/entries.ts";

function handover(holder: string, fence = 0): Handover {
  return {
    ...{ attempt: fence + 1, fence, holder },
    worker: { name: "test", runtime: "Deno", isa: "x86_64", threads: 1, native: null },
    assignment: { files: [], benchmarks: [], twinPeriod: null, last: false },
  };
}

for (const backend of testBackends()) {
  describe(`job queue on ${backend.name}`, () => {
    let opened: TestDatabase;
    let queue: JobQueue;
    let entryId: string;
    beforeEach(async () => {
      opened = await backend.open();
      queue = new BossQueue(opened);
      await queue.start();
      entryId = (await addEntry(opened.db)).id;
    });
    afterEach(async () => {
      await queue.stop();
      await opened.close();
    });
    afterAll(() => backend.close());

    const transaction = <T>(work: (trx: Trx) => Promise<T>) =>
      opened.db.transaction().execute(work);

    /** As if the time between two attempts were over. */
    const makeDue = () =>
      sql`update pgboss.job set start_after = now() - interval '1 second'`.execute(opened.db);

    it("hands a job out once, each kind from a queue of its own", async () => {
      await transaction((trx) => queue.enqueueVerify(trx, entryId, 1e9));
      await transaction((trx) => queue.enqueueScore(trx, entryId));
      const score = await queue.claim("score");
      assert.deepEqual([score?.kind, score?.entryId, score?.attempt], ["score", entryId, 1]);
      assert.equal(await queue.claim("score"), null);
      assert.equal((await queue.claim("verify"))?.kind, "verify");
      assert.equal(await queue.claim("verify"), null);
    });

    it("hands out the replay with the fewest FLOPs first", async () => {
      const { id: other } = await addEntry(opened.db);
      await transaction((trx) => queue.enqueueVerify(trx, entryId, 1e13));
      await transaction((trx) => queue.enqueueVerify(trx, other, 1e10));
      assert.equal((await queue.claim("verify"))?.entryId, other);
      assert.equal((await queue.claim("verify"))?.entryId, entryId);
    });

    it("keeps no job of a transaction that is rolled back", async () => {
      await assert.rejects(
        transaction(async (trx) => {
          await queue.enqueueScore(trx, entryId);
          throw new Error("undo");
        }),
        /undo/,
      );
      assert.equal(await queue.claim("score"), null);
    });

    it("keeps one open job of a kind for an entry", async () => {
      const first = await transaction((trx) => queue.enqueueScore(trx, entryId));
      assert.equal(typeof first, "string");
      assert.equal(await transaction((trx) => queue.enqueueScore(trx, entryId)), null);
    });

    it("settles only for the claim that is current", async () => {
      await transaction((trx) => queue.enqueueScore(trx, entryId));
      const old = await queue.claim("score");
      assert.ok(old);
      assert.equal(await queue.extend(old), true);
      assert.equal(await transaction((trx) => queue.release(trx, old)), true);
      assert.equal(await queue.extend(old), false);
      assert.equal(await transaction((trx) => queue.release(trx, old)), false);

      const current = await queue.claim("score");
      assert.ok(current);
      assert.equal(await transaction((trx) => queue.settle(trx, old)), false);
      assert.equal(await transaction((trx) => queue.settle(trx, current)), true);
      assert.equal(await queue.claim("score"), null);
    });

    it("names the jobs that ran out of attempts with nobody there to say so", async () => {
      const id = await transaction((trx) => queue.enqueueScore(trx, entryId));
      assert.deepEqual(await queue.abandoned(), []);
      await sql`update pgboss.job set retry_limit = 0 where id = ${id}::uuid`.execute(opened.db);
      const claim = await queue.claim("score");
      assert.ok(claim?.last);
      await transaction((trx) => queue.retryLater(trx, claim, "the lease ran out"));
      assert.deepEqual(await queue.abandoned(), [{ id, kind: "score", entryId, fence: 0 }]);
    });

    it("counts no death of a worker against the job, until it dies too often", async () => {
      const boss = new PgBoss({
        ...{ db: opened.queueDatabase, backend: opened.backend },
        ...{ supervise: false, schedule: false },
      });
      await boss.start();
      const id = await transaction((trx) => queue.enqueueScore(trx, entryId));
      let deaths = 0;
      for (; await queue.claim("score") !== null; deaths++) {
        await sql`update pgboss.job set heartbeat_on = now() - interval '1 hour'`.execute(
          opened.db,
        );
        // As if nobody had looked for a while.
        await sql`update pgboss.queue set monitor_on = null, monitor_claim_on = null`.execute(
          opened.db,
        );
        await boss.supervise("tinyproof-score");
        await makeDue();
      }
      await boss.stop({ graceful: false, close: false });
      // Those that are forgiven, and as many as there are attempts.
      assert.equal(deaths, 8 + 4);
      assert.deepEqual((await queue.abandoned()).map((job) => job.id), [id]);
    });

    it("gives a job whose worker died all its attempts still", async () => {
      const id = await transaction((trx) => queue.enqueueScore(trx, entryId));
      const died = JSON.stringify({ value: { message: "job heartbeat timeout" } });
      for (let attempt = 1; attempt <= 5; attempt++) {
        const claim = await queue.claim("score");
        assert.ok(claim);
        assert.equal(claim.last, attempt === 5);
        await transaction((trx) => queue.retryLater(trx, claim, "It crashed"));
        // The first attempt alone ended with its worker.
        const output = attempt === 1 ? sql`${died}::jsonb` : sql`output`;
        await sql`update pgboss.job set output = ${output} where id = ${id}::uuid`.execute(
          opened.db,
        );
        await makeDue();
      }
      assert.equal(await queue.claim("score"), null);
    });

    it("does not count an attempt that was handed back", async () => {
      await transaction((trx) => queue.enqueueScore(trx, entryId));
      for (let delivery = 1; delivery <= 6; delivery++) {
        const claim = await queue.claim("score");
        assert.ok(claim && !claim.last);
        assert.equal(claim.attempt, delivery);
        await transaction((trx) => queue.release(trx, claim));
      }
    });

    it("lets no claim of a cancelled job settle or go on", async () => {
      await transaction((trx) => queue.enqueueScore(trx, entryId));
      const claim = await queue.claim("score");
      assert.ok(claim);
      assert.equal(await transaction((trx) => queue.cancelOpen(trx, entryId)), 1);
      assert.equal(await queue.extend(claim), false);
      assert.equal(await transaction((trx) => queue.settle(trx, claim)), false);
      assert.equal(await transaction((trx) => queue.retryLater(trx, claim, "late")), false);
      assert.equal(await queue.claim("score"), null);
    });

    it("tells of a job when its transaction commits, and not before", async () => {
      const told = Promise.withResolvers<void>();
      let early = true;
      const stop = queue.onEnqueued(() => early ? told.reject(new Error("early")) : told.resolve());
      await transaction(async (trx) => {
        await queue.enqueueScore(trx, entryId);
        await trx.selectFrom("job").selectAll().execute();
        early = false;
      });
      await told.promise;
      assert.ok(await queue.claim("score"));
      stop();
    });

    it("waits before another attempt", async () => {
      await transaction((trx) => queue.enqueueScore(trx, entryId));
      const claim = await queue.claim("score");
      assert.ok(claim && !claim.last);
      assert.equal(await transaction((trx) => queue.retryLater(trx, claim, "killed")), true);
      assert.equal(await queue.claim("score"), null, "the back-off has not passed");
    });
  });
}

describe("a server that died with jobs running", () => {
  /** Ids and holders of two jobs that ran when it died, and the queue of the next server. */
  async function afterDeath(holder: string) {
    const first = await pgliteBackend().open();
    const { id: entryId } = await addEntry(first.db);
    const queue = new BossQueue(first);
    await queue.start();
    const jobId = await first.db.transaction().execute((trx) => queue.enqueueScore(trx, entryId));
    const claim = await queue.claim("score");
    assert.ok(jobId && claim);
    await markRunning(first.db, jobId, handover(holder));
    await queue.stop();
    await first.close({ keepFiles: true });
    const opened = await openDatabase({ dataDir: first.dataDir });
    const restarted = new BossQueue(opened);
    await restarted.start();
    return {
      ...{ jobId, claim, db: opened.db, queue: restarted },
      async close() {
        await restarted.stop();
        await opened.close();
        await Deno.remove(first.dataDir, { recursive: true });
      },
    };
  }

  it("finds those of its own worker due again when it starts", async () => {
    const { jobId, db, queue, close } = await afterDeath(LOCAL_HOLDER);
    assert.equal((await getJob(db, jobId))?.state, "queued");
    assert.equal((await queue.claim("score"))?.id, jobId);
    await close();
  });

  it("leaves those of other machines to them: they work on", async () => {
    const { jobId, claim, db, queue, close } = await afterDeath("account-1");
    assert.equal((await getJob(db, jobId))?.state, "running");
    assert.equal(await queue.claim("score"), null);
    assert.equal(await queue.extend(claim), true);
    await close();
  });
});
