import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { findBenchmark, RANKED_BENCHMARKS } from "../../lib/benchmarks/registry.ts";
import { overallQuerySchema, overallView } from "../../lib/http/overall_query.ts";
import { parseQuery } from "../../lib/http/query.ts";
import { type Cursor, encodeCursor } from "../../lib/leaderboard/cursor.ts";
import {
  decodeOverallCursor,
  normalised,
  overallOrder,
  overallQuery,
  type OverallView,
} from "../../lib/leaderboard/overall.ts";
import { overallPage } from "../../lib/leaderboard/overall_index.ts";
import { overallBoard } from "../../lib/leaderboard/overall_store.ts";
import { EntryNumbers, RankIndex } from "../../lib/leaderboard/rank_index.ts";
import type { Db } from "../../lib/storage/database.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry, addScore } from "../support/entries.ts";

function viewOf(query: string): OverallView {
  return overallView(parseQuery(overallQuerySchema, new URL(`http://board.test/?${query}`)));
}

describe("a normalised score", () => {
  const share = (id: string, score: number) => normalised(findBenchmark(id)!, score);

  it("is 0 for guessing and 1 for perfection, whatever the benchmark", () => {
    for (const benchmark of RANKED_BENCHMARKS) {
      const [chance, perfect] = benchmark.unit === "%"
        ? [benchmark.baselines?.chance ?? 0, 100]
        : [256, 1];
      assert.equal(normalised(benchmark, chance), 0, benchmark.id);
      assert.equal(normalised(benchmark, perfect), 1, benchmark.id);
    }
  });

  it("is the share of what guessing leaves, in points or in bits", () => {
    assert.equal(share("sort-6", 30), 0.3);
    assert.equal(share("multiple-choice-mini", 40), 0.2);
    assert.equal(share("tinystories-ppl", 16), 0.5);
    assert.ok(Math.abs(share("shakespeare-ppl", 2) - 7 / 8) < 1e-12);
  });

  it("is never below 0", () => {
    assert.equal(share("multiple-choice-mini", 10), 0);
    assert.equal(share("tinystories-ppl", 300), 0);
  });
});

describe("a page of totals", () => {
  const small = fc.integer({ min: 0, max: 3 });
  const models = fc.array(
    fc.record({
      shares: fc.tuple(fc.option(small), fc.option(small)),
      parameters: small,
      createdUs: small,
    }),
    { minLength: 1, maxLength: 25, size: "max" },
  );

  it("is cut out of the list by definition, from either end and any place", () => {
    fc.assert(fc.property(
      models,
      fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
      fc.integer({ min: 1, max: 6 }),
      (drawn, weights, limit) => {
        const entries = new EntryNumbers();
        const boards = weights.map((weight, board) => {
          const index = new RankIndex(entries);
          index.apply(drawn.map(({ shares, ...numbers }, i) => {
            const score = shares[board];
            const entryId = `e${i}`;
            return [
              entryId,
              score === null
                ? null
                : { entryId, bestFirst: -score, trainingFlops: null, ...numbers },
            ];
          }));
          return { index, weight, shares: index.bestFirst.map((score) => -score / 3) };
        });
        const [one, other] = weights;
        const all = drawn.flatMap(({ shares: [a, b], ...numbers }, i) => {
          if (a === null && b === null) return [];
          const total = one / (one + other) * ((a ?? 0) / 3) +
            other / (one + other) * ((b ?? 0) / 3);
          return [{ id: `e${i}`, total, ...numbers }];
        }).sort((a, b) =>
          b.total - a.total || a.parameters - b.parameters || a.createdUs - b.createdUs ||
          (a.id < b.id ? -1 : 1)
        );
        const rank = (total: number) => all.filter((row) => row.total > total).length + 1;
        const pageOf = (at: { after?: Cursor; before?: Cursor | "end" }) =>
          overallPage(boards, entries, { order: "overall", limit, ...at });
        const holds = (page: ReturnType<typeof pageOf>, from: number, to: number) => {
          const expected = all.slice(from, to);
          assert.deepEqual(
            page.rows.map((row) => [row.entryId, row.rank]),
            expected.map((row) => [row.id, rank(row.total)]),
          );
          assert.equal(page.place, expected.length > 0 ? from + 1 : null);
          assert.equal(page.ranked, all.length);
        };
        holds(pageOf({}), 0, limit);
        holds(pageOf({ before: "end" }), Math.max(0, all.length - limit), all.length);
        all.forEach(({ id, total, parameters, createdUs }, i) => {
          const place = { order: "overall", keys: [total, parameters, createdUs], entryId: id };
          holds(pageOf({ after: place }), i + 1, i + 1 + limit);
          holds(pageOf({ before: place }), Math.max(0, i - limit), i);
        });
      },
    ));
  });
});

