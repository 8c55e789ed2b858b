// Philox4x32-10 in whole integers, and normal deviates by Box–Muller in binary64.

import { circle, log64 } from "./exact64.ts";
import { f32 } from "./float_bits.ts";

const WORD = 0xffffffffn;

/** Four uint32 of the counter (c0, c1, c2, c3) under the key. */
export function philox(key: [number, number], counter: readonly number[]): number[] {
  let [k0, k1] = key.map(BigInt);
  let [c0, c1, c2, c3] = counter.map(BigInt);
  for (let round = 0; round < 10; round++) {
    const p = 0xd2511f53n * c0, q = 0xcd9e8d57n * c2;
    [c0, c1, c2, c3] = [(q >> 32n) ^ c1 ^ k0, q & WORD, (p >> 32n) ^ c3 ^ k1, p & WORD];
    k0 = (k0 + 0x9e3779b9n) & WORD;
    k1 = (k1 + 0xbb67ae85n) & WORD;
  }
  return [c0, c1, c2, c3].map(Number);
}

/** Low and high word of a seed. */
export function keyOf(seed: number): [number, number] {
  return [Number(BigInt(seed) & WORD), Number(BigInt(seed) >> 32n)];
}

/** Normal deviate number `index` of the seed's initial weights, times `std`, binary32. */
export function initialWeight(seed: number, index: number, std: number): number {
  const words = philox(keyOf(seed), [Math.floor(index / 4), 0, 0, 1]);
  const [a, b] = index % 4 < 2 ? words : words.slice(2);
  const radius = Math.sqrt(-2 * log64((a + 1) * 2 ** -32));
  return f32(radius * circle(b, index % 2 === 1) * std);
}
