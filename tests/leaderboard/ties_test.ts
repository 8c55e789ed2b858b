import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { boardRows, rankedAhead } from "../../lib/leaderboard/store.ts";
import { groupAt, groupTies, type Standing, standingKey } from "../../lib/leaderboard/ties.ts";
import type { Db } from "../../lib/storage/database.ts";
import type { Entry } from "../../lib/storage/entry_schema.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry, addScore } from "../support/entries.ts";

/** Standings of these scores; two tie when they are less than `noise` apart. */
function walk(
  scores: readonly number[],
  noise: number,
  known: Parameters<typeof groupTies>[1] = [],
) {
  const standings: Standing[] = scores.map((score) => ({
    modelDigest: `m${score}`,
    score,
    intervalLow: null,
    intervalHigh: null,
  }));
  const asked: [number, number][] = [];
  return groupTies(standings, known, (leader, model) => {
    asked.push([scores[leader], scores[model]]);
    return Promise.resolve(Math.abs(scores[leader] - scores[model]) < noise);
  }).then((result) => ({ ...result, asked }));
}

describe("groupTies", () => {
  it("measures from the leader of the group, not from neighbour to neighbour", async () => {
    const { groups } = await walk([10, 11, 12, 13, 14, 20], 2.5);
    assert.deepEqual(groups, [{ from: 1, to: 3 }, { from: 4, to: 5 }, { from: 6, to: 6 }]);
  });

  it("keeps equal scores together without comparing them", async () => {
    const { groups, asked } = await walk([100, 100, 100, 90, 90], 5);
    assert.deepEqual(groups, [{ from: 1, to: 3 }, { from: 4, to: 5 }]);
    assert.deepEqual(asked, [[100, 90]]);
  });

  it("compares a new score alone, as long as it leads nothing", async () => {
    const before = await walk([10, 11, 12, 20, 21], 5);
    const after = await walk([10, 11, 11.5, 12, 20, 21], 5, before.verdicts);
    assert.deepEqual(after.asked, [[10, 11.5]]);
    assert.deepEqual(after.groups, [{ from: 1, to: 4 }, { from: 5, to: 6 }]);
  });

  it("compares anew below a new leader, until a group starts where one did", async () => {
    const before = await walk([10, 11, 12, 20, 21], 5);
    const after = await walk([9, 10, 11, 12, 20, 21], 5, before.verdicts);
    // 20 was not compared with 9 before; 21 stays with 20.
    assert.deepEqual(after.asked, [[9, 10], [9, 11], [9, 12], [9, 20]]);
  });

  it("has nothing to say of an empty board, or of a single model", async () => {
    assert.deepEqual((await walk([], 1)).groups, []);
    assert.deepEqual((await walk([7], 1)).groups, [{ from: 1, to: 1 }]);
    assert.equal(groupAt([{ from: 1, to: 1 }], 1), null);
    assert.equal(groupAt([{ from: 1, to: 2 }], 3), null);
    assert.deepEqual(groupAt([{ from: 1, to: 2 }], 2), { from: 1, to: 2 });
  });

  it("takes a changed score for another standing", () => {
    const row = { modelDigest: "m", score: 0.1 + 0.2, intervalLow: null, intervalHigh: null };
    assert.notEqual(standingKey(row), standingKey({ ...row, score: 0.3 }));
  });
});

const STORIES = {
  id: "tinystories-ppl",
  version: 1,
  lowerIsBetter: true,
  unit: "perplexity per byte",
} as const;
const SORT = { id: "sort-6", version: 1, lowerIsBetter: false, unit: "%" } as const;
const ALL = { limit: 100, offset: 0 };

