import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { SORT_6 } from "../../lib/benchmarks/sort_6.ts";
import { TINYSTORIES_PPL_V2 } from "../../lib/benchmarks/tinystories_ppl.ts";
import { encodeCursor } from "../../lib/leaderboard/cursor.ts";
import { decodeRowCursor, ORDERS, SORTS } from "../../lib/leaderboard/orders.ts";
import { rankRows } from "../../lib/leaderboard/rank.ts";
import type { BoardRow } from "../../lib/leaderboard/store.ts";
import { efficiency } from "../../lib/leaderboard/view.ts";
import { type ViewedBoard, viewedBoard } from "../../lib/leaderboard/view_store.ts";
import type { Db } from "../../lib/storage/database.ts";
import { putScores } from "../../lib/submissions/store.ts";
import { pageView } from "../support/board_views.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";

const ENTRIES = 230;
/** Compared without regard to case, by their bytes. */
const NAMES = ["a", "Z", "B", "Infinity", "über", "数", "z"];
const STATES = ["external", "pending", "sampled", "exact"] as const;

/** Few different values, so that every order has ties, and some FLOPs that are not known. */
async function fill(db: Db): Promise<void> {
  const digests = Array.from({ length: ENTRIES }, (_, i) => `${i}`.padStart(64, "d"));
  await db.insertInto("blob").values(digests.map((digest) => ({ digest, byte_length: 1 })))
    .execute();
  await db.insertInto("entry").values(digests.map((digest, i) => ({
    ...{ id: `id-${i}`, name: `${NAMES[i % 7]} Model`, author: `Author ${i % 3}`, blurb: "" },
    ...{ file_digest: digest, file_name: "m", model_digest: digest, status: "scored" as const },
    parameters: 1000 + i * 7 % 5,
    provenance: STATES[i % 4],
    exact_count: i % 3,
    self_reported_ms: i % 5 === 0 ? null : 1000 * (i % 6),
    trained_in: ([null, "browser", "command-line"] as const)[i % 3],
    training_flops: i % 4 === 0 ? null : 1e9 * (1 + i % 6),
    created_at: new Date(Date.UTC(2026, 0, 1 + i % 50)),
  }))).execute();
  for (const { id: benchmark, version } of [SORT_6, TINYSTORIES_PPL_V2]) {
    await putScores(
      db,
      digests.map((model_digest, i) => ({
        ...{ model_digest, benchmark, version, score: 2 + i * 13 % 40 },
        ...{ examples: "[]", engine_digest: "e", data_digest: "d", wall_ms: 1 },
      })),
    );
  }
}

