// Counts of byte n-grams in a text, as a trie. Knows no probability.

import { ValidationError } from "../errors.ts";

/** Node of the empty string. */
export const ROOT = 0;
/** No such string in the text. */
export const NONE = -1;
/** Keys of the hash table hold a node and a byte in 31 bits. */
const MAX_NODES = 2 ** 23;

/**
 * Every string of at most `order` bytes in a text is a node, with how often a byte follows it
 * there (`total`) and how many different ones (`types`). A node's own count is in `count`.
 */
export class NgramCounts {
  readonly order: number;
  count = new Int32Array(1 << 16);
  total = new Int32Array(1 << 16);
  types = new Int32Array(1 << 16);
  /** Strings counted, the empty one among them. */
  size = 1;
  /** How many of them have k bytes, at index k. */
  readonly sizes: Int32Array;
  /** Open addressing: key + 1 (0 is free) and node. */
  #keys = new Int32Array(1 << 18);
  #nodes = new Int32Array(1 << 18);

  /** @throws {ValidationError} when the text holds more different strings than fit. */
  constructor(text: Uint8Array, order: number) {
    this.order = order;
    this.sizes = new Int32Array(order + 1);
    this.sizes[0] = 1;
    // suffixes[k]: node of the k bytes before this one.
    const suffixes = new Int32Array(order).fill(NONE);
    suffixes[0] = ROOT;
    for (const byte of text) {
      for (let k = order - 1; k >= 0; k--) {
        if (suffixes[k] === NONE) continue;
        const before = this.size;
        const node = this.#add(suffixes[k], byte);
        this.sizes[k + 1] += this.size - before;
        if (k + 1 < order) suffixes[k + 1] = node;
      }
    }
  }

  /** Node of the string of `node` with `byte` after it, or NONE. */
  child(node: number, byte: number): number {
    const slot = this.#slot(node << 8 | byte);
    return this.#keys[slot] === 0 ? NONE : this.#nodes[slot];
  }

  #add(node: number, byte: number): number {
    const key = node << 8 | byte;
    const slot = this.#slot(key);
    this.total[node]++;
    if (this.#keys[slot] !== 0) {
      const child = this.#nodes[slot];
      this.count[child]++;
      return child;
    }
    this.types[node]++;
    const child = this.size++;
    if (this.size > this.count.length) this.#grow();
    this.count[child] = 1;
    this.#keys[slot] = key + 1;
    this.#nodes[slot] = child;
    if (this.size * 2 > this.#keys.length) this.#rehash();
    return child;
  }

  #slot(key: number): number {
    const mask = this.#keys.length - 1;
    // Fibonacci hashing (Knuth, volume 3, 6.4).
    let slot = Math.imul(key, 0x9e3779b1) >>> 8 & mask;
    while (this.#keys[slot] !== 0 && this.#keys[slot] !== key + 1) slot = slot + 1 & mask;
    return slot;
  }

  #grow(): void {
    if (this.size > MAX_NODES) {
      throw new ValidationError("The text holds too many different strings", {
        expected: `at most ${MAX_NODES} strings of up to ${this.order} bytes`,
        got: "more",
        fix: "Use a lower order or a shorter text.",
      });
    }
    this.count = doubled(this.count);
    this.total = doubled(this.total);
    this.types = doubled(this.types);
  }

  #rehash(): void {
    const [keys, nodes] = [this.#keys, this.#nodes];
    this.#keys = new Int32Array(2 * keys.length);
    this.#nodes = new Int32Array(2 * keys.length);
    keys.forEach((key, i) => {
      if (key === 0) return;
      const slot = this.#slot(key - 1);
      this.#keys[slot] = key;
      this.#nodes[slot] = nodes[i];
    });
  }
}

function doubled(values: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * values.length);
  larger.set(values);
  return larger;
}
