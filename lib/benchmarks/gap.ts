// The difference of two proportions, with its interval: how much better a model is on public trials
// than on sealed ones of the same kind.

import { wilsonInterval } from "./statistics.ts";

/** Quantile of the standard normal distribution for an interval of 1 − 10^-6. */
const STRICT_Z = 4.89163847569859;

export interface Proportion {
  correct: number;
  /** At least 1. */
  trials: number;
}

/** In percentage points, positive when the public trials went better. */
export interface Gap {
  gap: number;
  /** 95 % interval. */
  interval: [number, number];
  /** The interval of 1 − 10^-6 is above 0: chance does that to fewer than one model in a million. */
  memorised: boolean;
}

/**
 * Hybrid score interval of p − q for independent samples (Newcombe 1998, Statistics in Medicine 17,
 * 873–890, method 10): p − q − √((p − l_p)² + (u_q − q)²) to p − q + √((u_p − p)² + (q − l_q)²),
 * with l and u the ends of each one's Wilson interval.
 */
export function differenceInterval(a: Proportion, b: Proportion, z?: number): [number, number] {
  const [p, q] = [a, b].map(({ correct, trials }) => correct / trials);
  const [lowP, highP] = wilsonInterval(a.correct, a.trials, z);
  const [lowQ, highQ] = wilsonInterval(b.correct, b.trials, z);
  const distance = (x: number, y: number) => Math.sqrt(x * x + y * y);
  return [p - q - distance(p - lowP, highQ - q), p - q + distance(highP - p, q - lowQ)];
}

/** What the public trials say against the sealed ones. */
export function twinGap(open: Proportion, sealed: Proportion): Gap {
  const [low, high] = differenceInterval(open, sealed);
  const [strictLow] = differenceInterval(open, sealed, STRICT_Z);
  return {
    gap: 100 * open.correct / open.trials - 100 * sealed.correct / sealed.trials,
    interval: [100 * low, 100 * high],
    memorised: strictLow > 0,
  };
}