for (const backend of testBackends()) {
  describe(`tie groups on ${backend.name}`, () => {
    let opened: TestDatabase;
    let db: Db;
    beforeEach(async () => {
      opened = await backend.open();
      db = opened.db;
    });
    afterEach(() => opened.close());
    afterAll(() => backend.close());

    /** A model with `nats` on each of 20 stories, more or less by the number of the story. */
    async function addStories(nats: number, wobble = 0): Promise<Entry> {
      const values = Array.from({ length: 20 }, (_, i) => nats + wobble * (i % 2 === 0 ? 1 : -1.1));
      const entry = await addEntry(db);
      const score = Math.exp(values.reduce((sum, value) => sum + value) / 20);
      await addScore(db, entry, STORIES.id, score, {
        interval_low: score - 10,
        interval_high: score + 10,
        examples: JSON.stringify(values.map((value, index) => ({
          index,
          prompt: "Once",
          expected: "",
          output: "",
          value,
          weight: 50 + index,
        }))),
      });
      return entry;
    }

    /** A model that is right in the first `right` of 100 trials. */
    async function addSorter(right: number, kept = true): Promise<Entry> {
      const entry = await addEntry(db);
      const examples = Array.from(
        { length: 100 },
        (_, i) => ({ index: i, value: i < right ? 1 : 0, weight: 1 }),
      );
      await addScore(db, entry, SORT.id, right, {
        interval_low: right - 4,
        interval_high: right + 4,
        examples: JSON.stringify(kept ? examples : []),
      });
      return entry;
    }

    const ties = async (board: typeof SORT | typeof STORIES) =>
      (await boardRows(db, board, ALL)).rows.map(({ tie }) => tie && [tie.from, tie.to]);

    it("compares example by example: a steady gap tells, a wobbling one does not", async () => {
      const best = await addStories(1);
      const steady = await addStories(1.01);
      const wobbling = await addStories(1.04, 0.3);
      const { rows } = await boardRows(db, STORIES, ALL);
      // All three intervals overlap.
      assert.deepEqual(rows.map(({ entryId, tie }) => [entryId, tie]), [
        [best.id, null],
        [steady.id, { from: 2, to: 3 }],
        [wobbling.id, { from: 2, to: 3 }],
      ]);
    });

    it("makes groups by McNemar's test, and equal scores share a rank in them", async () => {
      for (const right of [90, 87, 85, 85, 84, 70]) await addSorter(right);
      const { rows } = await boardRows(db, SORT, ALL);
      assert.deepEqual(rows.map(({ rank }) => rank), [1, 2, 3, 3, 5, 6]);
      // Five trials apart is p = 1/16, six is 1/32.
      assert.deepEqual(await ties(SORT), [[1, 4], [1, 4], [1, 4], [1, 4], null, null]);
    });

    it("falls back to the intervals where examples are missing", async () => {
      await addSorter(90);
      await addSorter(83, false);
      await addSorter(75, false);
      assert.deepEqual(await ties(SORT), [[1, 2], [1, 2], null]);
    });

    it("regroups when a mismatch leaves, and when a new leader arrives", async () => {
      const first = await addSorter(90);
      for (const right of [86, 83, 80]) await addSorter(right);
      assert.deepEqual(await ties(SORT), [[1, 2], [1, 2], [3, 4], [3, 4]]);

      await db.updateTable("entry").set({ provenance: "mismatch" })
        .where("id", "=", first.id).execute();
      // 86 leads now, 83 is within five of it and 80 is not.
      assert.deepEqual(await ties(SORT), [[1, 2], [1, 2], null]);

      await addSorter(100);
      assert.deepEqual(await ties(SORT), [null, [2, 3], [2, 3], null]);
      await addSorter(96);
      assert.deepEqual(await ties(SORT), [[1, 2], [1, 2], [3, 4], [3, 4], null]);
    });

    it("sees a score that changes in place", async () => {
      const entry = await addSorter(90);
      await addSorter(86);
      assert.deepEqual(await ties(SORT), [[1, 2], [1, 2]]);
      await db.updateTable("score").set({ score: 100 })
        .where("model_digest", "=", entry.model_digest).execute();
      await db.updateTable("score").set({ examples: "[]", interval_low: 99, interval_high: 100 })
        .where("model_digest", "=", entry.model_digest).execute();
      assert.deepEqual(await ties(SORT), [null, null]);
    });

    it("keeps what it computed: the same board is not compared again", async () => {
      await addSorter(90);
      await addSorter(86);
      await ties(SORT);
      const stored = () => db.selectFrom("tie_groups").selectAll().execute();
      const before = await stored();
      assert.equal(before.length, 1);
      assert.equal(before[0].verdicts.length, 1);
      // A verdict turned by hand shows that the next score asks about itself alone.
      const turned = before[0].verdicts.map(([model, leader]) => [model, leader, false]);
      await db.updateTable("tie_groups").set({ verdicts: JSON.stringify(turned) }).execute();
      await ties(SORT);
      assert.equal((await stored())[0].standings, before[0].standings);
      await addSorter(40);
      assert.deepEqual(await ties(SORT), [null, null, null]);
    });

    it("gives a page in the middle the groups of the whole board", async () => {
      for (const right of [90, 88, 86, 60, 59]) await addSorter(right);
      const { rows } = await boardRows(db, SORT, { limit: 2, offset: 2 });
      assert.deepEqual(rows.map(({ tie }) => tie), [{ from: 1, to: 3 }, { from: 4, to: 5 }]);
    });

    it("counts who is at least as good as a baseline", async () => {
      for (const right of [90, 80, 80, 10]) await addSorter(right);
      assert.deepEqual(await rankedAhead(db, SORT, [100, 80, 50, 0]), [0, 3, 3, 4]);
      assert.deepEqual(await rankedAhead(db, SORT, []), []);
      await addStories(1);
      assert.deepEqual(await rankedAhead(db, STORIES, [256, 1]), [1, 0]);
    });
  });
}
