// What a visitor asks of a board: order, filters, columns and place, as the query of its address.
// Knows no database.

import type { Benchmark } from "../benchmarks/benchmark.ts";
import type { TrainedIn } from "../format/header.ts";
import type { ProvenanceState } from "../storage/entry_schema.ts";
import { encodeCursor } from "./cursor.ts";
import { type Order, type RowCursor, type Sort, usualOrder } from "./orders.ts";

export const BOARD_PAGE_SIZE = 100;
/** Most rows without a rank below a board: the newest. */
export const UNRANKED_LIMIT = 100;

/** What can stand beside rank, name and score, in this order. */
export const COLUMNS = [
  "parameters",
  "score-per-parameter",
  "flops",
  "score-per-flop",
  "time",
  "proof",
  "seed",
  "age",
  "try",
] as const;
export type Column = typeof COLUMNS[number];

export const DEFAULT_COLUMNS: readonly Column[] = [
  "parameters",
  "flops",
  "time",
  "proof",
  "age",
  "try",
];

/** How a number of parameters may be written in a filter: "4224", "500k", "1.5M". */
export const PARAMETER_COUNT = /^(\d{1,12}|\d{1,6}(\.\d{1,3})? ?[kKmM])$/;

/** States that a listed model can have; refused ones are on no board. */
export const LISTED_STATES = [
  "exact",
  "sampled",
  "pending",
  "external",
  "not-reproducible",
  "engine-divergent",
  "mismatch",
] as const satisfies readonly ProvenanceState[];
export type ListedState = typeof LISTED_STATES[number];

/** How the seed of a run was come by. */
export const SEED_KINDS = ["ticket", "free"] as const;
export type SeedKind = typeof SEED_KINDS[number];

export interface BoardView {
  /** Part of a name or an author; "" for all. */
  q: string;
  /** The whole name of an author; "" for all. */
  author: string;
  /** Empty for all. */
  state: readonly ListedState[];
  /** Null for all. */
  seed: SeedKind | null;
  /** As files say; null for all. */
  trainedIn: TrainedIn | null;
  featured: boolean;
  minParameters: number | null;
  maxParameters: number | null;
  /** "2026-11-24", from midnight UTC on. */
  since: string | null;
  sort: Sort;
  /** Null for the usual one of `sort`. */
  order: Order | null;
  columns: readonly Column[];
  baselines: "on" | "off";
  /** The page starts right after this row, or ends right before it: one of them at most. */
  after: RowCursor | null;
  before: RowCursor | "end" | null;
}

type Scale = Pick<Benchmark, "lowerIsBetter">;

export function orderOf(view: BoardView, scale: Scale): Order {
  return view.order ?? usualOrder(view.sort, scale);
}

/** The same view from its first row on. */
export function fromTheStart<View extends BoardView>(view: View): View {
  return { ...view, after: null, before: null };
}

export function isFiltered(view: BoardView): boolean {
  return view.q !== "" || view.author !== "" || view.state.length > 0 || view.seed !== null ||
    view.trainedIn !== null || view.featured || view.minParameters !== null ||
    view.maxParameters !== null ||
    view.since !== null;
}

/** Every ranked model in the order of the ranks: what ties and baselines are shown in. */
export function isWholeBoard(view: BoardView, scale: Scale): boolean {
  return !isFiltered(view) && view.sort === "score" &&
    orderOf(view, scale) === usualOrder("score", scale);
}

/** The chosen ones, and the one the rows are sorted by. */
export function shownColumns({ columns, sort }: BoardView): Column[] {
  return COLUMNS.filter((column) => columns.includes(column) || column === sort);
}

/** "?q=…", without what is as usual; "" for the board as it is. */
export function viewQuery(view: BoardView, scale: Scale): string {
  const order = orderOf(view, scale);
  const columns = view.columns.join();
  const parts: Record<string, string | number | null> = {
    q: view.q,
    author: view.author,
    state: view.state.join(),
    seed: view.seed,
    trainedIn: view.trainedIn,
    featured: view.featured ? "on" : null,
    minParameters: view.minParameters,
    maxParameters: view.maxParameters,
    since: view.since,
    sort: view.sort === "score" ? null : view.sort,
    order: order === usualOrder(view.sort, scale) ? null : order,
    columns: columns === DEFAULT_COLUMNS.join() ? null : columns,
    baselines: view.baselines === "off" ? "off" : null,
    after: view.after && encodeCursor(view.after),
    before: view.before === "end" ? "end" : view.before && encodeCursor(view.before),
  };
  const given = Object.entries(parts).filter(([, value]) => value !== null && value !== "");
  if (given.length === 0) return "";
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  return `?${query.toString().replaceAll("%2C", ",")}`;
}

interface Costs {
  score: number | null;
  parameters: number;
  trainingFlops: number | null;
}

/**
 * What a model has for its cost, null where either is not known: percent, or bits saved per byte
 * (8 − log₂ perplexity), for a million parameters and for 10¹² training FLOPs.
 */
export function efficiency(
  { score, parameters, trainingFlops }: Costs,
  { unit }: Pick<Benchmark, "unit">,
): { perMillionParameters: number | null; perTeraflop: number | null } {
  const gain = score === null || unit === "%" ? score : 8 - Math.log2(score);
  const per = (cost: number | null) => gain === null || !cost ? null : gain / cost;
  return {
    perMillionParameters: per(parameters / 1e6),
    perTeraflop: per(trainingFlops === null ? null : trainingFlops / 1e12),
  };
}
