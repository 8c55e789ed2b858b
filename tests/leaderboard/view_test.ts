import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { SORT_6 } from "../../lib/benchmarks/sort_6.ts";
import { TINYSTORIES_PPL_V2 } from "../../lib/benchmarks/tinystories_ppl.ts";
import { encodeCursor } from "../../lib/leaderboard/cursor.ts";
import { efficiency, viewQuery } from "../../lib/leaderboard/view.ts";
import { viewedBoard } from "../../lib/leaderboard/view_store.ts";
import type { Db } from "../../lib/storage/database.ts";
import { putScores } from "../../lib/submissions/store.ts";
import { pageView } from "../support/board_views.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry, addScore } from "../support/entries.ts";

/** A place in the order of sort=age. */
const NEWEST = encodeCursor({ order: "newest", keys: [1.7e15], entryId: "entry-1" });

for (const backend of testBackends()) {
  describe(`a view of a board on ${backend.name}`, () => {
    let opened: TestDatabase;
    let db: Db;
    beforeEach(async () => {
      opened = await backend.open();
      db = opened.db;
    });
    afterEach(() => opened.close());
    afterAll(() => backend.close());

    /** Of SORT_6, best first: b and c share a score, d has no known FLOPs. */
    async function fill() {
      const rows = [
        { name: "a", author: "Ada", parameters: 4000, training_flops: 8e12, score: 90 },
        { name: "b%", author: "Bo", parameters: 100, training_flops: 4e12, score: 50 },
        { name: "c_d", author: "Ada", parameters: 2000, training_flops: 1e12, score: 50 },
        { name: "d\\e", author: "Adam", parameters: 50, training_flops: null, score: 10 },
      ];
      for (const [i, { score, ...row }] of rows.entries()) {
        const entry = await addEntry(db, {
          ...row,
          featured: i === 1,
          provenance: i === 2 ? "exact" : "pending",
          created_at: new Date(Date.UTC(2026, 1, 10 - i)),
        });
        await addScore(db, entry, SORT_6.id, score);
      }
    }

    it("sorts by any column both ways, and the rank stays that of the whole board", async () => {
      await fill();
      const sorted: Record<string, string[]> = {
        "": ["1 a", "2 b%", "2 c_d", "4 d\\e"],
        "order=asc": ["4 d\\e", "2 b%", "2 c_d", "1 a"],
        "sort=parameters": ["4 d\\e", "2 b%", "2 c_d", "1 a"],
        "sort=parameters&order=desc": ["1 a", "2 c_d", "2 b%", "4 d\\e"],
        "sort=flops": ["2 c_d", "2 b%", "1 a", "4 d\\e"],
        "sort=flops&order=desc": ["1 a", "2 b%", "2 c_d", "4 d\\e"],
        "sort=age": ["1 a", "2 b%", "2 c_d", "4 d\\e"],
        "sort=age&order=desc": ["4 d\\e", "2 c_d", "2 b%", "1 a"],
        "sort=score-per-parameter": ["2 b%", "4 d\\e", "2 c_d", "1 a"],
        "sort=score-per-flop": ["2 c_d", "2 b%", "1 a", "4 d\\e"],
      };
      for (const [query, expected] of Object.entries(sorted)) {
        const { rows } = await viewedBoard(db, SORT_6, pageView(query));
        assert.deepEqual(rows.map(({ name, rank }) => `${rank} ${name}`), expected, query);
      }
    });

    it("filters, and counts what is left of how many", async () => {
      await fill();
      const filtered: Record<string, string[]> = {
        "q=ADA": ["1 a", "2 c_d", "4 d\\e"],
        "q=%25": ["2 b%"],
        "q=_": ["2 c_d"],
        "q=%5C": ["4 d\\e"],
        "author=Ada": ["1 a", "2 c_d"],
        "state=exact": ["2 c_d"],
        "state=exact&state=external": ["2 c_d"],
        "featured=on": ["2 b%"],
        "minParameters=0.1k&maxParameters=2000": ["2 b%", "2 c_d"],
        "since=2026-02-09": ["1 a", "2 b%"],
        "q=a&author=Ada&maxParameters=3k&since=2026-01-01": ["2 c_d"],
      };
      for (const [query, expected] of Object.entries(filtered)) {
        const { rows, matching, total } = await viewedBoard(db, SORT_6, pageView(query));
        assert.deepEqual(rows.map(({ name, rank }) => `${rank} ${name}`), expected, query);
        assert.deepEqual([matching, total], [expected.length, 4], query);
      }
    });

    it("cuts pages of a hundred out of a sorted view, no row twice and none left out", async () => {
      const digests = Array.from({ length: 103 }, (_, i) => `${i}`.padStart(64, "f"));
      await db.insertInto("blob")
        .values(digests.map((digest) => ({ digest, byte_length: 1 }))).execute();
      await db.insertInto("entry").values(digests.map((digest, i) => ({
        ...{
          id: `id-${i}`,
          name: `Model ${i}`,
          author: "Ada",
          blurb: "",
          status: "scored" as const,
        },
        ...{ file_digest: digest, file_name: "m.tinygpt", model_digest: digest },
        // Three values only: the rest of the order has to decide.
        parameters: 1000 + i % 3,
      }))).execute();
      await putScores(
        db,
        digests.map((model_digest, i) => ({
          ...{ model_digest, benchmark: SORT_6.id, version: SORT_6.version, score: i % 50 },
          ...{ examples: "[]", engine_digest: "e", data_digest: "d", wall_ms: 1 },
        })),
      );
      const first = await viewedBoard(db, SORT_6, pageView("sort=parameters"));
      const after = encodeCursor(first.next!);
      const second = await viewedBoard(db, SORT_6, pageView(`sort=parameters&after=${after}`));
      const pages = [first, second];
      assert.deepEqual(pages.map(({ rows }) => rows.length), [100, 3]);
      assert.deepEqual(pages.map(({ matching }) => matching), [103, 103]);
      assert.deepEqual([first.previous, second.next], [null, null]);
      const rows = pages.flatMap((page) => page.rows);
      assert.equal(new Set(rows.map(({ entryId }) => entryId)).size, 103);
      const keys = rows.map(({ parameters, rank }) => parameters * 1000 + (rank ?? 0));
      assert.deepEqual(keys, keys.toSorted((a, b) => a - b));
    });

    it("filters what has no rank, too", async () => {
      await fill();
      for (const name of ["x", "y"]) {
        const entry = await addEntry(db, { name, provenance: "mismatch" });
        await addScore(db, entry, SORT_6.id, 100);
      }
      const { rows, unranked } = await viewedBoard(db, SORT_6, pageView("state=mismatch&q=x"));
      assert.deepEqual([rows, unranked.map(({ name }) => name)], [[], ["x"]]);
    });

    it("shows ties and baselines on the whole board only", async () => {
      for (const parameters of [1000, 2000]) {
        const entry = await addEntry(db, { parameters });
        await addScore(db, entry, SORT_6.id, 50);
      }
      const whole = await viewedBoard(db, SORT_6, pageView("columns=age"));
      assert.deepEqual(whole.rows.map(({ tie }) => tie), Array(2).fill({ from: 1, to: 2 }));
      assert.ok(whole.baselines?.some(({ name }) => name === "Chance"));
      for (const query of ["order=asc", "sort=age", "q=model", "featured=on"]) {
        const { rows, baselines } = await viewedBoard(db, SORT_6, pageView(query));
        assert.ok(rows.every(({ tie }) => tie === null) && baselines === null, query);
      }
    });

    it("divides bits saved by cost where the score is a perplexity", async () => {
      // 8 − log₂ of it: 7 bits of 2 M, 6 of 1 M, less than none of the third.
      for (const [name, score, parameters] of [["a", 2, 2e6], ["b", 4, 1e6], ["c", 512, 1e5]]) {
        const entry = await addEntry(db, { name: String(name), parameters: Number(parameters) });
        await addScore(db, entry, TINYSTORIES_PPL_V2.id, Number(score), { version: 2 });
      }
      const query = pageView("sort=score-per-parameter");
      const { rows } = await viewedBoard(db, TINYSTORIES_PPL_V2, query);
      const figures = rows.map((row) => efficiency(row, TINYSTORIES_PPL_V2).perMillionParameters);
      assert.deepEqual(rows.map(({ name }) => name), ["b", "a", "c"]);
      assert.deepEqual(figures, [6, 3.5, -10]);
    });
  });
}

