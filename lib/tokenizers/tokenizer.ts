// Between bytes and token ids. Knows no file, recipe or model.

/**
 * Cuts bytes into tokens. `decode(encode(bytes))` equals `bytes` for any bytes, one byte alone is
 * one token, and decoding is joining: `decode(tokens)` is the bytes of each token in turn.
 */
export interface Tokenizer {
  /** Ids are 0..vocabSize − 1. */
  readonly vocabSize: number;
  /** What a file's header says of it, null when nothing needs to be said. */
  readonly headerField: Readonly<Record<string, unknown>> | null;
  encode(bytes: Uint8Array): Int32Array;
  decode(tokens: ArrayLike<number>): Uint8Array;
  /** What one token stands for: at least one byte, if `encode` gives it. Not to be changed. */
  tokenBytes(token: number): Uint8Array;
}

const SINGLE_BYTES = Uint8Array.from({ length: 256 }, (_, byte) => byte);

/** Every byte is a token, its id the byte. */
export const BYTE_TOKENIZER: Tokenizer = {
  vocabSize: 256,
  headerField: null,
  encode: (bytes) => Int32Array.from(bytes),
  decode: (tokens) => Uint8Array.from(tokens),
  tokenBytes: (token) => SINGLE_BYTES.subarray(token, token + 1),
};
