// Numbers for comparing bits: deterministic, of many magnitudes, so that every rounding counts.

import assert from "node:assert/strict";
import { CounterRandom } from "../../lib/corpora/philox.ts";

/** `count` binary32 of both signs between 2^−`spread` and 2^`spread`, some of them ±0. */
export function noise(count: number, seed: number, spread = 6): Float32Array<ArrayBuffer> {
  const random = new CounterRandom(seed, { stream: 99, step: 0, row: count });
  return Float32Array.from({ length: count }, () => {
    const sign = random.below(2) ? 1 : -1;
    if (random.below(40) === 0) return sign * 0;
    const mantissa = 1 + random.below(2 ** 23) / 2 ** 23;
    return sign * mantissa * 2 ** (random.below(2 * spread) - spread);
  });
}

/** `count` integers from 0 to `below` − 1. */
export function ids(count: number, seed: number, below: number): Int32Array<ArrayBuffer> {
  const random = new CounterRandom(seed, { stream: 98, step: 0, row: count });
  return Int32Array.from({ length: count }, () => random.below(below));
}

/** Fails on the first element whose bits differ. */
export function assertSameBits(got: Float32Array, expected: Float32Array, what: string): void {
  assert.equal(got.length, expected.length, `${what}: length`);
  const a = new Uint32Array(got.slice().buffer), b = new Uint32Array(expected.slice().buffer);
  const i = a.findIndex((word, at) => word !== b[at]);
  if (i >= 0) {
    assert.fail(
      `${what}: element ${i} of ${a.length} is ${got[i]} (${a[i].toString(16)}), ` +
        `expected ${expected[i]} (${b[i].toString(16)})`,
    );
  }
}

/** Fails unless both are the same binary64. */
export function assertSame64(got: number, expected: number, what: string): void {
  assert.ok(Object.is(got, expected), `${what}: got ${got}, expected ${expected}`);
}
