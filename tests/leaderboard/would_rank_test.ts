import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { SORT_6 } from "../../lib/benchmarks/sort_6.ts";
import { TINYSTORIES_PPL_V2 } from "../../lib/benchmarks/tinystories_ppl.ts";
import { wouldRank } from "../../lib/leaderboard/would_rank.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry, addScore } from "../support/entries.ts";

for (const backend of testBackends()) {
  describe(`the place a score would have, on ${backend.name}`, () => {
    let opened: TestDatabase;
    beforeEach(async () => {
      opened = await backend.open();
    });
    afterEach(() => opened.close());
    afterAll(() => backend.close());

    it("counts who is strictly better, whichever way is up", async () => {
      for (const score of [90, 80, 80, 70]) {
        const entry = await addEntry(opened.db);
        await addScore(opened.db, entry, SORT_6.id, score, { version: SORT_6.version });
        await addScore(opened.db, entry, TINYSTORIES_PPL_V2.id, score / 10, {
          version: TINYSTORIES_PPL_V2.version,
        });
      }
      const higher = (score: number) => wouldRank(opened.db, SORT_6, score);
      assert.deepEqual(await higher(95), { rank: 1, sharedWith: 0, of: 5, size: null });
      assert.deepEqual(await higher(80), { rank: 2, sharedWith: 2, of: 5, size: null });
      assert.deepEqual(await higher(75), { rank: 4, sharedWith: 0, of: 5, size: null });
      const lower = (score: number) => wouldRank(opened.db, TINYSTORIES_PPL_V2, score);
      assert.deepEqual(await lower(8), { rank: 2, sharedWith: 2, of: 5, size: null });
      assert.deepEqual(await lower(99), { rank: 5, sharedWith: 0, of: 5, size: null });
    });

    it("tells apart scores that differ in their last bit, and counts ranked entries alone", async () => {
      const entry = await addEntry(opened.db);
      await addScore(opened.db, entry, SORT_6.id, 0.1 + 0.2, { version: SORT_6.version });
      const mismatch = await addEntry(opened.db, { provenance: "mismatch" });
      await addScore(opened.db, mismatch, SORT_6.id, 99, { version: SORT_6.version });
      assert.deepEqual(await wouldRank(opened.db, SORT_6, 0.3), {
        rank: 2,
        sharedWith: 0,
        of: 2,
        size: null,
      });
      assert.deepEqual(await wouldRank(opened.db, SORT_6, 0.1 + 0.2), {
        rank: 1,
        sharedWith: 1,
        of: 2,
        size: null,
      });
    });

    it("says where it would stand by size, and how many are better in both", async () => {
      for (const [score, parameters] of [[100, 5000], [96, 1000], [94, 100], [99.5, 3000]]) {
        const entry = await addEntry(opened.db, { parameters });
        await addScore(opened.db, entry, SORT_6.id, score, { version: SORT_6.version });
        await addScore(opened.db, entry, TINYSTORIES_PPL_V2.id, 102 - score, {
          version: TINYSTORIES_PPL_V2.version,
        });
      }
      const higher = async (score: number, parameters: number) =>
        (await wouldRank(opened.db, SORT_6, score, parameters)).size;
      assert.deepEqual(await higher(97, 2000), { dominatedBy: 0, threshold: 95, place: 2 });
      assert.deepEqual(await higher(97, 4000), { dominatedBy: 1, threshold: 95, place: 3 });
      assert.deepEqual(await higher(96, 1000), { dominatedBy: 0, threshold: 95, place: 1 });
      assert.deepEqual(await higher(10, 50), { dominatedBy: 0, threshold: null, place: null });
      const lower = await wouldRank(opened.db, TINYSTORIES_PPL_V2, 2.4, 4000);
      assert.deepEqual(lower.size, { dominatedBy: 0, threshold: 2.5, place: 1 });
    });
  });
}
