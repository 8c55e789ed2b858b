// Philox4x32-10 (Salmon et al., SC 2011) and normal deviates by Box–Muller in binary64.

import { circle, log64 } from "./math64";

// @ts-ignore: decorator
@inline
const INIT_STREAM: u32 = 1;

/** out[0..3] ← Philox4x32-10 of the counter under the key; out is 16 bytes. */
export function philox(out: usize, key0: u32, key1: u32, c0: u32, c1: u32, c2: u32, c3: u32): void {
  for (let round = 0; round < 10; round++) {
    const p = <u64>c0 * 0xD2511F53, q = <u64>c2 * 0xCD9E8D57;
    const n0 = <u32>(q >> 32) ^ c1 ^ key0, n2 = <u32>(p >> 32) ^ c3 ^ key1;
    c1 = <u32>q;
    c3 = <u32>p;
    c0 = n0;
    c2 = n2;
    key0 += 0x9E3779B9;
    key1 += 0xBB67AE85;
  }
  store<u32>(out, c0);
  store<u32>(out, c1, 4);
  store<u32>(out, c2, 8);
  store<u32>(out, c3, 12);
}

/** √(−2·ln((u + 1)·2^−32)) */
// @ts-ignore: decorator
@inline
function radius(u: u32): f64 {
  return sqrt<f64>(-2.0 * log64((<f64>u + 1.0) * 2.3283064365386963e-10));
}

/**
 * x[i] = binary32(N(0, 1)·std) for i < n. Element i is number first + i of the seed's stream: block
 * (first + i) / 4, lanes 0 and 1 from words 0 and 1 (cosine, sine), 2 and 3 from words 2 and 3.
 */
export function fillNormal(
  x: usize, n: i32, first: u32, std: f64, key0: u32, key1: u32, scratch: usize,
): void {
  let block: u32 = 0xFFFFFFFF;
  for (let i = 0; i < n; i++) {
    const number = first + <u32>i;
    if (number >> 2 != block) {
      block = number >> 2;
      philox(scratch, key0, key1, block, 0, 0, INIT_STREAM);
    }
    const pair = scratch + (<usize>(number & 2) << 2);
    const z = radius(load<u32>(pair)) * circle(load<u32>(pair, 4), (number & 1) != 0);
    store<f32>(x + (<usize>i << 2), <f32>(z * std));
  }
}
