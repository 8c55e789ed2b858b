// Philox4x32-10, the counter-based generator of contract exact/1. Knows no data and no step order.
// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.

/** Last counter word: what the random numbers are for. Equal seeds never share numbers across uses. */
export const STREAM = {
  /** Initial weights, drawn inside WebAssembly; index = block. */
  init: 1,
  /** Which source and which offset a row of a batch takes; index = row. */
  batch: 2,
  /** Token sampling. */
  sampling: 3,
  /** Resamples behind confidence intervals. */
  bootstrap: 4,
  /** Content of generated examples; index = (block, row). */
  generator: 5,
  /** Texts of the probes; index = row. */
  probe: 6,
} as const;

const ROUNDS = 10;

/** High 32 bits of the 64-bit product of two uint32, by 16-bit halves (no product passes 2^32). */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff, aHigh = a >>> 16;
  const bLow = b & 0xffff, bHigh = b >>> 16;
  const lowHigh = aLow * bHigh;
  const highLow = aHigh * bLow;
  const middle = ((aLow * bLow) >>> 16) + (lowHigh & 0xffff) + (highLow & 0xffff);
  return (aHigh * bHigh + (lowHigh >>> 16) + (highLow >>> 16) + (middle >>> 16)) >>> 0;
}

/**
 * Writes four uint32 to `out`: a function of the 64-bit key and the 128-bit counter alone.
 * exact/1 fills the counter as (index low, index high, step, stream).
 */
export function philox(
  key0: number,
  key1: number,
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  out: Uint32Array,
): void {
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(0xd2511f53, c0 >>> 0);
    const low0 = Math.imul(0xd2511f53, c0);
    const high1 = multiplyHigh(0xcd9e8d57, c2 >>> 0);
    const low1 = Math.imul(0xcd9e8d57, c2);
    c0 = high1 ^ c1 ^ key0;
    c1 = low1;
    c2 = high0 ^ c3 ^ key1;
    c3 = low0;
    key0 = (key0 + 0x9e3779b9) | 0;
    key1 = (key1 + 0xbb67ae85) | 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** The Philox key of a seed: its low and high 32 bits. `seed` is a non-negative safe integer. */
export function seedKey(seed: number): [number, number] {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`Expected a seed from 0 to ${Number.MAX_SAFE_INTEGER}, got ${seed}`);
  }
  return [seed >>> 0, Math.floor(seed / 0x100000000)];
}

/**
 * floor(word · n / 2^32): maps a uint32 to 0..n−1 by multiply-high, exact for 1 ≤ n ≤ 2^32.
 * The halves of `word` keep every product below 2^49, so binary64 holds them exactly.
 */
export function uniformBelow(word: number, n: number): number {
  const low = Math.floor((word & 0xffff) * n / 0x10000);
  return Math.floor(((word >>> 16) * n + low) / 0x10000);
}

/** The numbers of one (seed, stream, step, row), taken one after another. */
export class CounterRandom {
  #key: [number, number];
  #stream: number;
  #step: number;
  #row: number;
  #block = 0;
  #used = 4;
  #words = new Uint32Array(4);

  constructor(seed: number, place: { stream: number; step: number; row: number }) {
    this.#key = seedKey(seed);
    this.#stream = place.stream;
    this.#step = place.step;
    this.#row = place.row;
  }

  /** The next uint32. */
  next(): number {
    if (this.#used === 4) {
      const [key0, key1] = this.#key;
      philox(key0, key1, this.#block++, this.#row, this.#step, this.#stream, this.#words);
      this.#used = 0;
    }
    return this.#words[this.#used++];
  }

  /** The next number in 0..n−1. */
  below(n: number): number {
    return uniformBelow(this.next(), n);
  }
}
