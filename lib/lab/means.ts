// Means of scores by model, category and criterion, with intervals. Pure: arrays in, figures out.

import { bootstrapInterval, type Cluster } from "../benchmarks/statistics.ts";
import type { LabItem, Rubric, ScoreCell } from "./types.ts";

/** What the means need of an item. */
export type ScoredItem = Pick<LabItem, "id" | "model" | "category">;

/** A mean kept as sum and count: two decimals of it are rounded without another error. */
export interface Mean {
  sum: number;
  count: number;
}

export const NO_MEAN: Mean = { sum: 0, count: 0 };

export function meanOf({ sum, count }: Mean): number | null {
  return count === 0 ? null : sum / count;
}

/**
 * sum/count to `digits` decimals, halves to the even digit, as the published tables have them
 * (0.125 → 0.12). Exact where the sum is: scores are halves, so ties are seen as ties.
 */
export function roundHalfEven({ sum, count }: Mean, digits: number): number {
  const scaled = sum * 10 ** digits;
  const whole = Math.floor(scaled / count);
  const twice = 2 * (scaled - whole * count);
  const up = twice > count || (twice === count && whole % 2 !== 0);
  return (up ? whole + 1 : whole) / 10 ** digits;
}

/** The same as text with all its decimals; an en dash where nothing was scored. */
export function roundedText(mean: Mean, digits: number): string {
  return mean.count === 0 ? "–" : roundHalfEven(mean, digits).toFixed(digits);
}

/** Means of a set, by model, of one choice of scores. */
export interface MeanTables {
  overall: Map<string, Mean>;
  /** By category, then model. */
  categories: Map<string, Map<string, Mean>>;
  /** By id of the criterion, then model. */
  criteria: Map<string, Map<string, Mean>>;
}

/** @param cells of the raters and rounds that are to count. */
export function meanTables(
  items: readonly ScoredItem[],
  cells: readonly ScoreCell[],
): MeanTables {
  const itemOf = new Map(items.map((item) => [item.id, item]));
  const tables: MeanTables = { overall: new Map(), categories: new Map(), criteria: new Map() };
  for (const { itemId, criterion, value } of cells) {
    const item = itemOf.get(itemId);
    if (item === undefined) continue;
    add(tables.overall, item.model, value);
    add(within(tables.categories, item.category), item.model, value);
    add(within(tables.criteria, criterion), item.model, value);
  }
  return tables;
}

function within(tables: Map<string, Map<string, Mean>>, key: string): Map<string, Mean> {
  const known = tables.get(key);
  if (known) return known;
  const made = new Map<string, Mean>();
  tables.set(key, made);
  return made;
}

function add(means: Map<string, Mean>, key: string, value: number): void {
  const known = means.get(key);
  if (known === undefined) means.set(key, { sum: value, count: 1 });
  else {
    known.sum += value;
    known.count++;
  }
}

/** Any constant of our own; all intervals of the lab meet the same resamples. */
const SEED = 0x1ab;

/**
 * 95 % interval of a model's mean: bootstrap over its completions, whose scores are drawn together,
 * because the criteria of one completion resemble each other. Null for fewer than two completions.
 */
export function meanInterval(cells: readonly ScoreCell[]): [number, number] | null {
  const clusters = new Map<string, Cluster>();
  for (const { itemId, value } of cells) {
    const cluster = clusters.get(itemId) ?? { sum: 0, count: 0 };
    cluster.sum += value;
    cluster.count++;
    clusters.set(itemId, cluster);
  }
  return clusters.size < 2 ? null : bootstrapInterval([...clusters.values()], SEED);
}

/** Categories of a rubric by name, and the criteria of each by letter. */
export function byCategory({ criteria }: Pick<Rubric, "criteria">) {
  const names = [...new Set(criteria.map(({ category }) => category))].sort();
  return names.map((category) => ({
    category,
    criteria: criteria.filter((one) => one.category === category)
      .sort((a, b) => a.code < b.code ? -1 : 1),
  }));
}
