// 95 % intervals and paired tests. Deterministic: square roots and counter-based integers only.
// Formulae, sources and seeds: docs/statistics.md.

import { CounterRandom, STREAM } from "../corpora/philox.ts";

/** 97.5 % quantile of the standard normal distribution. */
const Z = 1.959963984540054;
export const RESAMPLES = 1000;

/**
 * Wilson score interval (Wilson 1927) of a proportion, both ends in 0..1. `trials` ≥ 1; `z` is the
 * normal quantile, that of 95 % unless given.
 */
export function wilsonInterval(
  successes: number,
  trials: number,
  z: number = Z,
): [number, number] {
  const p = successes / trials;
  const z2 = z * z;
  const scale = 1 + z2 / trials;
  const center = (p + z2 / (2 * trials)) / scale;
  const half = z * Math.sqrt(p * (1 - p) / trials + z2 / (4 * trials * trials)) / scale;
  return [
    successes === 0 ? 0 : Math.max(0, center - half),
    successes === trials ? 1 : Math.min(1, center + half),
  ];
}

/** One group of values that is drawn as a whole, for example a story's bytes. */
export interface Cluster {
  sum: number;
  count: number;
}

/**
 * Percentile bootstrap (Efron 1979) of Σ sum / Σ count over clusters drawn with replacement.
 * Resample r draws from Philox (block, 0, r, bootstrap) keyed by `seed`: two models scored on the
 * same clusters meet the same resamples. Returns the 25th smallest and 25th largest of 1000.
 */
export function bootstrapInterval(clusters: readonly Cluster[], seed: number): [number, number] {
  return middle95(resampledMeans(clusters, seed));
}

/** The interval as `bootstrapInterval` has it, and the share of resamples below 0. */
export function bootstrapDifference(
  clusters: readonly Cluster[],
  seed: number,
): { interval: [number, number]; shareBelowZero: number } {
  const means = resampledMeans(clusters, seed);
  const below = means.findIndex((mean) => mean >= 0);
  return {
    interval: middle95(means),
    shareBelowZero: (below === -1 ? RESAMPLES : below) / RESAMPLES,
  };
}

function middle95(sorted: Float64Array): [number, number] {
  return [sorted[24], sorted[RESAMPLES - 25]];
}

/** Fewer resamples than these that say something, and there is no interval. */
const LEAST_DEFINED = 0.95 * RESAMPLES;

/**
 * Percentile bootstrap of what follows from sums: each cluster is a vector, a resample the sum of as
 * many of them drawn with replacement, and each statistic has an interval of its own. The draws are
 * those of `bootstrapInterval`. A resample in which a statistic is not defined does not count for it.
 *
 * @param of the statistics of a sum; null where one is not defined.
 * @returns null for a statistic that more than one resample in twenty leaves undefined, or with
 *   fewer than two clusters.
 */
export function bootstrapStatistics(
  clusters: readonly Float64Array[],
  seed: number,
  of: (sum: Float64Array) => readonly (number | null)[],
): ([number, number] | null)[] {
  const width = clusters[0]?.length ?? 0;
  const found: number[][] = of(new Float64Array(width)).map(() => []);
  if (clusters.length < 2) return found.map(() => null);
  const draws = resamples(clusters.length, seed);
  const sum = new Float64Array(width);
  for (let resample = 0; resample < RESAMPLES; resample++) {
    sum.fill(0);
    const end = (resample + 1) * clusters.length;
    for (let draw = resample * clusters.length; draw < end; draw++) {
      const cluster = clusters[draws[draw]];
      for (let i = 0; i < width; i++) sum[i] += cluster[i];
    }
    of(sum).forEach((value, i) => value !== null && found[i].push(value));
  }
  return found.map((values) => {
    if (values.length < LEAST_DEFINED) return null;
    const sorted = Float64Array.from(values).sort();
    const tail = Math.ceil(0.025 * sorted.length);
    return [sorted[tail - 1], sorted[sorted.length - tail]];
  });
}

