// The boards: who is ranked, in which order and with which figures, and who is listed without a rank.

import type { Kysely } from "kysely";
import type { Benchmark } from "../benchmarks/benchmark.ts";
import { RANKED_BENCHMARKS } from "../benchmarks/registry.ts";
import type { Database } from "../storage/schema.ts";
import { baselineRows, baselinesOfPage, type PlacedBaseline } from "./baselines.ts";
import type { RowCursor } from "./orders.ts";
import type { EntryRank } from "./rank.ts";
import type { RankedNumbers } from "./rank_index.ts";
import { type BoardRanks, ranksOf, readWithRanks } from "./rank_store.ts";
import {
  bestFirst,
  type BoardKey,
  type Filter,
  readPage,
  readUnranked,
  type StandingRow,
} from "./standing_store.ts";
import { boardTies } from "./tie_store.ts";
import { groupAt, type TieGroup } from "./ties.ts";
import { UNRANKED_LIMIT } from "./view.ts";

export { boardCounts, type BoardKey } from "./standing_store.ts";

/** What a board is queried by, and how two scores are compared. */
export type ComparableBoard = BoardKey & Pick<Benchmark, "unit">;

export interface BoardRow extends StandingRow {
  /** Equal scores share a rank (1, 1, 3); null for entries listed without one. */
  rank: number | null;
  /** The places it shares with models that are not significantly better or worse. */
  tie: TieGroup | null;
}

export interface Board {
  rows: BoardRow[];
  /** Scored but not ranked: incompatible with the benchmark, its corpus contaminated, or a mismatch. */
  unranked: BoardRow[];
  /** Ranked rows on all pages. */
  total: number;
}

/** `limit` places of a board from `offset` on, best first. */
export async function boardRows(
  db: Kysely<Database>,
  key: ComparableBoard,
  { limit, offset }: { limit: number; offset: number },
): Promise<Board> {
  return await readWithRanks(db, key, async (ranks) => {
    const { total } = ranks.index;
    const before = offset === 0 ? null : ranks.index.at(offset);
    const after = before && bestCursor(before);
    const page = offset >= total ? [] : await readPage(db, key, { order: "best", limit, after });
    const ties = await boardTies(db, key, ranks);
    const rows = page.map(({ row }, i) =>
      rankedRow(row, key, ranks, groupAt(ties, offset + i + 1))
    );
    return { rows, unranked: await unrankedRows(db, key, ranks), total };
  });
}

/** The place of an entry in the order of the ranks. */
function bestCursor({ bestFirst, parameters, createdUs, entryId }: RankedNumbers): RowCursor {
  return { order: "best", keys: [bestFirst, parameters, createdUs], entryId };
}

/** A row with its rank on the whole board. */
export function rankedRow(
  row: StandingRow,
  key: BoardKey,
  { index }: BoardRanks,
  tie: TieGroup | null = null,
): BoardRow {
  return { ...row, rank: index.rankOf(bestFirst(row.score!, key)), tie };
}

/** The newest entries that are scored and have no rank, of those that pass the filter. */
export async function unrankedRows(
  db: Kysely<Database>,
  key: BoardKey,
  ranks: BoardRanks,
  filter?: Filter,
): Promise<BoardRow[]> {
  const read = () => readUnranked(db, key, { limit: UNRANKED_LIMIT, filter });
  const rows = filter ? await read() : await ranks.memoised("unranked", read);
  return rows.map((row) => ({ ...row, rank: null, tie: null }));
}

/** The baselines that stand among the rows of a page, each at its place. */
export function placedBaselines(
  benchmark: Benchmark,
  { index }: BoardRanks,
  offset: number,
  shown: number,
): PlacedBaseline[] {
  const placed = baselineRows(benchmark).map((row) => ({
    ...row,
    ahead: index.atLeastAsGood(bestFirst(row.score, benchmark)),
  }));
  return baselinesOfPage(placed, { offset, shown, total: index.total });
}

/** By benchmark, on every board on which the entry has a rank. */
export async function ranksOfEntry(
  db: Kysely<Database>,
  entryId: string,
): Promise<Map<string, EntryRank>> {
  const places = await Promise.all(RANKED_BENCHMARKS.map(async (benchmark) => {
    const { index } = await ranksOf(db, benchmark);
    const score = index.scoreOf(entryId);
    return score === null
      ? []
      : [[benchmark.id, { rank: index.rankOf(score), of: index.total }] as const];
  }));
  return new Map(places.flat());
}

/** For each of `scores`, how many ranked entries have one at least as good. */
export async function rankedAhead(
  db: Kysely<Database>,
  key: BoardKey,
  scores: readonly number[],
): Promise<number[]> {
  const { index } = await ranksOf(db, key);
  return scores.map((score) => index.atLeastAsGood(bestFirst(score, key)));
}
