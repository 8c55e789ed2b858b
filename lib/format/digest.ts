// Names models and tensors by SHA-256, before any packing or header. Knows nothing of files.

import canonicalize from "canonicalize";
import { bytesOf, utf8 } from "../bytes.ts";
import { sha256Hex } from "../hash.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";
import type { ModelConfig } from "./config.ts";

/**
 * Digest of a model: SHA-256("model/v1" | canonical JSON of the shape (RFC 8785) | float32
 * little-endian weights), hexadecimal. Only the fields of `ModelConfig` and the tokenizer's header
 * field count, so two files of one model agree whatever else their headers say.
 */
export function modelDigest(
  config: ModelConfig,
  weights: Float32Array,
  tokenizer: Tokenizer | null = null,
): Promise<string> {
  const { arch, ctx, dMlp, dModel, heads, imported, layers, vocabSize } = config;
  const cut = tokenizer?.headerField ?? undefined;
  const fields = { arch, ctx, dMlp, dModel, heads, imported, layers, tokenizer: cut, vocabSize };
  const shape = canonicalize(fields) as string;
  return sha256Hex(utf8("model/v1"), utf8(shape), bytesOf(weights));
}

/** SHA-256 of the float32 little-endian values alone, hexadecimal. */
export function tensorDigest(values: Float32Array): Promise<string> {
  return sha256Hex(bytesOf(values));
}