for (const backend of testBackends()) {
  describe(`pages of a board on ${backend.name}`, () => {
    let opened: TestDatabase;
    let db: Db;
    beforeEach(async () => {
      opened = await backend.open();
      db = opened.db;
      await fill(db);
    });
    afterEach(() => opened.close());
    afterAll(() => backend.close());

    const page = (benchmark: typeof SORT_6 | typeof TINYSTORIES_PPL_V2, query: string) =>
      viewedBoard(db, benchmark, pageView(query));

    /** All rows by the links from page to page, and what was on the way. */
    async function walk(
      benchmark: typeof SORT_6 | typeof TINYSTORIES_PPL_V2,
      query: string,
      way: "next" | "previous",
    ): Promise<{ rows: BoardRow[]; pages: ViewedBoard[] }> {
      const parameter = way === "next" ? "after" : "before";
      const pages = [await page(benchmark, way === "next" ? query : `${query}&before=end`)];
      for (let at = pages[0][way]; at; at = pages.at(-1)![way]) {
        pages.push(await page(benchmark, `${query}&${parameter}=${encodeCursor(at)}`));
        assert.ok(pages.length <= 4, "it ends");
      }
      const inOrder = way === "next" ? pages : pages.toReversed();
      return { rows: inOrder.flatMap(({ rows }) => rows), pages };
    }

    for (const benchmark of [SORT_6, TINYSTORIES_PPL_V2]) {
      const values: Record<string, (row: BoardRow) => number | string | null> = {
        score: (row) => row.score,
        parameters: (row) => row.parameters,
        flops: (row) => row.trainingFlops,
        age: (row) => -row.createdAt.getTime(),
        "score-per-parameter": (row) => efficiency(row, benchmark).perMillionParameters,
        "score-per-flop": (row) => efficiency(row, benchmark).perTeraflop,
        name: (row) => row.name.toLowerCase(),
        time: (row) => row.selfReportedMs,
        proof: (row) => 10 * STATES.indexOf(row.provenance as "exact") + row.exactCount,
        seed: (row) => row.provenance === "external" ? 2 : 1,
      };

      it(`lead through ${benchmark.id} once, forwards and backwards, in each order`, async () => {
        for (const sort of SORTS) {
          for (const order of ORDERS) {
            const query = `sort=${sort}&order=${order}`;
            const { rows } = await walk(benchmark, query, "next");
            assert.equal(new Set(rows.map(({ entryId }) => entryId)).size, ENTRIES, query);
            const found = rows.map(values[sort]);
            // What is not known comes last, either way.
            const known = found.filter((value) => value !== null);
            assert.deepEqual(found.slice(0, known.length), known, query);
            const ascending = order === "asc" ? known : known.toReversed();
            const sorted = known.toSorted((a, b) => a < b ? -1 : a > b ? 1 : 0);
            assert.deepEqual(ascending, sorted, query);
            const back = await walk(benchmark, query, "previous");
            // The first page is whole again: the way back may bring some of its rows twice.
            const ids = [...new Set(back.rows.toReversed().map(({ entryId }) => entryId))];
            assert.deepEqual(ids.toReversed(), rows.map(({ entryId }) => entryId), query);
          }
        }
      });

      it(`have the ranks of the whole board of ${benchmark.id} on each of them`, async () => {
        const { rows, pages } = await walk(benchmark, "", "next");
        const rankable = rows.map((row) => ({ ...row, score: row.score! }));
        const ranked = rankRows(rankable.toReversed(), benchmark.lowerIsBetter);
        assert.deepEqual(
          ranked.map(({ entryId, rank }) => [entryId, rank]),
          rows.map(({ entryId, rank }) => [entryId, rank]),
        );
        assert.deepEqual(pages.map(({ place }) => place), [1, 101, 201]);
        const ranks = new Map(ranked.map(({ entryId, rank }) => [entryId, rank]));
        for (const query of ["sort=flops", "order=asc", "q=b+model&sort=age"]) {
          for (const { entryId, rank } of (await walk(benchmark, query, "next")).rows) {
            assert.equal(rank, ranks.get(entryId), query);
          }
        }
      });

      it(`have every baseline of ${benchmark.id} on one of them, where it stands`, async () => {
        const { pages } = await walk(benchmark, "", "next");
        const placed = pages.flatMap(({ baselines, place, rows }) =>
          baselines!.map((baseline) => ({ ...baseline, place: place!, rows }))
        );
        assert.ok(placed.length > 1);
        assert.equal(new Set(placed.map(({ name }) => name)).size, placed.length);
        const better = (a: number, b: number) => benchmark.lowerIsBetter ? a < b : a > b;
        for (const { score, ahead, place, rows } of placed) {
          const above = rows[ahead - place], below = rows[ahead - place + 1];
          if (above) assert.ok(!better(score, above.score!));
          if (below) assert.ok(better(score, below.score!));
        }
      });
    }

    it("list what has no rank with the first page only", async () => {
      await db.updateTable("entry").set({ provenance: "mismatch" }).where("id", "=", "id-0")
        .execute();
      const { pages } = await walk(SORT_6, "sort=age", "next");
      assert.deepEqual(pages.map(({ unranked }) => unranked.length), [1, 0, 0]);
    });

    it("stay where they are when rows come and go before them", async () => {
      const first = await page(SORT_6, "");
      const after = `after=${encodeCursor(first.next!)}`;
      const second = await page(SORT_6, after);
      // The row that the cursor names leaves, and with it the best.
      for (const { entryId } of [first.rows[0], first.rows[99]]) {
        await db.updateTable("entry").set({ status: "withdrawn" }).where("id", "=", entryId)
          .execute();
      }
      const again = await page(SORT_6, after);
      assert.deepEqual(
        again.rows.map(({ entryId }) => entryId),
        second.rows.map(({ entryId }) => entryId),
      );
      assert.equal(again.place, 99);
      const left = first.rows.slice(1, 99).filter(({ score }) => score! > again.rows[0].score!);
      assert.equal(again.rows[0].rank, left.length + 1);
    });

    it("lead back from a place after which nothing is left", async () => {
      const [last] = (await page(SORT_6, "before=end")).rows.slice(-1);
      const end = await page(
        SORT_6,
        `after=${
          encodeCursor({
            order: "best",
            keys: [-last.score!, last.parameters, last.createdAt.getTime() * 1000],
            entryId: last.entryId,
          })
        }`,
      );
      assert.deepEqual([end.rows.length, end.next], [0, null]);
      const back = await page(SORT_6, `before=${encodeCursor(end.previous!)}`);
      assert.equal(back.rows.length, 100);
    });

    it("count what passes each filter, whatever was counted before", async () => {
      const counts: Record<string, number> = {
        "seed=free": ENTRIES - Math.ceil(ENTRIES / 4),
        "seed=ticket": 0,
        "trainedIn=browser": Math.floor((ENTRIES + 1) / 3),
        "trainedIn=command-line": Math.floor(ENTRIES / 3),
        "trainedIn=browser&sort=time": Math.floor((ENTRIES + 1) / 3),
      };
      for (const [query, count] of Object.entries(counts)) {
        const { rows, matching } = await page(SORT_6, query);
        assert.deepEqual([matching, rows.length], [count, Math.min(count, 100)], query);
      }
    });

    it("refuse a place of another order", async () => {
      const { next } = await page(SORT_6, "sort=age");
      for (const query of ["", "sort=flops", "sort=age&order=desc"]) {
        await assert.rejects(
          page(SORT_6, `${query}&after=${encodeCursor(next!)}`),
          /of another order/,
        );
      }
    });
  });
}

