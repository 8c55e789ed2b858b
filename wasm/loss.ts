// Cross-entropy over the vocabulary (V a multiple of 4), its gradient, and per-row likelihoods.

import { exp4 } from "./math32";
import { log64 } from "./math64";
import { rowMax, sum16, tree16 } from "./reduce";

/** e ← exp(logits − max) in place; returns Σe by the 16-lane rule. */
// @ts-ignore: decorator
@inline
function exponentiate(row: usize, top: f32, V: i32): f32 {
  const peak = f32x4.splat(top);
  const end = <usize>V << 2;
  for (let i: usize = 0; i < end; i += 16) {
    v128.store(row + i, exp4(f32x4.sub(v128.load(row + i), peak)));
  }
  return sum16(row, V);
}

/**
 * nll[r] = log Σ exp(l − max) − (l[target] − max) in nats, binary32; 0 where target < 0.
 * The logits are left as exp(l − max).
 */
export function negativeLogLikelihood(
  nll: usize, logits: usize, targets: usize, r0: i32, r1: i32, V: i32,
): void {
  for (let r = r0; r < r1; r++) {
    const target = load<i32>(targets + (<usize>r << 2));
    const row = logits + (<usize>(r * V) << 2);
    if (target < 0) {
      store<f32>(nll + (<usize>r << 2), 0);
      continue;
    }
    const top = rowMax(row, V);
    const score = load<f32>(row + (<usize>target << 2)) - top;
    const total = exponentiate(row, top, V);
    store<f32>(nll + (<usize>r << 2), <f32>log64(<f64>total) - score);
  }
}

/** Σ exp(l[i] − top) by the 16-lane rule, nothing written. */
function sumOfExps(row: usize, top: f32, V: i32): f32 {
  const peak = f32x4.splat(top);
  let a = f32x4.splat(0), b = f32x4.splat(0), c = f32x4.splat(0), d = f32x4.splat(0);
  for (let i = 0; i < V; i += 16) {
    const at = row + (<usize>i << 2);
    a = f32x4.add(a, exp4(f32x4.sub(v128.load(at), peak)));
    if (i + 4 < V) b = f32x4.add(b, exp4(f32x4.sub(v128.load(at, 16), peak)));
    if (i + 8 < V) c = f32x4.add(c, exp4(f32x4.sub(v128.load(at, 32), peak)));
    if (i + 12 < V) d = f32x4.add(d, exp4(f32x4.sub(v128.load(at, 48), peak)));
  }
  return tree16(a, b, c, d);
}

/**
 * l[i] ← (l[i] − max) − log Σ exp(l − max): log-probabilities in nats, binary32, each −nll of its id.
 * logits [rows, V]; rows [r0, r1).
 */
export function logProbabilities(logits: usize, r0: i32, r1: i32, V: i32): void {
  const end = <usize>V << 2;
  for (let r = r0; r < r1; r++) {
    const row = logits + (<usize>(r * V) << 2);
    const top = rowMax(row, V);
    const peak = f32x4.splat(top), total = f32x4.splat(<f32>log64(<f64>sumOfExps(row, top, V)));
    for (let i: usize = 0; i < end; i += 16) {
      v128.store(row + i, f32x4.sub(f32x4.sub(v128.load(row + i), peak), total));
    }
  }
}

/**
 * As `negativeLogLikelihood`, and logits ← dlogits = (p·(1 + twoZ·log Z) − onehot)·scale, p = e / Σe, log Z = log Σe + max;
 * rows without target become 0. `scale` is 1 / number of scored targets; `twoZ` twice the coefficient
 * of z-loss (Chowdhery et al. 2022, PaLM, section 5), which `nll` leaves out; with 0 it changes no bit.
 */
export function crossEntropyBackward(
  nll: usize, logits: usize, targets: usize, scale: f32, twoZ: f32, r0: i32, r1: i32, V: i32,
): void {
  const factor = f32x4.splat(scale);
  const end = <usize>V << 2;
  for (let r = r0; r < r1; r++) {
    const target = load<i32>(targets + (<usize>r << 2));
    const row = logits + (<usize>(r * V) << 2);
    if (target < 0) {
      store<f32>(nll + (<usize>r << 2), 0);
      memory.fill(row, 0, end);
      continue;
    }
    const top = rowMax(row, V);
    const score = load<f32>(row + (<usize>target << 2)) - top;
    const total = exponentiate(row, top, V);
    const logTotal = <f32>log64(<f64>total);
    store<f32>(nll + (<usize>r << 2), logTotal - score);
    const divisor = f32x4.splat(total), pull = f32x4.splat(1 + twoZ * (logTotal + top));
    for (let i: usize = 0; i < end; i += 16) {
      v128.store(row + i, f32x4.mul(f32x4.div(v128.load(row + i), divisor), pull));
    }
    const hit = row + (<usize>target << 2);
    store<f32>(hit, load<f32>(hit) - 1);
    for (let i: usize = 0; i < end; i += 16) {
      v128.store(row + i, f32x4.mul(v128.load(row + i), factor));
    }
  }
}

/** Σ x[i] in binary64, i ascending. */
export function sumFloat64(x: usize, n: i32): f64 {
  let total: f64 = 0;
  for (let i = 0; i < n; i++) total += <f64>load<f32>(x + (<usize>i << 2));
  return total;
}