for (const backend of testBackends()) {
  describe(`the overall board on ${backend.name}`, () => {
    let opened: TestDatabase;
    let db: Db;
    beforeEach(async () => {
      opened = await backend.open();
      db = opened.db;
    });
    afterEach(() => opened.close());
    afterAll(() => backend.close());

    async function add(name: string, scores: Record<string, number | null>, parameters = 1000) {
      const entry = await addEntry(db, { id: name, name, parameters });
      for (const [id, score] of Object.entries(scores)) {
        await addScore(db, entry, id, score, { version: findBenchmark(id)!.version });
      }
      return entry;
    }
    const ranksOf = async (query = "") =>
      (await overallBoard(db, viewOf(query))).rows.map(({ rank, name }) => `${rank} ${name}`);
    const half = RANKED_BENCHMARKS.filter(({ id }) => id !== "sort-6" && id !== "reverse-16")
      .map(({ id }) => `${id}=0`).join("&");

    it("is the weighted mean, a missing score counting 0, equal totals sharing a rank", async () => {
      await add("both", { "sort-6": 50, "reverse-16": 50 });
      await add("sorter", { "sort-6": 100 }, 2000);
      await add("reverser", { "reverse-16": 90, "sort-6": null });
      await add("elsewhere", { "tinystories-ppl": 2 });
      assert.deepEqual(await ranksOf(half), ["1 both", "1 sorter", "3 reverser"]);
      assert.deepEqual(await ranksOf(`${half}&sort-6=3`), ["1 sorter", "2 both", "3 reverser"]);
      assert.deepEqual(await ranksOf(`${half}&sort-6=0`), ["1 reverser", "2 both"]);
      const { rows, total } = await overallBoard(db, viewOf(`${half}&sort-6=3`));
      assert.deepEqual(rows.map((row) => row.total), [0.75, 0.5, 0.225]);
      assert.equal(total, 3);
      assert.equal(rows[2].scores["sort-6"], null);
      assert.equal(rows[2].scores["reverse-16"], 90);
    });

    it("gives the very bits of each score back", async () => {
      await add("exact", { "tinystories-ppl": 0.1 + 2.2, "sort-6": 0 });
      const { rows } = await overallBoard(db, viewOf(""));
      assert.equal(rows[0].scores["tinystories-ppl"], 0.1 + 2.2);
      assert.ok(Object.is(rows[0].scores["sort-6"], 0));
    });

    it("moves nobody's total when others come, and leaves out who has no rank", async () => {
      await add("first", { "sort-6": 50, "tinystories-ppl": 3 });
      const totalOf = async (name: string) =>
        (await overallBoard(db, viewOf(""))).rows.find((row) => row.name === name)?.total;
      const before = await totalOf("first");
      await add("best", { "sort-6": 100, "tinystories-ppl": 1.1 });
      await add("worst", { "sort-6": 0, "tinystories-ppl": 200 });
      assert.equal(await totalOf("first"), before);
      assert.deepEqual(await ranksOf(), ["1 best", "2 first", "3 worst"]);
      await db.updateTable("entry").set({ provenance: "mismatch" }).where("id", "=", "best")
        .execute();
      assert.deepEqual(await ranksOf(), ["1 first", "2 worst"]);
    });

    it("leads from page to page and back, and refuses a place of other weights", async () => {
      for (let i = 0; i < 105; i++) await add(`m${i}`, { "sort-6": i % 20 });
      const first = await overallBoard(db, viewOf(half));
      const after = (cursor: Cursor) => `${half}&after=${encodeCursor(cursor)}`;
      const second = await overallBoard(db, viewOf(after(first.next!)));
      assert.deepEqual([first.rows.length, second.rows.length], [100, 5]);
      assert.deepEqual([first.place, second.place, second.total], [1, 101, 105]);
      assert.deepEqual([first.previous, second.next], [null, null]);
      assert.equal(new Set([...first.rows, ...second.rows].map((row) => row.name)).size, 105);
      const back = await overallBoard(
        db,
        viewOf(`${half}&before=${encodeCursor(second.previous!)}`),
      );
      assert.deepEqual(back.rows, first.rows);
      const last = await overallBoard(db, viewOf(`${half}&before=end`));
      assert.deepEqual([last.rows.length, last.place, last.next], [100, 6, null]);
      assert.equal(last.rows[0].rank, first.rows[5].rank);
      await assert.rejects(
        overallBoard(db, viewOf(`after=${encodeCursor(first.next!)}`)),
        /totals of other weights/,
      );
    });
  });
}

describe("the address of the overall board", () => {
  it("holds the weights that are not as usual, and reads back as the same view", () => {
    const { weights } = viewOf("sort-6=2.5");
    const cursor = encodeCursor({
      order: overallOrder(weights),
      keys: [0.1 + 0.2, 1000, 1.7e15],
      entryId: "e",
    });
    for (
      const query of [
        "",
        "?sort-6=2.5&shakespeare-ppl=0",
        `?sort-6=2.5&after=${cursor}`,
        "?before=end",
      ]
    ) {
      const read = viewOf(query.slice(1));
      assert.equal(overallQuery(read), query);
      assert.deepEqual(viewOf(overallQuery(read).slice(1)), read);
    }
    assert.equal(overallQuery(viewOf("sort-6=1&reverse-16=1.0")), "");
  });

  it("says of a weight or a place that cannot be read what was expected", () => {
    const none = RANKED_BENCHMARKS.map(({ id }) => `${id}=0`).join("&");
    const wrong: Record<string, RegExp> = {
      "sort-6=-1": /a weight from 0 to 100/,
      "sort-6=101": /a weight from 0 to 100/,
      "sort-6=much": /a weight from 0 to 100/,
      [none]: /one weight above 0/,
      "after=best": /the place of a row/,
      [`after=${encodeCursor({ order: "best", keys: [1, 2, 3], entryId: "e" })}`]:
        /the place of a row/,
    };
    for (const [query, expected] of Object.entries(wrong)) {
      assert.throws(() => viewOf(query), (error: { problem: { expected: string } }) => {
        assert.match(error.problem.expected, expected, query);
        return true;
      });
    }
    for (const key of [Infinity, "2"]) {
      const unknown = { order: "overall 1", keys: [1, key, 3], entryId: "e" };
      assert.equal(decodeOverallCursor(encodeCursor(unknown)), null);
    }
  });
});
