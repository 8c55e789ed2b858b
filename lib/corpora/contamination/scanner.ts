// Reads a corpus once, piece by piece, and notes what of the evaluation texts stands in it: whole
// texts, n-grams of words and of bytes. Counts alone; what they mean is policy.ts's.

import { utf8 } from "../../bytes.ts";
import { Dictionary } from "./dictionary.ts";
import type { EvaluationText } from "./evaluation_text.ts";
import { GramIndex } from "./gram_index.ts";
import { MAX_WORD_BYTES, Normalizer, normalSymbols, SPACE } from "./normal_text.ts";

/** Words of the n-grams that are counted. */
export const WORD_GRAMS = [8, 13] as const;
/** Bytes of the n-grams that are counted, of words with one space between them. */
export const BYTE_GRAMS = [8, 13] as const;
/** Letters and digits in a row, whatever stands between them. */
export const RUN_LENGTH = 64;

const BLOCK_BYTES = 1 << 16;
/** Symbols kept from block to block: an open word, or what stands before a gram. */
const KEPT = MAX_WORD_BYTES + 1;
const MOST_GRAM_WORDS = WORD_GRAMS[1];
const ANCHOR_WORDS = WORD_GRAMS[0];

/** An index in which each text has its grams. */
type Index = Pick<GramIndex, "n" | "gramsOf" | "first" | "last" | "count">;

/** What a scan found. Texts are numbered as they were given. */
export interface ScanFindings {
  /** Bytes read. */
  byteLength: number;
  words: Record<typeof WORD_GRAMS[number], Index>;
  bytes: Record<typeof BYTE_GRAMS[number], Index>;
  /** Runs of RUN_LENGTH letters and digits, of texts that may leak by passages. */
  runs: Index;
  /** By text: where its words stand all in a row, the first time; NOT_MET where they do not. */
  whole: { first: Float64Array; last: Float64Array };
  /** By text: its words. */
  wordCounts: readonly number[];
}

/** Some symbols of a stream, the last of what came before in front. */
class Tape {
  readonly symbols: Int32Array;
  /** Place in the corpus of each symbol's first and last byte. */
  readonly begins: Float64Array;
  readonly lasts: Float64Array;
  /** Symbols before this belong to an earlier block. */
  from = 0;
  filled = 0;
  readonly #keep: number;

  constructor(keep: number, room: number) {
    this.#keep = keep;
    this.symbols = new Int32Array(keep + room);
    this.begins = new Float64Array(keep + room);
    this.lasts = this.begins;
  }

  /** Moves the last symbols to the front. Returns by how much. */
  next(): number {
    const by = Math.max(0, this.filled - this.#keep);
    for (const array of new Set([this.symbols, this.begins, this.lasts])) {
      array.copyWithin(0, by, this.filled);
    }
    this.filled -= by;
    this.from = this.filled;
    return by;
  }
}

class WordTape extends Tape {
  override readonly lasts: Float64Array;
  constructor(keep: number, room: number) {
    super(keep, room);
    this.lasts = new Float64Array(keep + room);
  }
}

/** A text whose first words were met, and how far it goes on. */
interface Open {
  text: number;
  matched: number;
  begin: number;
}

/** Searches one corpus. Memory does not depend on its size, nor findings on how it is cut. */
export class Scanner {
  readonly #normalizer = new Normalizer();
  readonly #dictionary = new Dictionary();
  /** By text: numbers of its words. */
  readonly #texts: Int32Array[];
  readonly #wordIndexes: GramIndex[];
  readonly #byteIndexes: GramIndex[];
  readonly #runs: GramIndex;
  /** By length of an anchor, by gram: the texts that begin with it. */
  readonly #anchors: Map<number, number[][]>;
  readonly #whole: ScanFindings["whole"];
  readonly #text = new Tape(KEPT, 2 * BLOCK_BYTES + 1);
  readonly #run = new Tape(RUN_LENGTH - 1, BLOCK_BYTES);
  readonly #words = new WordTape(MOST_GRAM_WORDS - 1, BLOCK_BYTES + 1);
  /** Where the open word begins on the tape of the text. */
  #wordFrom = 0;
  #open: Open[] = [];
  #byteLength = 0;

