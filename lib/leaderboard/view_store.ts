// A board as a visitor asks for it: sorted and filtered, each row with its rank on the whole board.

import { type Kysely, sql } from "kysely";
import type { Benchmark } from "../benchmarks/benchmark.ts";
import { ValidationError } from "../errors.ts";
import type { Database } from "../storage/schema.ts";
import type { PlacedBaseline } from "./baselines.ts";
import { type RowCursor, type RowOrderName, rowOrderName } from "./orders.ts";
import { type BoardRanks, readWithRanks } from "./rank_store.ts";
import { withSamples } from "../verification/sample_store.ts";
import { type Filter, type PlacedRow, rankedRows, readPage } from "./standing_store.ts";
import { type Board, placedBaselines, rankedRow, unrankedRows } from "./store.ts";
import { boardTies } from "./tie_store.ts";
import { groupAt } from "./ties.ts";
import {
  BOARD_PAGE_SIZE,
  type BoardView,
  fromTheStart,
  isFiltered,
  isWholeBoard,
  orderOf,
  viewQuery,
} from "./view.ts";

export interface ViewedBoard extends Board {
  /** Ranked rows that pass the filters, on all pages. */
  matching: number;
  /** Null where none are shown. */
  baselines: PlacedBaseline[] | null;
  /** Place of the first row on the whole board, counted from 1; null where rows are chosen or sorted. */
  place: number | null;
  /** What `before` and `after` of the neighbouring pages are; null where there is none. */
  previous: RowCursor | null;
  next: RowCursor | null;
}

/**
 * The page of a board that `view` asks for. Ties and baselines come with the whole board only, what
 * has no rank with its first page.
 *
 * @throws {ValidationError} when the place is of another order.
 */
export async function viewedBoard(
  db: Kysely<Database>,
  benchmark: Benchmark,
  view: BoardView,
): Promise<ViewedBoard> {
  const order = rowOrderName(view.sort, orderOf(view, benchmark), benchmark);
  checkOrder(view, order);
  const whole = isWholeBoard(view, benchmark);
  const filter = isFiltered(view) ? filterOf(view) : undefined;
  return await readWithRanks(db, benchmark, async (ranks) => {
    const { total } = ranks.index;
    const { rows: page, previous, next } = await readView(db, benchmark, view, { order, filter });
    const place = whole && page.length > 0 ? ranks.index.placeOf(page[0].row.entryId) : null;
    const ties = whole ? await boardTies(db, benchmark, ranks) : [];
    const tieOf = (i: number) => place === null ? null : groupAt(ties, place + i);
    return {
      rows: await withSamples(
        db,
        page.map(({ row }, i) => rankedRow(row, benchmark, ranks, tieOf(i))),
      ),
      unranked: previous
        ? []
        : await withSamples(db, await unrankedRows(db, benchmark, ranks, filter)),
      total,
      matching: await countMatching(db, benchmark, view, ranks),
      baselines: whole && view.baselines === "on"
        ? placedBaselines(benchmark, ranks, (place ?? 1) - 1, page.length)
        : null,
      place,
      previous,
      next,
    };
  });
}

function checkOrder({ after, before }: BoardView, order: RowOrderName): void {
  const cursor = after ?? (before === "end" ? null : before);
  if (cursor === null || cursor.order === order) return;
  throw new ValidationError("The place in the address is of another order", {
    path: after ? "after" : "before",
    expected: `a place in the order "${order}"`,
    got: `one in the order "${cursor.order}"`,
    fix: "Remove it from the address to begin with the first page.",
  });
}

interface ViewPage {
  rows: PlacedRow[];
  previous: RowCursor | null;
  next: RowCursor | null;
}

async function readView(
  db: Kysely<Database>,
  benchmark: Benchmark,
  view: BoardView,
  { order, filter }: { order: RowOrderName; filter?: Filter },
): Promise<ViewPage> {
  const { after, before } = view;
  const limit = BOARD_PAGE_SIZE + 1;
  const read = await readPage(db, benchmark, { order, limit, after, before, filter });
  const more = read.length === limit;
  // The first page is whole, from whichever side one comes.
  if (before && !more) return readView(db, benchmark, fromTheStart(view), { order, filter });
  const rows = before ? read.slice(-BOARD_PAGE_SIZE) : read.slice(0, BOARD_PAGE_SIZE);
  const first = rows[0]?.cursor ?? null, last = rows.at(-1)?.cursor ?? null;
  if (before) return { rows, previous: first, next: before === "end" ? null : last };
  // Where nothing is left after a place, the way back leads to the last page.
  return { rows, previous: after && (first ?? after), next: more ? last : null };
}

/** What has no part in which rows there are. */
const AS_USUAL = { sort: "score", order: null, columns: [], baselines: "on" } as const;

/** Counted once for all pages and orders of a view. */
function countMatching(
  db: Kysely<Database>,
  benchmark: Benchmark,
  view: BoardView,
  ranks: BoardRanks,
): Promise<number> {
  if (!isFiltered(view)) return Promise.resolve(ranks.index.total);
  const filters = viewQuery({ ...fromTheStart(view), ...AS_USUAL }, benchmark);
  return ranks.memoised(`matching ${filters}`, async () => {
    const { matching } = await filterOf(view)(rankedRows(db, benchmark))
      .select((eb) => eb.fn.countAll<number>().as("matching")).executeTakeFirstOrThrow();
    return matching;
  });
}

/** The rows that a visitor has asked for. */
export function filterOf(view: BoardView): Filter {
  return (rows) => {
    let query = rows;
    if (view.q !== "") {
      const pattern = `%${view.q.replace(/[\\%_]/g, "\\$&")}%`;
      query = query.where(sql<boolean>`entry_id in (select id from entry
        where lower(name || chr(10) || author) like lower(${pattern}))`);
    }
    if (view.author !== "") query = query.where("author", "=", view.author);
    if (view.state.length > 0) query = query.where("provenance", "in", [...view.state]);
    if (view.seed === "ticket") query = query.where("tickets", "is not", null);
    if (view.seed === "free") {
      query = query.where("tickets", "is", null).where("provenance", "!=", "external");
    }
    if (view.trainedIn !== null) query = query.where("trained_in", "=", view.trainedIn);
    if (view.featured) query = query.where(sql<boolean>`featured`);
    if (view.minParameters !== null) query = query.where("parameters", ">=", view.minParameters);
    if (view.maxParameters !== null) query = query.where("parameters", "<=", view.maxParameters);
    if (view.since !== null) {
      query = query.where("created_us", ">=", Date.parse(`${view.since}T00:00:00Z`) * 1000);
    }
    return query;
  };
}
