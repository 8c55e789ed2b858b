// Matrix products of a loaded model, in the arithmetic it was loaded for.

import type { Arena, Kernels } from "./kernels.ts";
import {
  type Arithmetic,
  groupOf,
  paddedColumns,
  panelBytes,
  quantizeMatrix,
  scaleBytes,
} from "./quantize.ts";

/** Rows quantised at a time. */
const BLOCK_ROWS = 64;

/** What a thread needs for itself to multiply. */
export interface ProductScratch {
  scratch: number;
  numbers: number; // int16 [BLOCK_ROWS, widest]
  scales: number; // [BLOCK_ROWS]
}

/** Reserves it, for folds of up to `widest` terms. */
export function layOutProducts(
  alloc: (bytes: number) => number,
  kernels: Kernels,
  arithmetic: Arithmetic,
  widest: number,
): ProductScratch {
  const rows = arithmetic === "exact" ? 0 : BLOCK_ROWS;
  return {
    scratch: alloc(kernels.gemmScratchBytes(8, 256)),
    numbers: alloc(2 * rows * widest),
    scales: alloc(4 * rows),
  };
}

/** Packs b [k, n] (strides in elements) and returns where it stands. */
export function packWeights(
  arena: Arena,
  arithmetic: Arithmetic,
  [b, rs, cs]: [pointer: number, rowStride: number, columnStride: number],
  k: number,
  n: number,
): number {
  if (arithmetic === "exact") {
    const packed = arena.alloc(arena.kernels.packedBytes(k, n));
    arena.kernels.packB(packed, b, rs, cs, k, n);
    return packed;
  }
  const weights = arena.floats(b, k * n).slice();
  const { scales, bytes } = quantizeMatrix(arithmetic, (i, j) => weights[i * rs + j * cs], k, n);
  const packed = arena.alloc(4 * scales.length + bytes.length);
  arena.floats(packed, scales.length).set(scales);
  new Uint8Array(arena.memory.buffer, packed + 4 * scales.length, bytes.length).set(bytes);
  return packed;
}

/** c [m, width] = a [m, k] · w [k, width], columns [j0, j1) from a multiple of 8 on. */
// deno-fmt-ignore
export function multiply(kernels: Kernels, arithmetic: Arithmetic, own: ProductScratch,
  c: number, a: number, w: number, m: number, width: number, k: number, j0: number, j1: number): void {
  if (arithmetic === "exact") {
    // A panel is 8 columns of k elements.
    kernels.gemmPacked(c + 4 * j0, width, a, k, w + 4 * j0 * k, m, j1 - j0, k, own.scratch);
    return;
  }
  const gemm = arithmetic === "int8" ? kernels.gemmInt8 : kernels.gemmInt4;
  const numbers = w + scaleBytes(arithmetic, k, width) + j0 / 8 * panelBytes(arithmetic, k);
  for (let r = 0; r < m; r += BLOCK_ROWS) {
    const rows = Math.min(BLOCK_ROWS, m - r);
    kernels.quantizeRows(own.numbers, own.scales, a + 4 * r * k, rows, k);
    gemm(c + 4 * (r * width + j0), width, own.numbers, own.scales, numbers, w + 4 * j0,
      paddedColumns(width), rows, j1 - j0, k, groupOf(arithmetic, k));
  }
}
