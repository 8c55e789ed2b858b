// Learns the merges of byte-pair encoding from a corpus. Whole numbers only: the same bytes give
// the same merges everywhere.

import { ValidationError } from "../errors.ts";
import { BYTE_TOKENS, MAX_VOCAB_SIZE, mergePair, type Merges, pairKey } from "./bpe.ts";
import { pieceEnd } from "./pieces.ts";

export interface BpeOptions {
  /** 260..8192, a multiple of 4. */
  vocabSize: number;
  /** Longest entry in bytes. */
  maxEntryBytes: number;
}

/** Keys of pairs are below this. */
const KEYS = MAX_VOCAB_SIZE * MAX_VOCAB_SIZE;
/** So that count · KEYS + key stays a safe integer. */
const MAX_CORPUS_BYTES = 2 ** 27 - 1;

/**
 * Merges the most frequent pair of neighbours again and again. Pairs are counted inside pieces, at
 * every place where they stand; of equals the lowest left id wins, then the lowest right id. Pairs
 * longer than `maxEntryBytes` and pairs that stand at one place only are never merged.
 *
 * No two entries spell the same bytes: a token's bytes are merged as if they stood alone, whatever
 * is around them, so they are merged in one way only.
 *
 * @throws {ValidationError} when the corpus is too large, or has too few such pairs.
 */
export function trainBpe(corpus: Uint8Array, { vocabSize, maxEntryBytes }: BpeOptions): Merges {
  if (corpus.length > MAX_CORPUS_BYTES) {
    throw new ValidationError(
      `Expected at most ${MAX_CORPUS_BYTES} bytes to train a tokenizer on, got ${corpus.length}`,
    );
  }
  const pairs = new PairCounts(countPieces(corpus));
  const spellings = Array.from({ length: BYTE_TOKENS }, (_, byte) => String.fromCharCode(byte));
  const spell = (key: number) =>
    spellings[Math.floor(key / MAX_VOCAB_SIZE)] + spellings[key % MAX_VOCAB_SIZE];
  const allowed = (key: number) => spell(key).length <= maxEntryBytes;
  const merges: number[] = [];
  while (spellings.length < vocabSize) {
    pairs.offer(allowed);
    const key = pairs.take();
    if (key === undefined) throw tooFewPairs(spellings.length, vocabSize);
    pairs.merge(key, spellings.length);
    merges.push(Math.floor(key / MAX_VOCAB_SIZE), key % MAX_VOCAB_SIZE);
    spellings.push(spell(key));
  }
  return Uint16Array.from(merges);
}

function tooFewPairs(entries: number, vocabSize: number): ValidationError {
  const most = entries - entries % 4;
  return new ValidationError(`Expected a corpus with ${vocabSize} entries, got only ${entries}`, {
    path: "vocabSize",
    expected: `at most ${most}`,
    got: String(vocabSize),
    fix: `Set vocabSize to ${most} or less, raise maxEntryBytes or choose a larger corpus.`,
  });
}

/** A piece of the corpus as tokens, and how often it stands there. */
interface Word {
  tokens: Int32Array;
  count: number;
}

function countPieces(corpus: Uint8Array): Word[] {
  const words = new Map<string, Word>();
  for (let from = 0; from < corpus.length;) {
    const end = pieceEnd(corpus, from);
    const piece = corpus.subarray(from, end);
    const key = String.fromCharCode(...piece);
    const word = words.get(key);
    if (word) word.count++;
    else words.set(key, { tokens: Int32Array.from(piece), count: 1 });
    from = end;
  }
  return [...words.values()];
}

/** Counts of all pairs, kept right while pairs are merged, and the order in which to take them. */
class PairCounts {
  readonly #words: Word[];
  readonly #counts = new Map<number, number>();
  /** Words that hold the pair, or held it once. */
  readonly #places = new Map<number, number[]>();
  /** Pairs not offered yet: each has the newest token. */
  #fresh = new Set<number>();
  readonly #queue = new MaxHeap();

  constructor(words: Word[]) {
    this.#words = words;
    for (let w = 0; w < words.length; w++) this.#count(w, 1, () => true);
  }

  /** Queues the pairs that came up since the last call, where `allowed`. */
  offer(allowed: (key: number) => boolean): void {
    for (const key of this.#fresh) if (allowed(key)) this.#enqueue(key);
    this.#fresh = new Set();
  }

  /** The pair to merge next, or undefined. */
  take(): number | undefined {
    for (let best = this.#queue.pop(); best !== undefined; best = this.#queue.pop()) {
      const key = KEYS - 1 - best % KEYS;
      // Counts of queued pairs only fall: one that fell is queued again, where it now belongs.
      if (this.#counts.get(key) === Math.floor(best / KEYS)) return key;
      this.#enqueue(key);
    }
    return undefined;
  }

  /** Makes the pair `token` in every word. */
  merge(key: number, token: number): void {
    const left = Math.floor(key / MAX_VOCAB_SIZE), right = key % MAX_VOCAB_SIZE;
    for (const w of new Set(this.#places.get(key))) {
      const word = this.#words[w];
      this.#count(w, -1, () => false);
      const length = mergePair(word.tokens, word.tokens.length, left, right, token);
      word.tokens = word.tokens.subarray(0, length);
      this.#count(w, 1, (a, b) => a === token || b === token);
    }
    this.#places.delete(key);
  }

  /** Adds the pairs of word w `sign` times; those that `isFresh` get a place and are to be offered. */
  #count(w: number, sign: number, isFresh: (left: number, right: number) => boolean): void {
    const { tokens, count } = this.#words[w];
    for (let i = 1; i < tokens.length; i++) {
      const key = pairKey(tokens[i - 1], tokens[i]);
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + sign * count);
      if (!isFresh(tokens[i - 1], tokens[i])) continue;
      this.#fresh.add(key);
      const places = this.#places.get(key);
      if (places) places.push(w);
      else this.#places.set(key, [w]);
    }
  }

  #enqueue(key: number): void {
    const count = this.#counts.get(key) ?? 0;
    if (count > 1) this.#queue.push(count * KEYS + (KEYS - 1 - key));
  }
}

/** A binary heap of numbers. */
class MaxHeap {
  readonly #items: number[] = [];

  push(item: number): void {
    const items = this.#items;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (items[parent] >= item) break;
      items[at] = items[parent];
      at = parent;
    }
    items[at] = item;
  }

  pop(): number | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (items.length === 0 || last === undefined) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && items[child + 1] > items[child]) child++;
      if (items[child] <= last) break;
      items[at] = items[child];
      at = child;
    }
    items[at] = last;
    return top;
  }
}
