// Numbers the words of the evaluation texts. Every other word is the same stranger.

/** Number of a word that stands in no evaluation text. */
export const STRANGER = 0;

const BASE = 0x01000193;

/** Words as symbols, numbered from 1 in the order they come. */
export class Dictionary {
  readonly #words: Int32Array[] = [];
  #hashes: number[] = [];
  /** Open addressing, linear probing; holds numbers of words, 0 is empty. */
  #table = new Int32Array(1024);

  /** The number of symbols[from, to), given one when it is new. */
  add(symbols: Int32Array, from: number, to: number): number {
    const known = this.find(symbols, from, to);
    if (known !== STRANGER) return known;
    this.#words.push(symbols.slice(from, to));
    this.#hashes.push(hashOf(symbols, from, to));
    if (4 * this.#words.length > this.#table.length) this.#grow();
    else this.#place(this.#words.length);
    return this.#words.length;
  }

  /** The number of symbols[from, to), or STRANGER. */
  find(symbols: Int32Array, from: number, to: number): number {
    const hash = hashOf(symbols, from, to);
    const table = this.#table, mask = table.length - 1;
    for (let slot = hash & mask; table[slot] !== 0; slot = (slot + 1) & mask) {
      const number = table[slot];
      if (this.#hashes[number - 1] !== hash) continue;
      if (equals(this.#words[number - 1], symbols, from, to)) return number;
    }
    return STRANGER;
  }

  #place(number: number): void {
    const mask = this.#table.length - 1;
    let slot = this.#hashes[number - 1] & mask;
    while (this.#table[slot] !== 0) slot = (slot + 1) & mask;
    this.#table[slot] = number;
  }

  #grow(): void {
    this.#table = new Int32Array(4 * this.#table.length);
    for (let number = 1; number <= this.#words.length; number++) this.#place(number);
  }
}

function hashOf(symbols: Int32Array, from: number, to: number): number {
  let hash = 0;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ symbols[i], BASE);
  return hash ^ (hash >>> 15);
}

function equals(word: Int32Array, symbols: Int32Array, from: number, to: number): boolean {
  if (word.length !== to - from) return false;
  for (let i = 0; i < word.length; i++) if (word[i] !== symbols[from + i]) return false;
  return true;
}
