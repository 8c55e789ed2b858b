// One figure from several benchmarks: how scores become comparable, and the weights in an address.
// Knows no database.

import type { Benchmark } from "../benchmarks/benchmark.ts";
import { RANKED_BENCHMARKS } from "../benchmarks/registry.ts";
import { type Cursor, decodeCursor, encodeCursor } from "./cursor.ts";

/** Weight of each ranked benchmark, by its id. */
export type Weights = Readonly<Record<string, number>>;

export const USUAL_WEIGHT = 1;
export const MOST_WEIGHT = 100;

export interface OverallView {
  weights: Weights;
  /** The page starts right after this row, or ends right before it: one of them at most. */
  after: Cursor | null;
  before: Cursor | "end" | null;
}

/** Score of guessing without looking. */
export function chanceOf({ baselines, unit }: Pick<Benchmark, "baselines" | "unit">): number {
  return baselines?.chance ?? (unit === "%" ? 0 : 256);
}

/**
 * A score between 0, no better than guessing, and 1, perfect: of percentages the share of what
 * guessing leaves; of perplexities the share of the bits that guessing needs and the model saves.
 * It follows from the score alone, so no other model moves it.
 */
export function normalised(
  benchmark: Pick<Benchmark, "baselines" | "unit">,
  score: number,
): number {
  const chance = chanceOf(benchmark);
  const share = benchmark.unit === "%"
    ? (score - chance) / (100 - chance)
    : 1 - Math.log(score) / Math.log(chance);
  return Math.min(1, Math.max(0, share));
}

/** Totals of other weights are another order. */
export function overallOrder(weights: Weights): string {
  return `overall ${RANKED_BENCHMARKS.map(({ id }) => weights[id]).join(" ")}`;
}

/** Null for anything that is no place in an order by totals. */
export function decodeOverallCursor(text: string): Cursor | null {
  const cursor = decodeCursor(text);
  if (!cursor?.order.startsWith("overall ") || cursor.keys.length !== 3) return null;
  const keys = cursor.keys.filter((key) => typeof key === "number").filter(Number.isFinite);
  return keys.length === 3 ? { ...cursor, keys } : null;
}

/** "?sort-6=2", without what is as usual; "" when all is. */
export function overallQuery({ weights, after, before }: OverallView): string {
  const query = new URLSearchParams();
  for (const { id } of RANKED_BENCHMARKS) {
    if (weights[id] !== USUAL_WEIGHT) query.set(id, String(weights[id]));
  }
  if (after) query.set("after", encodeCursor(after));
  if (before) query.set("before", before === "end" ? before : encodeCursor(before));
  return query.size === 0 ? "" : `?${query}`;
}
