// 95 % intervals. Deterministic: square roots and counter-based integers only.

import { CounterRandom, STREAM } from "../corpora/philox.ts";

/** 97.5 % quantile of the standard normal distribution. */
const Z = 1.959963984540054;
export const RESAMPLES = 1000;

/** Wilson score interval (Wilson 1927) of a proportion, both ends in 0..1. `trials` ≥ 1. */
export function wilsonInterval(successes: number, trials: number): [number, number] {
  const p = successes / trials;
  const z2 = Z * Z;
  const scale = 1 + z2 / trials;
  const center = (p + z2 / (2 * trials)) / scale;
  const half = Z * Math.sqrt(p * (1 - p) / trials + z2 / (4 * trials * trials)) / scale;
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
  const means = Array.from({ length: RESAMPLES }, (_, resample) => {
    const random = new CounterRandom(seed, { stream: STREAM.bootstrap, step: resample, row: 0 });
    let sum = 0, count = 0;
    for (let draw = 0; draw < clusters.length; draw++) {
      const cluster = clusters[random.below(clusters.length)];
      sum += cluster.sum;
      count += cluster.count;
    }
    return sum / count;
  }).sort((a, b) => a - b);
  return [means[24], means[RESAMPLES - 25]];
}
