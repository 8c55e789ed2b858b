// A board as a visitor asks for it: sorted and filtered, each row with its rank on the whole board.

import { type Kysely, type RawBuilder, sql } from "kysely";
import type { Benchmark } from "../benchmarks/benchmark.ts";
import type { Database } from "../storage/schema.ts";
import type { PlacedBaseline } from "./baselines.ts";
import {
  asRow,
  type Board,
  boardRows,
  type ComparableBoard,
  placedBaselines,
  rankedEntries,
  rankOver,
  scoredEntries,
  unrankedRows,
} from "./store.ts";
import {
  BOARD_PAGE_SIZE,
  type BoardView,
  isFiltered,
  isWholeBoard,
  orderOf,
  type Sort,
} from "./view.ts";

export interface ViewedBoard extends Board {
  /** Ranked rows that pass the filters, on all pages. */
  matching: number;
  /** Null where none are shown. */
  baselines: PlacedBaseline[] | null;
}

/** The page of a board that `view` asks for. Ties and baselines come with the whole board only. */
export async function viewedBoard(
  db: Kysely<Database>,
  benchmark: Benchmark,
  view: BoardView,
): Promise<ViewedBoard> {
  const offset = (view.page - 1) * BOARD_PAGE_SIZE;
  if (!isWholeBoard(view, benchmark)) {
    return { ...await chosenRows(db, benchmark, view, offset), baselines: null };
  }
  const board = await boardRows(db, benchmark, { limit: BOARD_PAGE_SIZE, offset });
  const { rows, total } = board;
  const baselines = view.baselines === "off"
    ? null
    : await placedBaselines(db, benchmark, { offset, shown: rows.length, total });
  return { ...board, matching: total, baselines };
}

async function chosenRows(
  db: Kysely<Database>,
  key: ComparableBoard,
  view: BoardView,
  offset: number,
): Promise<Omit<ViewedBoard, "baselines">> {
  const conditions = matches(view);
  const chosen = chosenIds(db, key, view).limit(BOARD_PAGE_SIZE).offset(offset);
  const rows = await scoredEntries(db, key)
    .innerJoin(chosen.as("chosen"), "chosen.id", "entry.id")
    .select(["chosen.rank", sql<null>`null`.as("tie")])
    .orderBy("chosen.place").execute();
  const counts = await rankedEntries(db, key).clearSelect()
    .select((eb) => [
      eb.fn.countAll<number>().as("total"),
      sql<number>`count(*) filter (where ${conditions})`.as("matching"),
    ])
    .executeTakeFirstOrThrow();
  const unranked = await unrankedRows(db, key, isFiltered(view) ? conditions : undefined);
  return { rows: rows.map(asRow), unranked, ...counts };
}

/**
 * The ranked entries that pass the filters, each with its rank and its place in the order of `view`.
 * Ids only: a page of them is cut off before any column is read, and no join grows with the board.
 */
function chosenIds(db: Kysely<Database>, key: ComparableBoard, view: BoardView) {
  const ranked = rankedEntries(db, key).clearSelect().select((eb) => [
    "entry.id",
    "entry.parameters",
    "entry.created_at",
    rankOver(eb, key).as("rank"),
    matches(view).as("matches"),
    SORT_EXPRESSIONS[view.sort](key).as("sorted_by"),
  ]);
  const order = orderOf(view, key);
  return db.selectFrom(ranked.as("ranked")).where("matches", "=", true)
    .select((eb) => [
      "id",
      "rank",
      eb.fn.agg<number>("row_number").over((o) =>
        o.orderBy("sorted_by", (by) => (order === "asc" ? by.asc() : by.desc()).nullsLast())
          .orderBy("rank").orderBy("parameters").orderBy("created_at").orderBy("id")
      ).as("place"),
    ])
    .orderBy("place");
}

/** Of a row of `entry`: whether it passes the filters. */
function matches(view: BoardView): RawBuilder<boolean> {
  const conditions = [sql`true`];
  if (view.q !== "") {
    const pattern = `%${view.q.replace(/[\\%_]/g, "\\$&")}%`;
    conditions.push(sql`(entry.name ilike ${pattern} or entry.author ilike ${pattern})`);
  }
  if (view.author !== "") conditions.push(sql`entry.author = ${view.author}`);
  if (view.state.length > 0) conditions.push(sql`entry.provenance in (${sql.join(view.state)})`);
  if (view.featured) conditions.push(sql`entry.featured`);
  if (view.minParameters !== null) {
    conditions.push(sql`entry.parameters >= ${view.minParameters}`);
  }
  if (view.maxParameters !== null) {
    conditions.push(sql`entry.parameters <= ${view.maxParameters}`);
  }
  if (view.since !== null) {
    conditions.push(sql`entry.created_at >= ${new Date(`${view.since}T00:00:00Z`)}`);
  }
  return sql`(${sql.join(conditions, sql` and `)})`;
}

/** What `efficiency` of view.ts divides, of a row of `score`. */
function gain({ unit }: ComparableBoard): RawBuilder<number> {
  return unit === "%" ? sql`score.score` : sql`(8 - ln(score.score) / ln(2::double precision))`;
}

/** Smallest first is ascending; an age is small when the entry is new. */
const SORT_EXPRESSIONS: Record<Sort, (key: ComparableBoard) => RawBuilder<unknown>> = {
  score: () => sql`score.score`,
  parameters: () => sql`entry.parameters`,
  flops: () => sql`entry.training_flops`,
  age: () => sql`- extract(epoch from entry.created_at)`,
  "score-per-parameter": (key) => sql`${gain(key)} / nullif(entry.parameters, 0)::double precision`,
  "score-per-flop": (key) => sql`${gain(key)} / nullif(entry.training_flops, 0)`,
};
