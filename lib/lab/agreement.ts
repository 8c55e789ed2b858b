// How far two or more raters agree. Pure: pairs and tables in, coefficients out.
// No well-kept library has these; tests hold them to published and hand-computed values.

import { bootstrapInterval } from "../benchmarks/statistics.ts";
import type { ScoreCell } from "./types.ts";

/** Two scores of one completion and criterion. */
export interface Pair {
  itemId: string;
  criterion: string;
  a: number;
  b: number;
}

/** What two raters both scored the first time, in the order of `a`. */
export function pairsOf(a: readonly ScoreCell[], b: readonly ScoreCell[]): Pair[] {
  return joined(firstRound(a), firstRound(b));
}

/** What one rater scored again: its first score as `a`, that of `round` as `b`. */
export function repeatsOf(cells: readonly ScoreCell[], round: number): Pair[] {
  return joined(firstRound(cells), cells.filter((cell) => cell.round === round));
}

function firstRound(cells: readonly ScoreCell[]): ScoreCell[] {
  return cells.filter(({ round }) => round === 0);
}

function joined(a: readonly ScoreCell[], b: readonly ScoreCell[]): Pair[] {
  const other = new Map(b.map((cell) => [`${cell.itemId}\n${cell.criterion}`, cell.value]));
  return a.flatMap(({ itemId, criterion, value }) => {
    const found = other.get(`${itemId}\n${criterion}`);
    return found === undefined ? [] : [{ itemId, criterion, a: value, b: found }];
  });
}

/** counts[i][j]: how often `a` gave levels[i] where `b` gave levels[j]. */
export function confusionMatrix(pairs: readonly Pair[], levels: readonly number[]): number[][] {
  const counts = levels.map(() => levels.map(() => 0));
  const at = new Map(levels.map((level, place) => [level, place]));
  for (const { a, b } of pairs) {
    const row = at.get(a), column = at.get(b);
    if (row !== undefined && column !== undefined) counts[row][column]++;
  }
  return counts;
}

/** Every level that occurs, and those of the rubric. */
export function levelsOf(pairs: readonly Pair[], levels: readonly number[]): number[] {
  return [...new Set([...levels, ...pairs.flatMap(({ a, b }) => [a, b])])].sort((x, y) => x - y);
}

/** Weight of a disagreement between places i and j of k levels, 0 where they are the same. */
type Weight = (i: number, j: number) => number;

const PLAIN: Weight = (i, j) => i === j ? 0 : 1;

/**
 * Cohen's κ (Cohen 1960): 1 − observed / expected disagreement, what is expected following from how
 * often each gives each level. Null where both always give one level: nothing can be told.
 */
export function cohenKappa(counts: readonly (readonly number[])[]): number | null {
  return weighted(counts, PLAIN);
}

/**
 * κ with disagreements weighed by the square of their distance (Cohen 1968). The distance is that
 * of the levels themselves, so a half counts a quarter of a whole.
 */
export function quadraticKappa(
  counts: readonly (readonly number[])[],
  levels: readonly number[],
): number | null {
  return weighted(counts, (i, j) => (levels[i] - levels[j]) ** 2);
}

function weighted(counts: readonly (readonly number[])[], weight: Weight): number | null {
  const rows = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
  const columns = counts.map((_, j) => counts.reduce((sum, row) => sum + row[j], 0));
  const total = rows.reduce((sum, count) => sum + count, 0);
  let observed = 0, expected = 0;
  counts.forEach((row, i) =>
    row.forEach((count, j) => {
      observed += weight(i, j) * count;
      expected += weight(i, j) * rows[i] * columns[j] / total;
    })
  );
  return total === 0 || expected === 0 ? null : 1 - observed / expected;
}

/** How far apart two values are: of names, of ranks, of numbers. */
export type AlphaMetric = "nominal" | "ordinal" | "interval";

/**
 * Krippendorff's α for any number of raters with gaps (Krippendorff 2011, "Computing Krippendorff's
 * Alpha-Reliability"): 1 − observed / expected disagreement, over units that two or more scored.
 *
 * @param units the values each unit was given, by whoever scored it.
 * @returns null where all values are equal, or nothing was scored twice.
 */