  constructor(texts: readonly EvaluationText[]) {
    const symbols = texts.map(({ text }) => normalSymbols(utf8(text)));
    this.#texts = symbols.map((text) => this.#numbersOf(text));
    const none = new Int32Array();
    // Shorter texts than an anchor are anchors of their own length.
    const lengths = new Set(this.#texts.map(({ length }) => Math.min(length, ANCHOR_WORDS)));
    const short = [...lengths].filter((n) => n > 0 && n < ANCHOR_WORDS).map((n) =>
      new GramIndex(n, this.#texts.map((text) => text.length === n ? text : none))
    );
    this.#wordIndexes = [...short, ...WORD_GRAMS.map((n) => new GramIndex(n, this.#texts))];
    this.#byteIndexes = BYTE_GRAMS.map((n) => new GramIndex(n, symbols, { once: true }));
    this.#runs = new GramIndex(
      RUN_LENGTH,
      symbols.map((text, i) =>
        texts[i].leak === "passages" ? text.filter((symbol) => symbol !== SPACE) : none
      ),
    );
    this.#anchors = new Map(
      this.#wordIndexes.filter(({ n }) => n <= ANCHOR_WORDS)
        .map((index) => [index.n, this.#anchorsOf(index)]),
    );
    const unmet = () => new Float64Array(texts.length).fill(-1);
    this.#whole = { first: unmet(), last: unmet() };
  }

  /** Reads the next bytes of the corpus, as many as there are. */
  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; at += BLOCK_BYTES) {
      const block = chunk.subarray(at, at + BLOCK_BYTES);
      this.#nextBlock();
      const { symbols, begins: places, filled } = this.#text;
      this.#text.filled = this.#normalizer.push(block, { symbols, places }, filled);
      this.#search();
    }
    this.#byteLength += chunk.length;
  }

  /** After the last bytes. */
  end(): ScanFindings {
    this.#nextBlock();
    const { symbols, begins: places, filled } = this.#text;
    this.#text.filled = this.#normalizer.end({ symbols, places }, filled);
    this.#search();
    const words = this.#wordIndexes.slice(-WORD_GRAMS.length), bytes = this.#byteIndexes;
    return {
      byteLength: this.#byteLength,
      words: { 8: words[0], 13: words[1] },
      bytes: { 8: bytes[0], 13: bytes[1] },
      runs: this.#runs,
      whole: this.#whole,
      wordCounts: this.#texts.map(({ length }) => length),
    };
  }

  #numbersOf(symbols: Int32Array): Int32Array {
    const numbers: number[] = [];
    for (let i = 0, from = 0; i < symbols.length; i++) {
      if (symbols[i] !== SPACE) continue;
      numbers.push(this.#dictionary.add(symbols, from, i));
      from = i + 1;
    }
    return Int32Array.from(numbers);
  }

  #anchorsOf({ n, count, gramsOf }: GramIndex): number[][] {
    const anchors: number[][] = Array.from({ length: count }, () => []);
    this.#texts.forEach(({ length }, text) => {
      if (length > 0 && Math.min(length, ANCHOR_WORDS) === n) anchors[gramsOf[text][0]].push(text);
    });
    return anchors;
  }

  #nextBlock(): void {
    this.#wordFrom -= this.#text.next();
    this.#run.next();
    this.#words.next();
  }

  #search(): void {
    this.#cutWords();
    for (const index of this.#byteIndexes) searchTape(index, this.#text);
    searchTape(this.#runs, this.#run);
    const words = this.#words;
    this.#open = this.#open.filter((open) => this.#follow(open, words.from));
    for (const index of this.#wordIndexes) {
      const anchors = this.#anchors.get(index.n);
      searchTape(
        index,
        words,
        anchors && ((gram, last) => {
          for (const text of anchors[gram]) this.#begin(text, index.n, last);
        }),
      );
    }
  }

  /** Fills the tapes of words and of runs with the text's new symbols. */
  #cutWords(): void {
    const { symbols, begins, from, filled } = this.#text;
    const run = this.#run, words = this.#words;
    for (let i = from; i < filled; i++) {
      if (symbols[i] !== SPACE) {
        run.symbols[run.filled] = symbols[i];
        run.begins[run.filled++] = begins[i];
        continue;
      }
      words.symbols[words.filled] = this.#dictionary.find(symbols, this.#wordFrom, i);
      words.begins[words.filled] = begins[this.#wordFrom];
      words.lasts[words.filled++] = begins[i] - 1;
      this.#wordFrom = i + 1;
    }
  }

  #begin(text: number, matched: number, lastWord: number): void {
    if (this.#whole.first[text] >= 0) return;
    const open = { text, matched, begin: this.#words.begins[lastWord - matched + 1] };
    if (this.#follow(open, lastWord + 1)) this.#open.push(open);
  }

  /** Compares on from a word of the tape. Whether the text may still go on after the tape. */
  #follow(open: Open, fromWord: number): boolean {
    const { symbols, lasts, filled } = this.#words;
    const text = this.#texts[open.text];
    let at = fromWord;
    while (open.matched < text.length && at < filled && symbols[at] === text[open.matched]) {
      open.matched++;
      at++;
    }
    if (open.matched < text.length) return at === filled;
    const { first, last } = this.#whole;
    if (first[open.text] < 0) {
      first[open.text] = open.begin;
      last[open.text] = lasts[at - 1];
    }
    return false;
  }
}

function searchTape(
  index: GramIndex,
  tape: Tape,
  onMeet?: (gram: number, lastSymbol: number) => void,
): void {
  const { symbols, begins, lasts, from, filled } = tape;
  index.search(symbols, { start: 0, from, to: filled }, begins, lasts, onMeet);
}
