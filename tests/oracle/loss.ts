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

/** dlogits = (p − onehot)·scale; zeros without target. `scale` is binary32(1 / scored targets). */
export function crossEntropyBackward(
  logits: Float32Array,
  target: number,
  scale: number,
): Float32Array {
  if (target < 0) return new Float32Array(logits.length);
  const top = largest(logits);
  const e = logits.map((logit) => exp32(f32(logit - top)));
  const total = sumRow(e);
  return e.map((value, i) => {
    const p = f32(value / total);
    return f32((i === target ? f32(p - 1) : p) * scale);
  });
}

/** Σ values / scored in binary64, ascending. */
export function meanLoss(values: ArrayLike<number>, scored: number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum = sum + values[i];
  return sum / scored;
}