describe("the address of a view", () => {
  it("holds what is not as usual, and reads back as the same view", () => {
    const queries = [
      "",
      `?q=50%25+%26+more&sort=age&after=${NEWEST}`,
      `?sort=age&before=${NEWEST}`,
      "?before=end",
      "?author=Ada&state=exact,pending&featured=on&order=asc&columns=parameters,age",
      "?minParameters=1500000&maxParameters=2000000&since=2026-11-24&baselines=off",
    ];
    for (const query of queries) {
      assert.equal(viewQuery(pageView(query.slice(1)), SORT_6), query);
    }
    assert.equal(viewQuery(pageView("sort=score&order=desc&after=&q="), SORT_6), "");
    assert.equal(viewQuery(pageView("order=desc"), TINYSTORIES_PPL_V2), "?order=desc");
  });

  it("says of a parameter that cannot be read what was expected", () => {
    const wrong: Record<string, RegExp> = {
      "sort=colour": /one of score, parameters/,
      "order=up": /"asc" or "desc"/,
      "state=exact,splendid": /some of exact, sampled/,
      "columns=name": /some of parameters/,
      "featured=yes": /"on"/,
      "minParameters=many": /500k or 1\.5M/,
      "minParameters=2k&maxParameters=1k": /at most maxParameters/,
      "since=yesterday": /such as 2026-11-24/,
      "since=2026-02-30": /such as 2026-11-24/,
      "q=%00": /up to 100 characters/,
      [`author=${"x".repeat(101)}`]: /the name of an author/,
      "after=2": /the place of a row/,
      [`after=${NEWEST}=`]: /the place of a row/,
      "before=start": /the place of a row/,
      [`before=${NEWEST}&after=${NEWEST}`]: /nothing beside after/,
    };
    for (const [query, expected] of Object.entries(wrong)) {
      assert.throws(
        () => pageView(query),
        (error: { path: string; problem: { expected: string } }) => {
          assert.match(error.problem.expected, expected, query);
          assert.equal(error.path, query.split("=")[0]);
          return true;
        },
      );
    }
  });
});
