import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { rankRows } from "../../lib/leaderboard/rank.ts";
import { boardCounts, boardRows } from "../../lib/leaderboard/store.ts";
import type { Db } from "../../lib/storage/database.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry, addScore } from "../support/entries.ts";

const SORT = { id: "sort-6", version: 1, lowerIsBetter: false, unit: "%" } as const;
const STORIES = {
  id: "tinystories-ppl",
  version: 2,
  lowerIsBetter: true,
  unit: "perplexity per byte",
} as const;
const ALL = { limit: 100, offset: 0 };

for (const backend of testBackends()) {
  describe(`board on ${backend.name}`, () => {
    let opened: TestDatabase;
    let db: Db;
    beforeEach(async () => {
      opened = await backend.open();
      db = opened.db;
    });
    afterEach(() => opened.close());
    afterAll(() => backend.close());

    it("ranks as rankRows does: equal scores share a rank, fewer parameters first", async () => {
      for (const [score, parameters] of [[50, 9], [90, 9], [90, 3], [50, 9], [0.1 + 0.2, 1]]) {
        await addScore(db, await addEntry(db, { parameters }), SORT.id, score);
      }
      const board = await boardRows(db, SORT, ALL);
      assert.deepEqual(board.rows.map((row) => row.rank), [1, 1, 3, 3, 5]);
      assert.deepEqual(board.rows.map((row) => row.parameters), [3, 9, 9, 9, 1]);
      assert.equal(board.total, 5);
      const rankable = board.rows.map((row) => ({ ...row, score: row.score ?? 0 }));
      assert.deepEqual(rankRows(rankable.toReversed(), false), board.rows);
    });

    it("puts the lowest first where lower is better, and reads back the very bits", async () => {
      const scores = [2.5000000000000004, 2.5, Math.PI];
      for (const score of scores) {
        await addScore(db, await addEntry(db), STORIES.id, score, { version: 2 });
      }
      const { rows } = await boardRows(db, STORIES, ALL);
      assert.deepEqual(rows.map((row) => row.score), [2.5, 2.5000000000000004, Math.PI]);
      assert.deepEqual(rows.map((row) => row.rank), [1, 2, 3]);
    });

    it("keeps ranks and total over pages", async () => {
      for (const score of [10, 20, 30, 40]) await addScore(db, await addEntry(db), SORT.id, score);
      const page = await boardRows(db, SORT, { limit: 2, offset: 2 });
      assert.deepEqual(page.rows.map((row) => [row.rank, row.score]), [[3, 20], [4, 10]]);
      assert.equal(page.total, 4);
    });

    it("never ranks a mismatch, a rejected, failed or withdrawn entry or a duplicate", async () => {
      const honest = await addEntry(db);
      const mismatch = await addEntry(db, { provenance: "mismatch" });
      for (
        const entry of [
          honest,
          mismatch,
          await addEntry(db, { provenance: "rejected" }),
          await addEntry(db, { status: "failed" }),
          await addEntry(db, { status: "withdrawn" }),
        ]
      ) await addScore(db, entry, SORT.id, 100);
      await addEntry(db, { model_digest: honest.model_digest, duplicate_of: honest.id });

      const board = await boardRows(db, SORT, ALL);
      assert.deepEqual(board.rows.map((row) => row.entryId), [honest.id]);
      assert.deepEqual(board.unranked.map((row) => [row.entryId, row.rank]), [[mismatch.id, null]]);
      assert.deepEqual(await boardCounts(db), [{ benchmark: "sort-6", version: 1, ranked: 1 }]);
    });

    it("lists an incompatible model without a rank, with the reason", async () => {
      const entry = await addEntry(db);
      await addScore(db, entry, SORT.id, null);
      const board = await boardRows(db, SORT, ALL);
      assert.deepEqual(board.rows, []);
      assert.equal(board.unranked[0].incompatibleReason, "The context is too short");
    });
  });
}
