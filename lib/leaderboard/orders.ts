// The orders a board can be read in, and the places between its rows. Knows no database.

import { z } from "zod";
import { fromUtf8, utf8 } from "../bytes.ts";
import type { Benchmark } from "../benchmarks/benchmark.ts";

export const SORTS = [
  "score",
  "parameters",
  "flops",
  "age",
  "score-per-parameter",
  "score-per-flop",
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
  | "by_gain_per_flop_reversed";

export interface RowOrder {
  /** Compared one after the other, all ascending; the id of the entry decides in the end. */
  columns: readonly KeyColumn[];
  /** All of them, and the id, the other way round. */
  backwards: boolean;
}

const TIES = ["best_first", "created_us"] as const;

/** Each is the order of an index, see migrations/2026_11_27_standings.ts. */
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
} as const satisfies Record<string, RowOrder>;
export type RowOrderName = keyof typeof ROW_ORDERS;

/** Smallest first is ascending; an age is small when the entry is new. */
const NAMES: Record<Exclude<Sort, "score">, Record<Order, RowOrderName>> = {
  parameters: { asc: "smallest", desc: "largest" },
  flops: { asc: "cheapest", desc: "dearest" },
  age: { asc: "newest", desc: "oldest" },
  "score-per-parameter": { asc: "least-per-parameter", desc: "most-per-parameter" },
  "score-per-flop": { asc: "least-per-flop", desc: "most-per-flop" },
};

type Scale = Pick<Benchmark, "lowerIsBetter">;

/** Best, smallest, cheapest and newest first. */
export function usualOrder(sort: Sort, { lowerIsBetter }: Scale): Order {
  if (sort === "score") return lowerIsBetter ? "asc" : "desc";
  return sort.startsWith("score-per") ? "desc" : "asc";
}

export function rowOrderName(sort: Sort, order: Order, scale: Scale): RowOrderName {
  if (sort !== "score") return NAMES[sort][order];
  return order === usualOrder("score", scale) ? "best" : "worst";
}

/** A row by its place in an order: pages start after one or end before one. */
export interface Cursor {
  order: RowOrderName;
  /** Its values of the order's columns. */
  keys: readonly number[];
  entryId: string;
}

/** JSON has no infinity, which stands for a value that is not known. */
const key = z.union([z.number(), z.null().transform(() => Infinity)]);
const INTEGERS: readonly KeyColumn[] = ["parameters", "created_us"];

/** What a cursor is once decoded. */
const cursorSchema = z.tuple([
  z.enum(Object.keys(ROW_ORDERS) as RowOrderName[]),
  z.array(key),
  // deno-lint-ignore no-control-regex
  z.string().regex(/^[^\u0000]{1,64}$/),
]).refine(([order, keys]) => {
  const { columns } = ROW_ORDERS[order];
  return keys.length === columns.length &&
    columns.every((column, i) => !INTEGERS.includes(column) || Number.isSafeInteger(keys[i]));
});

/** As it stands in an address: base64url of JSON. */
export function encodeCursor({ order, keys, entryId }: Cursor): string {
  const bytes = utf8(JSON.stringify([order, keys, entryId]));
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
    .replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Null for anything that `encodeCursor` does not write. */
export function decodeCursor(text: string): Cursor | null {
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const json = fromUtf8(Uint8Array.from(binary, (letter) => letter.charCodeAt(0)));
    const { data } = cursorSchema.safeParse(JSON.parse(json));
    if (!data) return null;
    const [order, keys, entryId] = data;
    const cursor = { order, keys, entryId };
    return encodeCursor(cursor) === text ? cursor : null;
  } catch {
    return null;
  }
}
