// The overall board: entries by the weighted mean of their scores on every benchmark.

import type { Kysely } from "kysely";
import type { Benchmark } from "../benchmarks/benchmark.ts";
import { RANKED_BENCHMARKS } from "../benchmarks/registry.ts";
import { ValidationError } from "../errors.ts";
import type { ProvenanceState } from "../storage/entry_schema.ts";
import type { Database } from "../storage/schema.ts";
import { type SampleShare, withSamples } from "../verification/sample_store.ts";
import type { Cursor } from "./cursor.ts";
import { normalised, overallOrder, type OverallView } from "./overall.ts";
import { overallPage, type OverallRow } from "./overall_index.ts";
import { type BoardRanks, entryNumbersOf, readWithAllRanks } from "./rank_store.ts";
import { BOARD_PAGE_SIZE } from "./view.ts";

/** A benchmark and its board in memory. */
interface Counted {
  benchmark: Benchmark;
  ranks: BoardRanks;
}

export interface OverallEntry {
  rank: number;
  /** Between 0 and 1. */
  total: number;
  entryId: string;
  modelDigest: string | null;
  name: string;
  author: string;
  parameters: number;
  trainingFlops: number | null;
  provenance: ProvenanceState;
  exactCount: number;
  featured: boolean;
  createdAt: Date;
  /** By benchmark; null where the entry has no rank. */
  scores: Record<string, number | null>;
  /** Of a sampled one, on pages that show it. */
  sample?: SampleShare | null;
}

export interface OverallBoard {
  rows: OverallEntry[];
  /** Entries with a rank on at least one benchmark that counts. */
  total: number;
  /** Of the first row, counted from 1. */
  place: number | null;
  previous: Cursor | null;
  next: Cursor | null;
}

/** @throws {ValidationError} when the place is one among totals of other weights. */
export async function overallBoard(
  db: Kysely<Database>,
  view: OverallView,
): Promise<OverallBoard> {
  const order = overallOrder(view.weights);
  checkOrder(view, order);
  return await readWithAllRanks(db, RANKED_BENCHMARKS, async (all) => {
    const boards = RANKED_BENCHMARKS.map((benchmark, i) => ({ benchmark, ranks: all[i] }));
    const page = await cutPage(db, boards, view, order);
    const entries = await readEntries(db, page.rows.map(({ entryId }) => entryId));
    const rows = page.rows.flatMap((row) => withEntry(row, entries, boards));
    return { ...page, rows: await withSamples(db, rows) };
  });
}

function checkOrder({ after, before }: OverallView, order: string): void {
  const cursor = after ?? (before === "end" ? null : before);
  if (cursor === null || cursor.order === order) return;
  throw new ValidationError("The place in the address is one among totals of other weights", {
    path: after ? "after" : "before",
    expected: "a place among totals of these weights",
    got: "one of other weights",
    fix: "Remove it from the address to begin with the first page.",
  });
}

async function cutPage(
  db: Kysely<Database>,
  boards: readonly Counted[],
  view: OverallView,
  order: string,
): Promise<Omit<OverallBoard, "rows"> & { rows: OverallRow[] }> {
  const counting = boards.filter(({ benchmark }) => view.weights[benchmark.id] > 0);
  const weighted = await Promise.all(counting.map(async ({ benchmark, ranks }) => ({
    index: ranks.index,
    weight: view.weights[benchmark.id],
    shares: await ranks.memoised("normalised", () => Promise.resolve(sharesOf(benchmark, ranks))),
  })));
  const limit = BOARD_PAGE_SIZE + 1;
  const { after, before } = view;
  const page = overallPage(weighted, entryNumbersOf(db), { order, limit, after, before });
  const more = page.rows.length === limit;
  // The first page is whole, from whichever side one comes.
  if (before && !more) return cutPage(db, boards, { ...view, before: null }, order);
  const rows = before ? page.rows.slice(-BOARD_PAGE_SIZE) : page.rows.slice(0, BOARD_PAGE_SIZE);
  const first = rows[0]?.cursor ?? null, last = rows.at(-1)?.cursor ?? null;
  return {
    rows,
    total: page.ranked,
    // The row too many stands before the others.
    place: page.place && page.place + (before ? page.rows.length - rows.length : 0),
    previous: before ? first : after && (first ?? after),
    next: before ? (before === "end" ? null : last) : more ? last : null,
  };
}

function sharesOf(benchmark: Benchmark, { index }: BoardRanks): Float64Array {
  const sign = benchmark.lowerIsBetter ? 1 : -1;
  return index.bestFirst.map((score) =>
    Number.isNaN(score) ? NaN : normalised(benchmark, sign * score)
  );
}

async function readEntries(db: Kysely<Database>, ids: readonly string[]) {
  if (ids.length === 0) return new Map<string, never>();
  const rows = await db.selectFrom("entry").where("id", "in", [...ids]).select([
    "id as entryId",
    "model_digest as modelDigest",
    "name",
    "author",
    "parameters",
    "training_flops as trainingFlops",
    "provenance",
    "exact_count as exactCount",
    "featured",
    "created_at as createdAt",
  ]).execute();
  return new Map(rows.map((row) => [row.entryId, row]));
}

/** None when the entry has gone since. */
function withEntry(
  { entryId, rank, total }: OverallRow,
  entries: Awaited<ReturnType<typeof readEntries>>,
  boards: readonly Counted[],
): OverallEntry[] {
  const entry = entries.get(entryId);
  if (entry === undefined) return [];
  const scores = boards.map(({ benchmark, ranks }) => {
    const score = ranks.index.scoreOf(entryId);
    return [benchmark.id, score === null ? null : benchmark.lowerIsBetter ? score : 0 - score];
  });
  return [{
    ...entry,
    parameters: entry.parameters ?? 0,
    rank,
    total,
    scores: Object.fromEntries(scores),
  }];
}