/** Ascending. */
function resampledMeans(clusters: readonly Cluster[], seed: number): Float64Array {
  const draws = resamples(clusters.length, seed);
  const means = new Float64Array(RESAMPLES);
  for (let resample = 0; resample < RESAMPLES; resample++) {
    let sum = 0, count = 0;
    const end = (resample + 1) * clusters.length;
    for (let draw = resample * clusters.length; draw < end; draw++) {
      const cluster = clusters[draws[draw]];
      sum += cluster.sum;
      count += cluster.count;
    }
    means[resample] = sum / count;
  }
  return means.sort();
}

/** Boards and the lab draw the same few again and again: the last of them are kept. */
const kept = new Map<string, Uint32Array>();
const MOST_KEPT = 8;

/** The clusters drawn, [RESAMPLES, clusters]. */
function resamples(clusters: number, seed: number): Uint32Array {
  const key = `${clusters} ${seed}`;
  const draws = kept.get(key) ?? drawAll(clusters, seed);
  // The newest stands last.
  kept.delete(key);
  kept.set(key, draws);
  if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value!);
  return draws;
}

function drawAll(clusters: number, seed: number): Uint32Array {
  const draws = new Uint32Array(RESAMPLES * clusters);
  for (let resample = 0; resample < RESAMPLES; resample++) {
    const random = new CounterRandom(seed, { stream: STREAM.bootstrap, step: resample, row: 0 });
    for (let draw = 0; draw < clusters; draw++) {
      draws[resample * clusters + draw] = random.below(clusters);
    }
  }
  return draws;
}

/** How two models fared on the same trials: the four cells of a paired table. */
export interface PairedCounts {
  bothRight: number;
  onlyA: number;
  onlyB: number;
  neither: number;
}

/**
 * Two-sided p-value of McNemar's exact test (McNemar 1947; a sign test on the trials that tell the
 * two apart): min(1, 2 · P(X ≤ min(onlyA, onlyB))), X binomial of onlyA + onlyB throws of a coin.
 * Counted in whole numbers, rounded once.
 */
export function mcnemarExact({ onlyA, onlyB }: Pick<PairedCounts, "onlyA" | "onlyB">): number {
  const throws = onlyA + onlyB;
  let ways = 1n, tail = 0n;
  for (let k = 0; k <= Math.min(onlyA, onlyB); k++) {
    tail += ways;
    ways = ways * BigInt(throws - k) / BigInt(k + 1);
  }
  // P = 2 · tail / 2^throws, to 60 bits behind the point.
  const scaled = (tail << 61n) >> BigInt(throws);
  return Math.min(1, Number(scaled) / 2 ** 60);
}

/**
 * 95 % interval of p_A − p_B on the same trials: the score interval of Newcombe 1998 (Statistics in
 * Medicine 17:2635, method 10), made of both Wilson intervals and the correlation of the answers.
 */
export function pairedInterval(counts: PairedCounts): [number, number] {
  const { bothRight, onlyA, onlyB, neither } = counts;
  const trials = bothRight + onlyA + onlyB + neither;
  const rightA = bothRight + onlyA, rightB = bothRight + onlyB;
  const a = rightA / trials, b = rightB / trials;
  const [lowA, highA] = wilsonInterval(rightA, trials);
  const [lowB, highB] = wilsonInterval(rightB, trials);
  const phi = correlation(counts, trials);
  const reach = (x: number, y: number) => Math.sqrt(x * x - 2 * phi * x * y + y * y);
  return [a - b - reach(a - lowA, highB - b), a - b + reach(highA - a, b - lowB)];
}

/** Newcombe's φ: brought towards 0 where it is positive, 0 where a margin is empty. */
function correlation(
  { bothRight, onlyA, onlyB, neither }: PairedCounts,
  trials: number,
): number {
  const margins = (bothRight + onlyA) * (onlyB + neither) * (bothRight + onlyB) * (onlyA + neither);
  if (margins === 0) return 0;
  const excess = bothRight * neither - onlyA * onlyB;
  return (excess > 0 ? Math.max(0, excess - trials / 2) : excess) / Math.sqrt(margins);
}