export function krippendorffAlpha(
  units: readonly (readonly number[])[],
  metric: AlphaMetric,
): number | null {
  const pairable = units.filter(({ length }) => length > 1);
  const values = [...new Set(pairable.flat())].sort((a, b) => a - b);
  const place = new Map(values.map((value, at) => [value, at]));
  const coincidences = values.map(() => values.map(() => 0));
  for (const unit of pairable) {
    for (const [i, one] of unit.entries()) {
      for (const [j, other] of unit.entries()) {
        if (i === j) continue;
        coincidences[place.get(one)!][place.get(other)!] += 1 / (unit.length - 1);
      }
    }
  }
  const totals = coincidences.map((row) => row.reduce((sum, count) => sum + count, 0));
  const all = totals.reduce((sum, count) => sum + count, 0);
  let observed = 0, expected = 0;
  for (let c = 0; c < values.length; c++) {
    for (let k = c + 1; k < values.length; k++) {
      const distance = squaredDistance(metric, { c, k, values, totals });
      observed += coincidences[c][k] * distance;
      expected += totals[c] * totals[k] * distance;
    }
  }
  return expected === 0 ? null : 1 - (all - 1) * observed / expected;
}

function squaredDistance(
  metric: AlphaMetric,
  { c, k, values, totals }: { c: number; k: number; values: number[]; totals: number[] },
): number {
  if (metric === "nominal") return 1;
  if (metric === "interval") return (values[c] - values[k]) ** 2;
  let between = -(totals[c] + totals[k]) / 2;
  for (let at = c; at <= k; at++) between += totals[at];
  return between ** 2;
}

/** The values of each completion and criterion, of all first scores of these raters. */
export function unitsOf(cells: readonly ScoreCell[]): number[][] {
  const units = new Map<string, number[]>();
  for (const { itemId, criterion, round, value } of cells) {
    if (round !== 0) continue;
    const key = `${itemId}\n${criterion}`;
    const unit = units.get(key);
    if (unit) unit.push(value);
    else units.set(key, [value]);
  }
  return [...units.values()];
}

/** Any constant of our own. */
const SEED = 0x1ab;

/** What of the pairs holds, as a share with its 95 % interval: completions are drawn as a whole. */
export interface Share {
  sum: number;
  count: number;
  interval: [number, number] | null;
}

/** Σ of `of` over the pairs / pairs, with its bootstrap interval over completions. */
export function shareOf(pairs: readonly Pair[], of: (pair: Pair) => number): Share {
  const clusters = new Map<string, { sum: number; count: number }>();
  let sum = 0;
  for (const pair of pairs) {
    const cluster = clusters.get(pair.itemId) ?? { sum: 0, count: 0 };
    cluster.sum += of(pair);
    cluster.count++;
    clusters.set(pair.itemId, cluster);
    sum += of(pair);
  }
  const interval = clusters.size < 2 ? null : bootstrapInterval([...clusters.values()], SEED);
  return { sum, count: pairs.length, interval };
}

/** Everything two raters are compared by. */
export interface Agreement {
  pairs: number;
  equal: Share;
  /** Mean of b − a: above 0, `b` is the milder. */
  bias: Share;
  kappa: number | null;
  quadratic: number | null;
  /** Of the two alone, values taken as numbers. */
  alpha: number | null;
  levels: number[];
  confusion: number[][];
}

export function agreementOf(pairs: readonly Pair[], rubricLevels: readonly number[]): Agreement {
  const levels = levelsOf(pairs, rubricLevels);
  const confusion = confusionMatrix(pairs, levels);
  return {
    pairs: pairs.length,
    equal: shareOf(pairs, ({ a, b }) => Number(a === b)),
    bias: shareOf(pairs, ({ a, b }) => b - a),
    kappa: cohenKappa(confusion),
    quadratic: quadraticKappa(confusion, levels),
    alpha: krippendorffAlpha(pairs.map(({ a, b }) => [a, b]), "interval"),
    levels,
    confusion,
  };
}
