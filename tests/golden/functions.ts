// Digests of every function of exact/1 over a grid that reaches each of its branches.

import { bytesOf } from "../../lib/bytes.ts";
import { Arena } from "../../lib/engine/kernels.ts";
import { layOutProducts, multiply, packWeights } from "../../lib/engine/products.ts";
import type { Quantized } from "../../lib/engine/quantize.ts";
import { sha256Hex } from "../../lib/hash.ts";

const POINTS = 16384;

/** POINTS numbers from `from` in equal steps, `to` left out. */
function grid(from: number, to: number): Float64Array {
  return Float64Array.from({ length: POINTS }, (_, i) => from + (to - from) * i / POINTS);
}

/** SHA-256 of each function's values. */
export async function functionDigests(binary: Uint8Array): Promise<Record<string, string>> {
  const module = await WebAssembly.compile(binary as Uint8Array<ArrayBuffer>);
  const arena = new Arena(module, 2 ** 20);
  const { expArray, erfArray, exp64, log64, cosPi, circle } = arena.kernels;
  const x = arena.alloc4(POINTS), y = arena.alloc4(POINTS);
  const zeros = arena.alloc4(POINTS), ones = arena.alloc4(64);
  const vector = (kernel: typeof expArray, from: number, to: number) => {
    arena.floats(x, POINTS).set(grid(from, to));
    kernel(y, x, POINTS);
    return arena.floats(y, POINTS).slice();
  };
  /** Rows of 64 logits. */
  const logProbabilities = () => {
    arena.floats(x, POINTS).set(grid(-20, 20).map((value, i) => i % 7 * value));
    arena.kernels.logProbabilities(x, 0, POINTS / 64, 64);
    return arena.floats(x, POINTS).slice();
  };
  /** Rows of 64, an epsilon that counts. */
  const normWith = (centred: boolean) => {
    arena.floats(x, POINTS).set(grid(-2, 3).map((value, i) => value / (1 + i % 5)));
    arena.floats(ones, 64).fill(1);
    arena.kernels.normWith(y, x, ones, zeros, 0, POINTS / 64, 64, 0.01, centred);
    return arena.floats(y, POINTS).slice();
  };
  /** [16, 96] times [96, 20]: two groups of four-bit weights. */
  const quantizedProduct = (arithmetic: Quantized) => {
    const [m, n, k] = [16, 20, 96],
      own = layOutProducts((b) => arena.alloc(b), arena.kernels, arithmetic, k);
    arena.floats(x, m * k).set(grid(-9, 9).subarray(0, m * k).map((value, i) => i % 11 * value));
    arena.floats(y, k * n).set(grid(-2, 3).subarray(0, k * n).map((value, i) => i % 13 * value));
    const packed = packWeights(arena, arithmetic, [y, n, 1], k, n), c = arena.alloc4(m * n);
    multiply(arena.kernels, arithmetic, own, c, x, packed, m, n, k, 0, n);
    return arena.floats(c, m * n).slice();
  };
  const silu = () => {
    const slope = arena.alloc4(POINTS);
    arena.floats(x, POINTS).set(grid(-95, 95));
    arena.kernels.siluArray(y, slope, x, POINTS);
    return Float32Array.of(...arena.floats(y, POINTS), ...arena.floats(slope, POINTS));
  };
  /** 512 positions of heads of 32 columns. */
  const rotaryTable = () => {
    arena.kernels.rotaryTable(y, POINTS / 32, 32, 10_000);
    return arena.floats(y, POINTS).slice();
  };
  const values = {
    exp32: vector(expArray, -90, 90),
    erf32: vector(erfArray, -5, 5),
    exp64: grid(-720, 720).map(exp64),
    log64: grid(2 ** -30, 60).map(log64),
    cosPi: grid(0, 1).map(cosPi),
    cosine: grid(0, 2 ** 32).map((u) => circle(u, false)),
    sine: grid(0, 2 ** 32).map((u) => circle(u, true)),
    logProbabilities: logProbabilities(),
    geluTanh: vector((y, x, n) => arena.kernels.biasGeluTanh(y, x, zeros, 0, 1, n), -12, 12),
    normWithCentred: normWith(true),
    normWithRoot: normWith(false),
    int8: quantizedProduct("int8"),
    int4: quantizedProduct("int4"),
    silu: silu(),
    rotaryTable: rotaryTable(),
  };
  const digests: Record<string, string> = {};
  for (const [name, array] of Object.entries(values)) {
    digests[name] = await sha256Hex(bytesOf(array));
  }
  return digests;
}
