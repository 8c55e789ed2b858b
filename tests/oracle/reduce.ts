// The row reduction: sixteen interleaved partial sums, then a halving tree.

import { f32 } from "./float_bits.ts";

/** Σ terms, lane i mod 16 folds term i, then lane j takes in lane j + 8, j + 4, j + 2, j + 1. */
export function sumRow(terms: ArrayLike<number>): number {
  const lanes = new Array<number>(16).fill(0);
  for (let i = 0; i < terms.length; i++) lanes[i % 16] = f32(lanes[i % 16] + terms[i]);
  for (const half of [8, 4, 2, 1]) {
    for (let j = 0; j < half; j++) lanes[j] = f32(lanes[j] + lanes[j + half]);
  }
  return lanes[0];
}

/** Σ x·y by the row rule. */
export function dotRow(x: ArrayLike<number>, y: ArrayLike<number>): number {
  return sumRow(Array.from(x, (value, i) => f32(value * y[i])));
}

/** Σ (x − mean)² by the row rule. */
export function squaresRow(x: ArrayLike<number>, mean: number): number {
  return sumRow(Array.from(x, (value) => f32(f32(value - mean) * f32(value - mean))));
}

/** The largest element, n ≥ 1. */
export function largest(x: ArrayLike<number>): number {
  return Array.from(x).reduce((best, value) => Math.max(best, value));
}

/** out[i] = Σ_r x[r, i], rows ascending from +0. */
export function columnSums(x: Float32Array, rows: number, n: number): Float32Array {
  const out = new Float32Array(n);
  for (let r = 0; r < rows; r++) for (let i = 0; i < n; i++) out[i] = f32(out[i] + x[r * n + i]);
  return out;
}
