// A model as benchmarks see it: bytes in, bytes out. Knows windows and grouping, no benchmark.

import type { ExactMath, InferenceModel } from "../engine/engine.ts";
import { ValidationError } from "../errors.ts";
import { parameterCount } from "../format/config.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";
import type { BenchmarkModel, RunOptions } from "./benchmark.ts";

/** Windows scored between two reports of progress; no score depends on it. */
const WINDOWS_PER_GROUP = 16;

/**
 * Wraps a loaded model and its tokenizer; null when the file has none for its vocabulary. The
 * caller closes `inference`.
 */
export function createBenchmarkModel(
  inference: InferenceModel,
  math: ExactMath,
  tokenizer: Tokenizer | null,
): BenchmarkModel {
  const { config } = inference;
  return {
    parameters: parameterCount(config),
    contextLength: config.ctx,
    vocabularySize: config.vocabSize,
    hasTokenizer: tokenizer !== null,
    math,
    async scoreBytes(texts, options = {}) {
      return await scoreTexts(inference, requireTokenizer(tokenizer), texts, options);
    },
    async generate(prompts, { maxBytes, stop, onBytes, onToken, ...options }) {
      const cut = requireTokenizer(tokenizer);
      const outputs: number[][] = prompts.map(() => []);
      await inference.generate(prompts.map((prompt) => cut.encode(prompt)), {
        ...options,
        maxTokens: maxBytes,
        onToken(row, token, logits) {
          onToken?.(row, token, logits);
          const bytes = cut.tokenBytes(token).subarray(0, maxBytes - outputs[row].length);
          outputs[row].push(...bytes);
          onBytes?.(row, bytes);
        },
        stop: (row) => outputs[row].length >= maxBytes || stop?.(row, outputs[row]) === true,
      });
      return outputs.map((bytes) => Uint8Array.from(bytes));
    },
  };
}

/** As `BenchmarkModel.scoreBytes` says. */
async function scoreTexts(
  inference: InferenceModel,
  tokenizer: Tokenizer,
  texts: readonly Uint8Array[],
  { onProgress, signal }: RunOptions,
): Promise<Float32Array[]> {
  const encoded = texts.map((text) => encodeAfterFirstByte(tokenizer, text));
  const scores = texts.map((text) => new Float32Array(Math.max(0, text.length - 1)));
  const windows = encoded.flatMap(({ tokens }, index) =>
    tokenWindows(tokens, inference.config.ctx).map((window) => ({ ...window, index }))
  );
  for (let from = 0; from < windows.length; from += WINDOWS_PER_GROUP) {
    const group = windows.slice(from, from + WINDOWS_PER_GROUP);
    const scored = await inference.scoreSequences(group.map(({ tokens }) => tokens), signal);
    group.forEach(({ index, start }, i) =>
      scored[i].forEach((nats, j) => scores[index][encoded[index].last[start + j]] = nats)
    );
    onProgress?.((from + group.length) / windows.length);
  }
  return scores;
}

/** @throws {ValidationError} when there is none. */
export function requireTokenizer(tokenizer: Tokenizer | null): Tokenizer {
  if (tokenizer !== null) return tokenizer;
  throw new ValidationError("This model's file has no tokenizer for its vocabulary", {
    expected: "a vocabulary of 256 bytes or a tokenizer in the file",
    got: "neither",
    fix: "Export the model again with its tokenizer.",
  });
}

/**
 * The text's first byte as a token of its own, then the tokens of the rest: a byte model is given
 * the first byte, and no model is given more. `last[i]` is the place, among the bytes but the
 * first, of the last byte of token i + 1.
 */
function encodeAfterFirstByte(
  tokenizer: Tokenizer,
  text: Uint8Array,
): { tokens: Int32Array; last: Int32Array } {
  const first = tokenizer.encode(text.subarray(0, 1));
  const rest = tokenizer.encode(text.subarray(1));
  const tokens = new Int32Array(first.length + rest.length);
  tokens.set(first);
  tokens.set(rest, first.length);
  let end = -1;
  const last = rest.map((token) => end += tokenizer.tokenBytes(token).length);
  return { tokens, last };
}

/** A stretch of a text that fits the model: `tokens[i + 1]` is the text's token `start + i + 1`. */
export interface TokenWindow {
  start: number;
  tokens: Int32Array;
}

/**
 * Cuts a text into windows of at most ctx + 1 tokens (ctx inputs). The last token of a window is
 * the first of the next, so every token but the text's first is predicted exactly once.
 */
export function tokenWindows(text: Int32Array, ctx: number): TokenWindow[] {
  const windows: TokenWindow[] = [];
  for (let start = 0; start < text.length - 1; start += ctx) {
    windows.push({ start, tokens: text.subarray(start, start + ctx + 1) });
  }
  return windows;
}
