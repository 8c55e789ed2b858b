// Byte-pair encoding (Sennrich, Haddow, Birch 2016) on bytes: tokens 0..255 are the bytes, token
// 256 + m is what merge m joins. Knows no training.

import { sha256Hex } from "../hash.ts";
import { bytesOf, toHex, utf8 } from "../bytes.ts";
import { ValidationError } from "../errors.ts";
import { MAX_PIECE_BYTES, pieceEnd } from "./pieces.ts";
import type { Tokenizer } from "./tokenizer.ts";

export const BYTE_TOKENS = 256;
/** Of vocabularies; the engine needs a multiple of 4. */
export const MIN_VOCAB_SIZE = 260;
export const MAX_VOCAB_SIZE = 8192;
export const VOCAB_SIZE_UNIT = 4;
/** Of entries, in bytes. */
export const MIN_ENTRY_BYTES = 2;
export const MAX_ENTRY_BYTES = 32;

/** Merge m joins tokens `merges[2m]` and `merges[2m + 1]`, both below 256 + m. */
export type Merges = Uint16Array;

const TABLE_BITS = 15;

/** One number for two tokens, ordered by the left one, then by the right one. */
export function pairKey(left: number, right: number): number {
  return left * MAX_VOCAB_SIZE + right;
}

/** SHA-256("bpe/v1" | for each merge: left u16, right u16, little-endian), hexadecimal. */
export function mergesDigest(merges: Merges): Promise<string> {
  return sha256Hex(utf8("bpe/v1"), bytesOf(merges));
}

/** A tokenizer made of merges. */
export class BpeTokenizer implements Tokenizer {
  readonly vocabSize: number;
  readonly maxEntryBytes: number;
  readonly merges: Merges;
  readonly #entries: readonly Uint8Array[];
  readonly #table: PairTable;

  /**
   * @throws {ValidationError} when a merge joins what is not there yet, is longer than
   *   `maxEntryBytes` or spells what an earlier entry spells, or the vocabulary's size is out of range.
   */
  constructor(merges: Merges, maxEntryBytes: number) {
    this.vocabSize = BYTE_TOKENS + merges.length / 2;
    this.maxEntryBytes = maxEntryBytes;
    this.merges = merges;
    checkSizes(this.vocabSize, maxEntryBytes);
    this.#entries = spellEntries(merges, maxEntryBytes);
    this.#table = new PairTable(merges);
  }

  get headerField() {
    const { maxEntryBytes, merges } = this;
    return { type: "bpe", maxEntryBytes, merges: toHex(bytesOf(merges)) };
  }

  /** The merges in their order, each from left to right, inside every piece. */
  encode(bytes: Uint8Array): Int32Array {
    const tokens = new Int32Array(bytes.length);
    const piece = new Int32Array(MAX_PIECE_BYTES);
    let count = 0;
    for (let from = 0; from < bytes.length;) {
      const end = pieceEnd(bytes, from);
      for (let i = from; i < end; i++) piece[i - from] = bytes[i];
      const length = this.#mergeAll(piece, end - from);
      for (let i = 0; i < length; i++) tokens[count++] = piece[i];
      from = end;
    }
    return tokens.slice(0, count);
  }

  /** @throws {ValidationError} when an id is not in the vocabulary. */
  decode(tokens: ArrayLike<number>): Uint8Array {
    let length = 0;
    for (let i = 0; i < tokens.length; i++) length += this.tokenBytes(tokens[i]).length;
    const bytes = new Uint8Array(length);
    let end = 0;
    for (let i = 0; i < tokens.length; i++) {
      const entry = this.#entries[tokens[i]];
      bytes.set(entry, end);
      end += entry.length;
    }
    return bytes;
  }

  /** @throws {ValidationError} when the id is not in the vocabulary. */
  tokenBytes(token: number): Uint8Array {
    const entry = this.#entries[token];
    if (entry) return entry;
    throw new ValidationError(`Expected a token id below ${this.vocabSize}, got ${token}`);
  }

  /** Merges the first `length` tokens of `piece` in place; gives the new length. */
  #mergeAll(piece: Int32Array, length: number): number {
    while (length > 1) {
      let lowest = MAX_VOCAB_SIZE;
      for (let i = 1; i < length; i++) {
        const token = this.#table.get(pairKey(piece[i - 1], piece[i]));
        if (token < lowest) lowest = token;
      }
      if (lowest === MAX_VOCAB_SIZE) break;
      // What a merge makes takes part in later merges only: the lowest is the next in order.
      const left = this.merges[2 * (lowest - BYTE_TOKENS)];
      const right = this.merges[2 * (lowest - BYTE_TOKENS) + 1];
      length = mergePair(piece, length, left, right, lowest);
    }
    return length;
  }
}