describe("a place in an order", () => {
  it("reads back to the last bit, unknown values too", () => {
    const keys = [[0.1 + 0.2, 1000, 1767225600123456], [Infinity, -0.5, 1]];
    for (
      const cursor of [
        { order: "best" as const, keys: keys[0], entryId: "entry-ü" },
        { order: "cheapest" as const, keys: keys[1], entryId: "x" },
        { order: "a-to-z" as const, keys: ["infinity 数", 1, 2], entryId: "x" },
      ]
    ) assert.deepEqual(decodeRowCursor(encodeCursor(cursor)), cursor);
  });

  it("is nothing else than what was written", () => {
    const base64 = (value: unknown) => btoa(JSON.stringify(value)).replace(/=+$/, "");
    const wrong = [
      "",
      "%%%",
      base64("best"),
      base64(["finest", [1, 2, 3], "id"]),
      base64(["best", [1, 2], "id"]),
      base64(["best", [1, 2.5, 3], "id"]),
      base64(["best", ["1", 2, 3], "id"]),
      base64(["a-to-z", [1, 2, 3], "id"]),
      base64(["best", [1, null, 3], "id"]),
      base64(["best", [1, 2, 3], ""]),
      base64(["best", [1, 2, 3], "a\0"]),
      base64(["best", [1, 2, 3], "id", "more"]),
      base64(["best", ["1", 2, 3], "id"]),
      `${base64(["best", [1, 2, 3], "id"])}=`,
    ];
    for (const text of wrong) assert.equal(decodeRowCursor(text), null, text);
    assert.ok(decodeRowCursor(base64(["best", [1, 2, 3], "id"])));
  });
});
