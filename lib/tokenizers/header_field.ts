// The tokenizer as a model file's header holds it. Knows no file.

import * as z from "zod";
import { fromHex } from "../bytes.ts";
import { ValidationError } from "../errors.ts";
import { BpeTokenizer, BYTE_TOKENS, MAX_VOCAB_SIZE } from "./bpe.ts";
import { HuggingFaceTokenizer } from "./huggingface.ts";
import { BYTE_TOKENIZER, type Tokenizer } from "./tokenizer.ts";

const MERGE_DIGITS = 8;
const mostDigits = MERGE_DIGITS * (MAX_VOCAB_SIZE - BYTE_TOKENS);

const bpeField = z.strictObject({
  type: z.literal("bpe", { error: '"bpe" or "huggingface"' }),
  maxEntryBytes: z.int({ error: "a whole number" }),
  merges: z.string({ error: "hexadecimal digits" })
    .max(mostDigits, { error: `at most ${mostDigits} hexadecimal digits` })
    .regex(/^(?:[0-9a-f]{8})*$/, {
      error: `${MERGE_DIGITS} lower-case hexadecimal digits a merge`,
    }),
}, { error: "an object of type, maxEntryBytes and merges" });

/**
 * The tokenizer of a model of `vocabSize` ids. Without a field a vocabulary of 256 is one of bytes;
 * of any other the tokenizer is not known, null.
 *
 * @throws {ValidationError} when the field is malformed or makes another vocabulary.
 */
export function parseTokenizer(field: unknown, vocabSize: number): Tokenizer | null {
  if (field === undefined || field === null) {
    return vocabSize === BYTE_TOKENIZER.vocabSize ? BYTE_TOKENIZER : null;
  }
  const { type, json } = field as Record<string, unknown>;
  if (type === "huggingface") return new HuggingFaceTokenizer(json, vocabSize);
  const parsed = bpeField.safeParse(field);
  if (!parsed.success) {
    const { path, message: expected } = parsed.error.issues[0];
    throw new ValidationError(`Expected ${expected}`, { path: path.join("."), expected });
  }
  const { maxEntryBytes, merges } = parsed.data;
  // Two little-endian uint16 a merge, as every supported host holds them.
  const tokenizer = new BpeTokenizer(new Uint16Array(fromHex(merges).buffer), maxEntryBytes);
  if (tokenizer.vocabSize === vocabSize) return tokenizer;
  const expected = `${vocabSize} tokens, as config.vocabSize says`;
  throw new ValidationError(`Expected ${expected}, got ${tokenizer.vocabSize}`, {
    path: "merges",
    expected,
    got: `${tokenizer.vocabSize} tokens`,
  });
}
