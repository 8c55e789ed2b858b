// Finds which of many n-grams stand in a stream of symbols, and where. Rolling hashes (Karp and Rabin
// 1987) pick candidates, comparison decides: a hash never says more than that it is worth a look.

const BASE = 0x2c9277b5;
const SPREAD = 0x9e3779b1;
/** Bits of the filter for each gram: one miss in so many passes it. */
const FILTER_BITS_PER_GRAM = 16;

/** A gram nobody has met. */
export const NOT_MET = -1;

/** The distinct n-grams of some sequences of symbols (whole numbers of 32 bits). */
export class GramIndex {
  readonly n: number;
  /** Distinct grams. */
  readonly count: number;
  /** For each sequence, the number of the gram at each place; none where it is shorter than n. */
  readonly gramsOf: readonly Int32Array[];
  /** By gram: where it began when first met, and where it ended when last met; or NOT_MET. */
  readonly first: Float64Array;
  readonly last: Float64Array;
  /** n symbols of each gram. */
  readonly #symbols: Int32Array;
  readonly #hashes: Int32Array;
  /** Open addressing, linear probing; 0 is empty, else gram + 1. */
  readonly #table: Int32Array;
  readonly #filter: Int32Array;
  readonly #filterShift: number;
  /** By bit of the filter: grams behind it that nobody has met; null where all meetings count. */
  readonly #unmet: Uint16Array | null;
  /** BASE^n: what the symbol that leaves is worth. */
  readonly #leaving: number;

  /** @param once only a gram's first meeting counts: common ones then cost nothing. */
  constructor(n: number, sequences: readonly Int32Array[], { once = false } = {}) {
    this.n = n;
    this.#leaving = power(BASE, n);
    const most = sequences.reduce((sum, { length }) => sum + Math.max(0, length - n + 1), 0);
    this.#table = new Int32Array(powerOfTwoFrom(4 * most + 4));
    const filterBits = powerOfTwoFrom(FILTER_BITS_PER_GRAM * most + 1024);
    this.#filter = new Int32Array(filterBits / 32);
    this.#filterShift = Math.clz32(filterBits) + 1;
    this.#unmet = once ? new Uint16Array(filterBits) : null;
    this.#symbols = new Int32Array(most * n);
    this.#hashes = new Int32Array(most);
    let count = 0;
    this.gramsOf = sequences.map((sequence) =>
      Int32Array.from({ length: Math.max(0, sequence.length - n + 1) }, (_, at) => {
        const gram = this.#add(sequence, at, count);
        if (gram === count) count++;
        return gram;
      })
    );
    this.count = count;
    this.first = new Float64Array(count).fill(NOT_MET);
    this.last = new Float64Array(count).fill(NOT_MET);
  }

  /** The gram at `at`, which is `next` when it is new. */
  #add(sequence: Int32Array, at: number, next: number): number {
    let hash = 0;
    for (let i = 0; i < this.n; i++) hash = Math.imul(hash, BASE) + sequence[at + i] | 0;
    const mask = this.#table.length - 1;
    let slot = this.#slot(hash);
    for (; this.#table[slot] !== 0; slot = (slot + 1) & mask) {
      if (this.#equals(this.#table[slot] - 1, hash, sequence, at)) return this.#table[slot] - 1;
    }
    this.#table[slot] = next + 1;
    this.#hashes[next] = hash;
    this.#symbols.set(sequence.subarray(at, at + this.n), next * this.n);
    const bit = spread(hash) >>> this.#filterShift;
    this.#filter[bit >>> 5] |= 1 << (bit & 31);
    if (this.#unmet) this.#unmet[bit]++;
    return next;
  }

  #slot(hash: number): number {
    return (spread(hash) ^ hash) & (this.#table.length - 1);
  }

  #equals(gram: number, hash: number, sequence: Int32Array, at: number): boolean {
    if (this.#hashes[gram] !== hash) return false;
    const from = gram * this.n;
    for (let i = 0; i < this.n; i++) {
      if (this.#symbols[from + i] !== sequence[at + i]) return false;
    }
    return true;
  }

  /**
   * Notes every gram that ends in symbols[from, to). Symbols before `from`, back to `start`, are
   * those that stand before in the stream; n − 1 of them are enough.
   *
   * @param begins place of each symbol's first byte in the corpus, `lasts` of its last.
   * @param onMeet called with each gram met and the index of its last symbol.
   */
  search(
    symbols: Int32Array,
    { start, from, to }: { start: number; from: number; to: number },
    begins: Float64Array,
    lasts: Float64Array,
    onMeet?: (gram: number, lastSymbol: number) => void,
  ): void {
    const { n } = this;
    const filter = this.#filter, shift = this.#filterShift, leaving = this.#leaving;
    const begin = Math.max(start, from - n + 1);
    let hash = 0;
    const warm = Math.min(begin + n - 1, to);
    for (let i = begin; i < warm; i++) hash = Math.imul(hash, BASE) + symbols[i] | 0;
    if (begin + n - 1 >= to) return;
    for (let i = begin + n - 1; i < to; i++) {
      const left = i - n >= begin ? symbols[i - n] : 0;
      hash = Math.imul(hash, BASE) + symbols[i] - Math.imul(left, leaving) | 0;
      const bit = spread(hash) >>> shift;
      if ((filter[bit >>> 5] >>> (bit & 31) & 1) === 0) continue;
      const gram = this.#find(hash, symbols, i - n + 1);
      if (gram === NOT_MET) continue;
      if (this.first[gram] === NOT_MET) {
        this.first[gram] = begins[i - n + 1];
        if (this.#unmet && --this.#unmet[bit] === 0) filter[bit >>> 5] &= ~(1 << (bit & 31));
      }
      this.last[gram] = lasts[i];
      onMeet?.(gram, i);
    }
  }

  #find(hash: number, symbols: Int32Array, at: number): number {
    const mask = this.#table.length - 1;
    for (let slot = this.#slot(hash); this.#table[slot] !== 0; slot = (slot + 1) & mask) {
      if (this.#equals(this.#table[slot] - 1, hash, symbols, at)) return this.#table[slot] - 1;
    }
    return NOT_MET;
  }
}

/** The upper bits of the result depend on all bits of `hash`. */
function spread(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), SPREAD);
}

function power(base: number, exponent: number): number {
  let result = 1;
  for (let i = 0; i < exponent; i++) result = Math.imul(result, base);
  return result;
}

function powerOfTwoFrom(least: number): number {
  let size = 1;
  while (size < least) size *= 2;
  return size;
}
