import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { sql } from "kysely";
import { createQueue, type JobQueue, type Trx } from "../../lib/queue/queue.ts";
import { getJob, markRunning } from "../../lib/queue/store.ts";
import { openDatabase } from "../../lib/storage/database.ts";
import { pgliteBackend, testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry } from "../support/entries.ts";

for (const backend of testBackends()) {
  describe(`job queue on ${backend.name}`, () => {
    let opened: TestDatabase;
    let queue: JobQueue;
    let entryId: string;
    beforeEach(async () => {
      opened = await backend.open();
      queue = createQueue(opened);
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
      await queue.release(old);
      assert.equal(await queue.extend(old), false);

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
      assert.deepEqual(await queue.abandoned(), [{ id, kind: "score", entryId }]);
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
  it("finds them due again when it starts", async () => {
    const first = await pgliteBackend().open();
    const { id: entryId } = await addEntry(first.db);
    const queue = createQueue(first);
    await queue.start();
    const jobId = await first.db.transaction().execute((trx) => queue.enqueueScore(trx, entryId));
    await queue.claim("score");
    await markRunning(first.db, jobId ?? "", 1);
    await queue.stop();
    await first.close({ keepFiles: true });

    const second = await openDatabase({ dataDir: first.dataDir });
    const restarted = createQueue(second);
    await restarted.start();
    assert.equal((await getJob(second.db, jobId ?? ""))?.state, "queued");
    assert.equal((await restarted.claim("score"))?.id, jobId);
    await restarted.stop();
    await second.close();
    await Deno.remove(first.dataDir, { recursive: true });
  });
});
