import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { boardRecords, type Cost, paretoPoints } from "../../lib/leaderboard/pictures.ts";
import type { Db } from "../../lib/storage/database.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry, addScore } from "../support/entries.ts";

const SORT = { id: "sort-6", version: 1, lowerIsBetter: false };
const STORIES = { id: "tinystories-ppl", version: 2, lowerIsBetter: true };

for (const backend of testBackends()) {
  describe(`pictures of a board on ${backend.name}`, () => {
    let opened: TestDatabase;
    let db: Db;
    beforeEach(async () => {
      opened = await backend.open();
      db = opened.db;
    });
    afterEach(() => opened.close());
    afterAll(() => backend.close());

    async function add(
      name: string,
      score: number,
      parameters: number,
      flops: number | null = null,
      overrides: Parameters<typeof addEntry>[1] = {},
    ) {
      const entry = await addEntry(db, {
        id: name,
        name,
        parameters,
        training_flops: flops,
        ...overrides,
      });
      await addScore(db, entry, STORIES.id, score, { version: 2 });
      await addScore(db, entry, SORT.id, 100 - score);
    }
    const front = async (cost: Cost, key = STORIES) =>
      (await paretoPoints(db, key)).filter(({ onFront }) => onFront[cost]).map((p) => p.name);

    it("has on a front whom nobody beats for less", async () => {
      await add("good", 2, 1000, 5e9);
      await add("small", 3, 100, 9e9);
      await add("dominated", 3.5, 500, 6e9);
      await add("same score, larger", 2, 2000, 4e9);
      await add("imported", 1.5, 3000, null);
      await add("false", 1, 10, 10, { provenance: "mismatch" });
      assert.deepEqual(await front("parameters"), ["imported", "good", "small"]);
      assert.deepEqual(await front("trainingFlops"), ["same score, larger"]);
      assert.deepEqual(await front("parameters", SORT), ["imported", "good", "small"]);
      assert.equal((await paretoPoints(db, STORIES)).length, 5);
    });

    it("agrees with the definition on any board", async () => {
      const model = fc.record({
        score: fc.integer({ min: 1, max: 6 }),
        parameters: fc.integer({ min: 1, max: 6 }),
        flops: fc.option(fc.integer({ min: 1, max: 6 })),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(model, { minLength: 1, maxLength: 12 }), async (models) => {
          await db.deleteFrom("score").execute();
          await db.deleteFrom("entry").execute();
          await db.deleteFrom("blob").execute();
          for (const [i, { score, parameters, flops }] of models.entries()) {
            await add(`m${i}`, score, parameters, flops);
          }
          for (const cost of ["parameters", "flops"] as const) {
            const expected = models.flatMap((one, i) => {
              if (one[cost] === null) return [];
              const beaten = models.some((other, j) =>
                other[cost] !== null && other[cost] <= one[cost]! && other.score <= one.score &&
                (other[cost] < one[cost]! || other.score < one.score || j < i)
              );
              return beaten ? [] : [`m${i}`];
            });
            const found = await front(cost === "flops" ? "trainingFlops" : cost);
            assert.deepEqual(found.sort(), expected.sort());
          }
        }),
        { numRuns: 15 },
      );
    });

    it("tells who led when, by the time of submission", async () => {
      const at = (day: number) => ({ created_at: new Date(Date.UTC(2026, 0, day)) });
      await add("first", 5, 1, 1, at(1));
      await add("worse", 6, 1, 1, at(2));
      await add("equal", 5, 1, 1, at(3));
      await add("second", 4, 1, 1, at(4));
      await add("false", 1, 1, 1, { ...at(5), provenance: "mismatch" });
      await add("third", 3, 1, 1, at(6));
      const records = await boardRecords(db, STORIES);
      assert.deepEqual(
        records.map(({ name, since, until }) => [
          name,
          since.getUTCDate(),
          until?.getUTCDate() ?? null,
        ]),
        [["third", 6, null], ["second", 4, 6], ["first", 1, 4]],
      );
      assert.deepEqual((await boardRecords(db, SORT)).map(({ score }) => score), [97, 96, 95]);
    });

    it("has neither fronts nor records where nothing is scored", async () => {
      assert.deepEqual(await paretoPoints(db, SORT), []);
      assert.deepEqual(await boardRecords(db, SORT), []);
    });
  });
}
