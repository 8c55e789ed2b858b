// Matrix products: every element one fold over k ascending, multiply rounded, then add rounded.

import { f32 } from "./float_bits.ts";

export type Element = (row: number, column: number) => number;

/** Σ_k a(k)·b(k), k from `from` to `to` − 1, beginning at `start`. */
export function fold(
  from: number,
  to: number,
  a: (k: number) => number,
  b: (k: number) => number,
  start = 0,
): number {
  let sum = start;
  for (let k = from; k < to; k++) sum = f32(sum + f32(a(k) * b(k)));
  return sum;
}

/** c[m, n] = Σ_k a(i, k)·b(k, j); `start` holds folds begun earlier. */
export function product(
  [m, n, k]: readonly [number, number, number],
  a: Element,
  b: Element,
  start?: Float32Array,
): Float32Array<ArrayBuffer> {
  const c = new Float32Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      c[i * n + j] = fold(0, k, (t) => a(i, t), (t) => b(t, j), start?.[i * n + j]);
    }
  }
  return c;
}

/** Element (row, column) of a row-major matrix with this many columns. */
export function rowMajor(values: ArrayLike<number>, columns: number): Element {
  return (row, column) => values[row * columns + column];
}

/** Element (row, column) of the transpose of a row-major matrix. */
export function transposed(values: ArrayLike<number>, columns: number): Element {
  return (row, column) => values[column * columns + row];
}
