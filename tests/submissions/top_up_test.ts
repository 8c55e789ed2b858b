import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type KyselyPlugin, sql } from "kysely";
import { BossQueue } from "../../lib/queue/boss_queue.ts";
import type { JobQueue } from "../../lib/queue/queue.ts";
import type { Db } from "../../lib/storage/database.ts";
import { jobsOf } from "../../lib/submissions/store.ts";
import { topUpScores } from "../../lib/submissions/top_up.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry, addScore } from "../support/entries.ts";

const OLD = { id: "sort-6", version: 1 }, NEW = { id: "chess", version: 2 };

for (const backend of testBackends()) {
  describe(`topping up scores on ${backend.name}`, () => {
    let opened: TestDatabase;
    let db: Db;
    let queue: JobQueue;
    beforeEach(async () => {
      opened = await backend.open();
      db = opened.db;
      queue = new BossQueue(opened);
      await queue.start();
    });
    afterEach(async () => {
      await queue.stop();
      await opened.close();
    });
    afterAll(() => backend.close());

    it("queues one job for each set of weights that lacks a score, and none twice", async () => {
      const lacking = await addEntry(db);
      await addScore(db, lacking, OLD.id, 1);
      await addScore(db, lacking, NEW.id, 1, { version: 1 });
      await addEntry(db, { model_digest: lacking.model_digest, duplicate_of: lacking.id });
      const complete = await addEntry(db);
      await addScore(db, complete, OLD.id, 1);
      await addScore(db, complete, NEW.id, null, { version: 2 });
      await addEntry(db, { status: "failed", model_digest: null });
      await addEntry(db, { status: "scoring", model_digest: null });
      await addEntry(db, { status: "withdrawn" });

      assert.equal(await topUpScores({ db, queue }, [OLD]), 0);
      assert.equal(await topUpScores({ db, queue }, [OLD, NEW]), 1);
      assert.equal(await topUpScores({ db, queue }, [OLD, NEW]), 0);
      assert.equal((await jobsOf(db, lacking.id)).length, 1);
      const claim = await queue.claim("score");
      assert.deepEqual([claim?.entryId, claim?.last], [lacking.id, false]);
      assert.equal(await queue.claim("score"), null);
    });

    it("lets new submissions go first", async () => {
      const old = await addEntry(db);
      const { id } = await addEntry(db, { status: "received", model_digest: null });
      await topUpScores({ db, queue }, [NEW]);
      await db.transaction().execute((trx) => queue.enqueueScore(trx, id));
      assert.equal((await queue.claim("score"))?.entryId, id);
      assert.equal((await queue.claim("score"))?.entryId, old.id);
    });

    it("asks the database a few times however many entries there are", async () => {
      await sql`insert into blob (digest, byte_length)
        select 'many-' || i, 1 from generate_series(1, 2500) as i`.execute(db);
      await sql`insert into entry (id, name, author, blurb, status, file_digest, file_name,
          model_digest)
        select 'many-' || i, 'm', 'a', '', 'scored', 'many-' || i, 'm.tinygpt', 'weights-' || i
        from generate_series(1, 2500) as i`.execute(db);
      let queries = 0;
      const counter: KyselyPlugin = {
        transformQuery: ({ node }) => (queries++, node),
        transformResult: ({ result }) => Promise.resolve(result),
      };
      assert.equal(await topUpScores({ db: db.withPlugin(counter), queue }, [OLD, NEW]), 2500);
      assert.ok(queries < 20, `${queries} queries`);
      assert.equal((await queue.claim("score"))?.kind, "score");
    });
  });
}
