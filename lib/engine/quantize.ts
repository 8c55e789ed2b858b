// Weights as whole numbers with scales, for the arithmetics int8/1 and int4/1 (docs/exactness.md).
// Knows how the kernels of wasm/quantized.ts want them packed, no model.

/** How the matrix products of a loaded model are computed. Only "exact" is ranked. */
export const ARITHMETICS = ["exact", "int8", "int4"] as const;
export type Arithmetic = typeof ARITHMETICS[number];
export type Quantized = Exclude<Arithmetic, "exact">;

/** Largest magnitude of a quantised weight, and terms of a fold that share a scale; 0 is all. */
const RULES = { int8: { most: 127, group: 0 }, int4: { most: 7, group: 64 } };

/** Columns of a panel. */
const PANEL = 8;

/** A matrix [k, n] as the kernels read it. */
export interface QuantizedMatrix {
  /** float32 [groups, columns], columns being n rounded up to 8. */
  scales: Float32Array;
  bytes: Uint8Array;
}

/** Terms that share a scale in a fold of k. */
export function groupOf(arithmetic: Quantized, k: number): number {
  return RULES[arithmetic].group || k;
}

/** Columns with those that fill the last panel up. */
export function paddedColumns(n: number): number {
  return Math.ceil(n / PANEL) * PANEL;
}

/** Bytes of the scales of a matrix [k, n]; the numbers follow. */
export function scaleBytes(arithmetic: Quantized, k: number, n: number): number {
  return 4 * Math.ceil(k / groupOf(arithmetic, k)) * paddedColumns(n);
}

/** Bytes of one panel of k terms. */
export function panelBytes(arithmetic: Quantized, k: number): number {
  return arithmetic === "int8" ? PANEL * k : PANEL * k / 2;
}

/** Element [i, j] of a matrix. */
export type Elements = (i: number, j: number) => number;

/**
 * Packs a matrix [k, n], k and n multiples of 4. Of each group of terms in a column: scale =
 * max|w|/most in binary32, number = w/scale in binary32, to the nearest integer, ties to even.
 */
export function quantizeMatrix(
  arithmetic: Quantized,
  at: Elements,
  k: number,
  n: number,
): QuantizedMatrix {
  const { most } = RULES[arithmetic], group = groupOf(arithmetic, k), columns = paddedColumns(n);
  const scales = new Float32Array(Math.ceil(k / group) * columns);
  const bytes = new Uint8Array(columns / PANEL * panelBytes(arithmetic, k));
  // Columns beyond n are zeros, too: a four-bit zero is 8.
  if (arithmetic === "int4") bytes.fill(0x88);
  for (let j = 0; j < n; j++) {
    for (let from = 0; from < k; from += group) {
      const to = Math.min(k, from + group);
      let largest = 0;
      for (let i = from; i < to; i++) largest = Math.max(largest, Math.abs(at(i, j)));
      const scale = Math.fround(largest / most);
      scales[from / group * columns + j] = scale;
      if (scale === 0) continue;
      for (let i = from; i < to; i++) {
        put(arithmetic, bytes, i, j, k, roundEven(Math.fround(at(i, j) / scale)));
      }
    }
  }
  return { scales, bytes };
}

/** Writes number `q` of row i and column j; k rows. */
function put(
  arithmetic: Quantized,
  bytes: Uint8Array,
  i: number,
  j: number,
  k: number,
  q: number,
): void {
  const panel = Math.floor(j / PANEL) * panelBytes(arithmetic, k);
  const quad = Math.floor(i / 4), inPair = 2 * (j % PANEL) + i % 2, isSecond = i % 4 >= 2;
  if (arithmetic === "int8") {
    bytes[panel + 32 * quad + (isSecond ? 16 : 0) + inPair] = q;
  } else {
    const place = panel + 16 * quad + inPair, other = isSecond ? 0x0f : 0xf0;
    bytes[place] = bytes[place] & other | (q + 8) << (isSecond ? 4 : 0);
  }
}

/** x to the nearest integer, ties to even, |x| < 2^51. */
function roundEven(x: number): number {
  const shift = 6755399441055744; // 1.5 · 2^52
  return (x + shift) - shift;
}
