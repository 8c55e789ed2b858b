// Numbers of a secret seed of 256 bits: SHA-256 in counter mode, so that no number gives the seed
// away. Philox' key has 64 bits, which can be tried out.

import { concatBytes, uint32le, utf8 } from "../bytes.ts";
import { IntegrityError } from "../errors.ts";
import { sha256Now } from "../hash.ts";
import { uniformBelow } from "./philox.ts";

export const SEED_BYTES = 32;
const WORDS = 8;

/**
 * The numbers of (seed, purpose), one after another: block i is
 * SHA-256("seed/v1" | seed | purpose | i as uint32), read as 8 uint32, all little-endian.
 */
export class SeedRandom {
  readonly #prefix: Uint8Array;
  #block = 0;
  #used = WORDS;
  #words = new DataView(new ArrayBuffer(0));

  /** @throws {IntegrityError} when the seed has not 32 bytes. */
  constructor(seed: Uint8Array, purpose: string) {
    if (seed.length !== SEED_BYTES) {
      throw new IntegrityError(`Expected a seed of ${SEED_BYTES} bytes, got ${seed.length}`);
    }
    this.#prefix = concatBytes([utf8("seed/v1"), seed, utf8(purpose)]);
  }

  /** The next uint32. */
  next(): number {
    if (this.#used === WORDS) {
      this.#words = new DataView(sha256Now(this.#prefix, uint32le(this.#block++)).buffer);
      this.#used = 0;
    }
    return this.#words.getUint32(4 * this.#used++, true);
  }

  /** The next number in 0..n−1. */
  below(n: number): number {
    return uniformBelow(this.next(), n);
  }
}
