// The orders a board can be read in, and the places between its rows. Knows no database.

import type { Benchmark } from "../benchmarks/benchmark.ts";
import { type Cursor, decodeCursor } from "./cursor.ts";

export const SORTS = [
  "score",
  "parameters",
  "flops",
  "age",
  "score-per-parameter",
  "score-per-flop",
  "name",
  "time",
  "proof",
  "seed",
] as const;
export type Sort = typeof SORTS[number];

export const ORDERS = ["asc", "desc"] as const;
export type Order = typeof ORDERS[number];

/** Columns of `standing` whose order has an index. */
type KeyColumn =
  | "best_first"
  | "worst_first"
  | "parameters"
  | "created_us"
  | "by_flops"
  | "by_flops_reversed"
  | "by_gain_per_parameter"
  | "by_gain_per_flop"
  | "by_gain_per_flop_reversed"
  | "by_name"
  | "by_time"
  | "by_time_reversed"
  | "by_proof"
  | "by_seed";

export interface RowOrder {
  /** Compared one after the other, all ascending; the id of the entry decides in the end. */
  columns: readonly KeyColumn[];
  /** All of them, and the id, the other way round. */
  backwards: boolean;
}

const TIES = ["best_first", "created_us"] as const;

/** Each is the order of an index: 2026_11_27_standings.ts and 2026_12_04_board_orders.ts. */
export const ROW_ORDERS = {
  best: { columns: ["best_first", "parameters", "created_us"], backwards: false },
  worst: { columns: ["worst_first", "parameters", "created_us"], backwards: false },
  smallest: { columns: ["parameters", ...TIES], backwards: false },
  largest: { columns: ["parameters", ...TIES], backwards: true },
  newest: { columns: ["created_us"], backwards: true },
  oldest: { columns: ["created_us"], backwards: false },
  cheapest: { columns: ["by_flops", ...TIES], backwards: false },
  dearest: { columns: ["by_flops_reversed", ...TIES], backwards: false },
  "most-per-parameter": { columns: ["by_gain_per_parameter", ...TIES], backwards: false },
  "least-per-parameter": { columns: ["by_gain_per_parameter", ...TIES], backwards: true },
  "most-per-flop": { columns: ["by_gain_per_flop", ...TIES], backwards: false },
  "least-per-flop": { columns: ["by_gain_per_flop_reversed", ...TIES], backwards: false },
  "a-to-z": { columns: ["by_name", ...TIES], backwards: false },
  "z-to-a": { columns: ["by_name", ...TIES], backwards: true },
  fastest: { columns: ["by_time", ...TIES], backwards: false },
  slowest: { columns: ["by_time_reversed", ...TIES], backwards: false },
  "most-proven": { columns: ["by_proof", ...TIES], backwards: false },
  "least-proven": { columns: ["by_proof", ...TIES], backwards: true },
  "fewest-tickets": { columns: ["by_seed", ...TIES], backwards: false },
  "most-tickets": { columns: ["by_seed", ...TIES], backwards: true },
} as const satisfies Record<string, RowOrder>;
export type RowOrderName = keyof typeof ROW_ORDERS;

/** Smallest first is ascending; an age is small when the entry is new. */
const NAMES: Record<Exclude<Sort, "score">, Record<Order, RowOrderName>> = {
  parameters: { asc: "smallest", desc: "largest" },
  flops: { asc: "cheapest", desc: "dearest" },
  age: { asc: "newest", desc: "oldest" },
  "score-per-parameter": { asc: "least-per-parameter", desc: "most-per-parameter" },
  "score-per-flop": { asc: "least-per-flop", desc: "most-per-flop" },
  name: { asc: "a-to-z", desc: "z-to-a" },
  time: { asc: "fastest", desc: "slowest" },
  proof: { asc: "least-proven", desc: "most-proven" },
  seed: { asc: "fewest-tickets", desc: "most-tickets" },
};

type Scale = Pick<Benchmark, "lowerIsBetter">;

/** Best, smallest, cheapest, newest and most proven first; names from A to Z. */
export function usualOrder(sort: Sort, { lowerIsBetter }: Scale): Order {
  if (sort === "score") return lowerIsBetter ? "asc" : "desc";
  return sort.startsWith("score-per") || sort === "proof" ? "desc" : "asc";
}

export function rowOrderName(sort: Sort, order: Order, scale: Scale): RowOrderName {
  if (sort !== "score") return NAMES[sort][order];
  return order === usualOrder("score", scale) ? "best" : "worst";
}

/** A place in one of these orders; its keys are values of the order's columns. */
export type RowCursor = Cursor<RowOrderName, number | string>;

const INTEGERS: readonly KeyColumn[] = ["parameters", "created_us"];

/** Whether a value may be one of this column. */
function isOf(column: KeyColumn, key: number | string): boolean {
  if (INTEGERS.includes(column)) return Number.isSafeInteger(key);
  return (column === "by_name") === (typeof key === "string");
}

/** Null for anything that is no place in one of these orders. */
export function decodeRowCursor(text: string): RowCursor | null {
  const cursor = decodeCursor(text);
  if (cursor === null || !(cursor.order in ROW_ORDERS)) return null;
  const order = cursor.order as RowOrderName;
  const { columns } = ROW_ORDERS[order];
  const fits = cursor.keys.length === columns.length &&
    columns.every((column, i) => isOf(column, cursor.keys[i]));
  return fits ? { ...cursor, order } : null;
}