/** Replaces each `left right`, from left to right, by `token`, in place; gives the new length. */
export function mergePair(
  piece: Int32Array,
  length: number,
  left: number,
  right: number,
  token: number,
): number {
  let to = 0;
  for (let i = 0; i < length; i++) {
    const joins = piece[i] === left && i + 1 < length && piece[i + 1] === right;
    piece[to++] = joins ? token : piece[i];
    if (joins) i++;
  }
  return to;
}

function checkSizes(vocabSize: number, maxEntryBytes: number): void {
  const fits = vocabSize >= MIN_VOCAB_SIZE && vocabSize <= MAX_VOCAB_SIZE &&
    vocabSize % VOCAB_SIZE_UNIT === 0;
  if (!fits) {
    const expected = `${MIN_VOCAB_SIZE} to ${MAX_VOCAB_SIZE} tokens, a multiple of 4`;
    throw new ValidationError(`Expected a vocabulary of ${expected}, got ${vocabSize}`, {
      path: "vocabSize",
      expected,
      got: String(vocabSize),
    });
  }
  const whole = Number.isInteger(maxEntryBytes);
  if (!whole || maxEntryBytes < MIN_ENTRY_BYTES || maxEntryBytes > MAX_ENTRY_BYTES) {
    const expected = `${MIN_ENTRY_BYTES} to ${MAX_ENTRY_BYTES}`;
    throw new ValidationError(`Expected maxEntryBytes from ${expected}, got ${maxEntryBytes}`, {
      path: "maxEntryBytes",
      expected,
      got: String(maxEntryBytes),
    });
  }
}

function spellEntries(merges: Merges, maxEntryBytes: number): Uint8Array[] {
  const entries = Array.from({ length: BYTE_TOKENS }, (_, byte) => Uint8Array.of(byte));
  const spellings = new Set<string>();
  for (let m = 0; 2 * m < merges.length; m++) {
    const left = entries[merges[2 * m]], right = entries[merges[2 * m + 1]];
    if (!left || !right) {
      const got = `${merges[2 * m]} and ${merges[2 * m + 1]}`;
      throw mergeError(m, `two tokens below ${BYTE_TOKENS + m}`, got);
    }
    const entry = Uint8Array.of(...left, ...right);
    if (entry.length > maxEntryBytes) {
      throw mergeError(m, `at most ${maxEntryBytes} bytes`, `${entry.length} bytes`);
    }
    const spelling = String.fromCharCode(...entry);
    if (spellings.has(spelling)) {
      throw mergeError(m, "bytes no earlier entry spells", "an entry that is there already");
    }
    spellings.add(spelling);
    entries.push(entry);
  }
  return entries;
}

function mergeError(merge: number, expected: string, got: string): ValidationError {
  return new ValidationError(`Expected merge ${merge} to join ${expected}, got ${got}`, {
    path: `merges.${merge}`,
    expected,
    got,
    fix: "Train the tokenizer again: its list of merges is damaged.",
  });
}

/** Pair → the token it becomes, open addressing: a lookup in the innermost loop of encoding. */
class PairTable {
  readonly #keys = new Int32Array(1 << TABLE_BITS).fill(-1);
  readonly #tokens = new Int32Array(1 << TABLE_BITS);

  constructor(merges: Merges) {
    for (let m = 0; 2 * m < merges.length; m++) {
      const slot = this.#slot(pairKey(merges[2 * m], merges[2 * m + 1]));
      this.#keys[slot] = pairKey(merges[2 * m], merges[2 * m + 1]);
      this.#tokens[slot] = BYTE_TOKENS + m;
    }
  }

  /** The token, or MAX_VOCAB_SIZE when the pair is not merged. */
  get(key: number): number {
    const slot = this.#slot(key);
    return this.#keys[slot] === key ? this.#tokens[slot] : MAX_VOCAB_SIZE;
  }

  /** Where `key` stands or would stand. At most a quarter of the slots are taken. */
  #slot(key: number): number {
    const mask = (1 << TABLE_BITS) - 1;
    let slot = Math.imul(key, 0x9e3779b1) >>> (32 - TABLE_BITS);
    while (this.#keys[slot] !== key && this.#keys[slot] !== -1) slot = (slot + 1) & mask;
    return slot;
  }
}
