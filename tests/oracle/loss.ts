// Cross-entropy over the vocabulary and its gradient.

import { exp32 } from "./exp_erf.ts";
import { log64 } from "./exact64.ts";
import { f32 } from "./float_bits.ts";
import { largest, sumRow } from "./reduce.ts";

/** nll = log Σ exp(l − max) − (l[target] − max), nats; 0 without target. */
export function negativeLogLikelihood(logits: Float32Array, target: number): number {
  if (target < 0) return 0;
  const top = largest(logits);
  const total = sumRow(logits.map((logit) => exp32(f32(logit - top))));
  return f32(f32(log64(total)) - f32(logits[target] - top));
}

/**
 * dlogits = (p − onehot)·scale; zeros without target. `scale` is binary32(1 / scored targets).
 * With z-loss, `twoZ` being binary32(2·coefficient), p is p·(1 + twoZ·log Z).
 */
export function crossEntropyBackward(
  logits: Float32Array,
  target: number,
  scale: number,
  twoZ?: number,
): Float32Array {
  if (target < 0) return new Float32Array(logits.length);
  const top = largest(logits);
  const e = logits.map((logit) => exp32(f32(logit - top)));
  const total = sumRow(e);
  const logZ = f32(f32(log64(total)) + top);
  return e.map((value, i) => {
    let p = f32(value / total);
    if (twoZ !== undefined) p = f32(p * f32(1 + f32(twoZ * logZ)));
    return f32((i === target ? f32(p - 1) : p) * scale);
  });
}

/** Σ values / scored in binary64, ascending. */
export function meanLoss(values: ArrayLike<number>, scored: number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum = sum + values[i];
  return sum / scored;
}
