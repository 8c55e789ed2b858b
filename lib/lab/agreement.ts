// How far two or more raters agree. Pure: pairs and tables in, coefficients out.
// No well-kept library has these; tests hold them to published and hand-computed values.

import { bootstrapInterval, bootstrapStatistics } from "../benchmarks/statistics.ts";
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

/** A table of k × k, row by row, and how much a disagreement of places i and j weighs at i·k + j. */
type Flat = Float64Array;

function flat(table: readonly (readonly number[])[]): Flat {
  return Float64Array.from(table.flat());
}

/** `weigh` is 0 where i = j. */
function weights(size: number, weigh: (i: number, j: number) => number): Flat {
  return Float64Array.from(
    { length: size * size },
    (_, at) => weigh(Math.floor(at / size), at % size),
  );
}

const plainWeights = (size: number) => weights(size, (i, j) => i === j ? 0 : 1);
const squaredWeights = (levels: readonly number[]) =>
  weights(levels.length, (i, j) => (levels[i] - levels[j]) ** 2);

/**
 * Cohen's κ (Cohen 1960): 1 − observed / expected disagreement, what is expected following from how
 * often each gives each level. Null where both always give one level: nothing can be told.
 */
export function cohenKappa(counts: readonly (readonly number[])[]): number | null {
  return weighted(flat(counts), plainWeights(counts.length));
}

/**
 * κ with disagreements weighed by the square of their distance (Cohen 1968). The distance is that
 * of the levels themselves, so a half counts a quarter of a whole.
 */
export function quadraticKappa(
  counts: readonly (readonly number[])[],
  levels: readonly number[],
): number | null {
  return weighted(flat(counts), squaredWeights(levels));
}

function weighted(counts: Flat, weight: Flat): number | null {
  const size = Math.sqrt(counts.length);
  const rows = new Float64Array(size), columns = new Float64Array(size);
  let total = 0, observed = 0, expected = 0;
  for (let i = 0, at = 0; i < size; i++) {
    for (let j = 0; j < size; j++, at++) {
      rows[i] += counts[at];
      columns[j] += counts[at];
      total += counts[at];
      observed += weight[at] * counts[at];
    }
  }
  for (let i = 0, at = 0; i < size; i++) {
    for (let j = 0; j < size; j++, at++) expected += weight[at] * rows[i] * columns[j] / total;
  }
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
  const values = valuesOf(units);
  return alphaOf(coincidencesOf(units, values), values, metric);
}

/** Ascending, of units that two or more scored. */
function valuesOf(units: readonly (readonly number[])[]): number[] {
  const pairable = units.filter(({ length }) => length > 1);
  return [...new Set(pairable.flat())].sort((a, b) => a - b);
}

/** Krippendorff's matrix of coincidences: at c, k how often one gave values[c], another values[k]. */
function coincidencesOf(units: readonly (readonly number[])[], values: readonly number[]): Flat {
  const place = new Map(values.map((value, at) => [value, at]));
  const coincidences = new Float64Array(values.length ** 2);
  for (const unit of units) {
    for (const [i, one] of unit.entries()) {
      for (const [j, other] of unit.entries()) {
        if (i === j) continue;
        coincidences[place.get(one)! * values.length + place.get(other)!] += 1 / (unit.length - 1);
      }
    }
  }
  return coincidences;
}

function alphaOf(
  coincidences: Flat,
  values: readonly number[],
  metric: AlphaMetric,
): number | null {
  const size = values.length;
  const totals = new Float64Array(size);
  let all = 0, observed = 0, expected = 0;
  coincidences.forEach((count, at) => {
    totals[Math.floor(at / size)] += count;
    all += count;
  });
  for (let c = 0; c < size; c++) {
    for (let k = c + 1; k < size; k++) {
      const distance = squaredDistance(metric, { c, k, values, totals });
      observed += coincidences[c * size + k] * distance;
      expected += totals[c] * totals[k] * distance;
    }
  }
  return expected === 0 ? null : 1 - (all - 1) * observed / expected;
}

function squaredDistance(
  metric: AlphaMetric,
  { c, k, values, totals }: { c: number; k: number; values: readonly number[]; totals: Flat },
): number {
  if (metric === "nominal") return 1;
  if (metric === "interval") return (values[c] - values[k]) ** 2;
  let between = -(totals[c] + totals[k]) / 2;
  for (let at = c; at <= k; at++) between += totals[at];
  return between ** 2;
}

/** The values that a completion was given under one criterion. */
export interface Unit {
  itemId: string;
  values: number[];
}

/** The values of each completion and criterion, of all first scores of these raters. */
export function unitsOf(cells: readonly ScoreCell[]): Unit[] {
  const units = new Map<string, Unit>();
  for (const { itemId, criterion, round, value } of cells) {
    if (round !== 0) continue;
    const key = `${itemId}\n${criterion}`;
    const unit = units.get(key);
    if (unit) unit.values.push(value);
    else units.set(key, { itemId, values: [value] });
  }
  return [...units.values()];
}

/** 95 %; null where there is none. */
export type Interval = [number, number] | null;

export const METRICS = ["nominal", "ordinal", "interval"] as const satisfies AlphaMetric[];

/** Bootstrap intervals of α over completions, by metric in the order of METRICS. */
export function alphaIntervals(units: readonly Unit[]): Interval[] {
  const pairable = units.filter(({ values }) => values.length > 1);
  const values = valuesOf(pairable.map((unit) => unit.values));
  const clusters = [...Map.groupBy(pairable, ({ itemId }) => itemId).values()].map((own) =>
    coincidencesOf(own.map((unit) => unit.values), values)
  );
  return bootstrapStatistics(
    clusters,
    SEED,
    (sum) => METRICS.map((metric) => alphaOf(sum, values, metric)),
  );
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
  /** Of the three coefficients. */
  intervals: Record<"kappa" | "quadratic" | "alpha", Interval>;
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
    intervals: coefficientIntervals(pairs, levels),
    levels,
    confusion,
  };
}

/**
 * Bootstrap intervals of the three coefficients over completions, which are drawn as a whole. All of
 * them follow from the table of who gave what, and tables of completions add up.
 */
export function coefficientIntervals(
  pairs: readonly Pair[],
  levels: readonly number[],
): Agreement["intervals"] {
  const tables = [...Map.groupBy(pairs, ({ itemId }) => itemId).values()].map((own) =>
    flat(confusionMatrix(own, levels))
  );
  const size = levels.length;
  const [plain, squared] = [plainWeights(size), squaredWeights(levels)];
  const coincidences = new Float64Array(size * size);
  const [kappa = null, quadratic = null, alpha = null] = bootstrapStatistics(
    tables,
    SEED,
    (sum) => {
      for (let at = 0; at < sum.length; at++) {
        coincidences[at] = sum[at] + sum[(at % size) * size + Math.floor(at / size)];
      }
      return [
        weighted(sum, plain),
        weighted(sum, squared),
        alphaOf(coincidences, levels, "interval"),
      ];
    },
  );
  return { kappa, quadratic, alpha };
}
