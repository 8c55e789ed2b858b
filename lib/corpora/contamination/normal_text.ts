// Text as the scan compares it: words of lower-case letters and digits, read as a stream of bytes.
// Case, white space and punctuation do not count, and neither does where a chunk ends.

/** Longer runs of letters are cut after each so many bytes, which bounds what is remembered. */
export const MAX_WORD_BYTES = 64;

/** Symbol between two words. */
export const SPACE = 32;

/** By byte: what it stands as. 0 between words; letters fold to lower case. */
const FOLD = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 65 && byte <= 90) return byte + 32;
  const letter = byte >= 97 && byte <= 122, digit = byte >= 48 && byte <= 57;
  return letter || digit || byte >= 128 ? byte : 0;
});

/**
 * First bytes of the UTF-8 of U+0080–U+00BF (spaces, quotes and signs of Latin-1) and U+2000–U+2FFF
 * (typographic spaces, quotes, dashes, signs): with what follows they stand between words.
 */
const TWO_BYTE_SIGN = 0xc2, THREE_BYTE_SIGN = 0xe2;

/** Where symbols go: the bytes of words, and a space after each word. */
export interface SymbolSink {
  symbols: Int32Array;
  /** Place of each byte in the text; of a space, one past its word. */
  places: Float64Array;
}

/** Cuts a stream of bytes into the symbols of its words, each word followed by one space. */
export class Normalizer {
  /** Bytes read before this chunk. */
  #before = 0;
  /** Bytes of the word that is open. */
  #wordBytes = 0;
  /** Bytes of a sign still to be left out. */
  #skip = 0;

  /**
   * @param out room for two symbols for each byte of `chunk`; filled from `from` on.
   * @returns the end of what was filled.
   */
  push(chunk: Uint8Array, { symbols, places }: SymbolSink, from: number): number {
    const before = this.#before;
    let wordBytes = this.#wordBytes, skip = this.#skip, filled = from;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i];
      let symbol = FOLD[byte];
      if (byte >= 128) {
        if (skip > 0 && byte < 192) {
          skip--;
          symbol = 0;
        } else {
          skip = byte === TWO_BYTE_SIGN ? 1 : byte === THREE_BYTE_SIGN ? 2 : 0;
          if (skip > 0) symbol = 0;
        }
      } else skip = 0;
      if (wordBytes > 0 && (symbol === 0 || wordBytes === MAX_WORD_BYTES)) {
        symbols[filled] = SPACE;
        places[filled++] = before + i;
        wordBytes = 0;
      }
      if (symbol !== 0) {
        symbols[filled] = symbol;
        places[filled++] = before + i;
        wordBytes++;
      }
    }
    this.#before = before + chunk.length;
    this.#wordBytes = wordBytes;
    this.#skip = skip;
    return filled;
  }

  /** Ends the last word; as `push`. */
  end({ symbols, places }: SymbolSink, from: number): number {
    if (this.#wordBytes === 0) return from;
    symbols[from] = SPACE;
    places[from] = this.#before;
    this.#wordBytes = 0;
    return from + 1;
  }
}

/** The symbols of a whole text. */
export function normalSymbols(bytes: Uint8Array): Int32Array {
  const sink = {
    symbols: new Int32Array(2 * bytes.length + 1),
    places: new Float64Array(2 * bytes.length + 1),
  };
  const normalizer = new Normalizer();
  const filled = normalizer.push(bytes, sink, 0);
  return sink.symbols.slice(0, normalizer.end(sink, filled));
}
