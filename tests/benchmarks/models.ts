// Small models whose scores are known in advance.

import type { BenchmarkModel } from "../../lib/benchmarks/benchmark.ts";
import { createBenchmarkModel } from "../../lib/benchmarks/model.ts";
import type { ExactMath, InferenceModel } from "../../lib/engine/engine.ts";
import { parameterCount } from "../../lib/format/config.ts";
import { BYTE_TOKENIZER } from "../../lib/tokenizers/tokenizer.ts";
import { testEngine } from "../support/engine.ts";

/** The host's functions: near enough where a test compares no bits. */
export const HOST_MATH: ExactMath = { exp: Math.exp, log: Math.log };

/** Gives every byte the probability 1/256. */
export function uniformModel(change: Partial<BenchmarkModel> = {}): BenchmarkModel {
  return {
    parameters: 1,
    contextLength: 64,
    vocabularySize: 256,
    hasTokenizer: true,
    math: HOST_MATH,
    scoreBytes(texts, options) {
      options?.onProgress?.(1);
      const scores = texts.map((text) => new Float32Array(text.length - 1).fill(Math.log(256)));
      return Promise.resolve(scores);
    },
    generate: (prompts) => Promise.resolve(prompts.map(() => new Uint8Array())),
    ...change,
  };
}

/** Writes what `answer` says to each prompt, byte by byte, until told to stop. */
export function answeringModel(answer: (prompt: string) => string): BenchmarkModel {
  return uniformModel({
    generate(prompts, { maxBytes, stop }) {
      const outputs = prompts.map((prompt, row) => {
        const text = new TextEncoder().encode(answer(new TextDecoder().decode(prompt)));
        const bytes: number[] = [];
        for (const byte of text.subarray(0, maxBytes)) {
          bytes.push(byte);
          if (stop?.(row, bytes)) break;
        }
        return Uint8Array.from(bytes);
      });
      return Promise.resolve(outputs);
    },
  });
}

/** Gives token t after token s the cost s + t / 1000, so a test sees which pairs were scored. */
export function pairModel(ctx: number): InferenceModel & { longest: number; calls: number } {
  return {
    config: { layers: 1, dModel: 4, heads: 1, ctx, dMlp: 4, vocabSize: 256 },
    longest: 0,
    calls: 0,
    scoreSequences(sequences) {
      this.calls++;
      return Promise.resolve(sequences.map((sequence) => {
        this.longest = Math.max(this.longest, sequence.length);
        return Float32Array.from(
          { length: sequence.length - 1 },
          (_, i) => sequence[i] + sequence[i + 1] / 1000,
        );
      }));
    },
    nextLogits: () => Promise.resolve(new Float32Array(256)),
    trace: () => Promise.resolve(),
    beamSearch: (prompts) => Promise.resolve(prompts.map(() => [])),
    generate: (prompts, { maxTokens, onToken, stop }) =>
      Promise.resolve(prompts.map((prompt, row) => {
        const tokens: number[] = [];
        while (tokens.length < maxTokens) {
          tokens.push(prompt[0]);
          onToken?.(row, prompt[0], new Float32Array(256));
          if (stop?.(row, tokens)) break;
        }
        return tokens;
      })),
    close() {},
  };
}

/** A tiny model in the real engine, which counts what it does once `signal` is aborted. */
export async function countingModel(signal: AbortSignal) {
  const config = { layers: 1, dModel: 8, heads: 1, ctx: 512, dMlp: 8, vocabSize: 256 };
  const weights = Float32Array.from(
    { length: parameterCount(config) },
    (_, i) => (i * 7919 % 13 - 6) / 20,
  );
  const engine = await testEngine();
  const inference = await engine.loadModel(config, weights);
  let windows = 0;
  const tokens = new Map<number, number>();
  const counting: InferenceModel = {
    config,
    async scoreSequences(sequences, signal) {
      const scored = await inference.scoreSequences(sequences, signal);
      if (signal?.aborted) windows += sequences.length;
      return scored;
    },
    nextLogits: (context) => inference.nextLogits(context),
    trace: (tokens, visitor) => inference.trace(tokens, visitor),
    beamSearch: (prompts, options) => inference.beamSearch(prompts, options),
    generate: (prompts, options) =>
      inference.generate(prompts, {
        ...options,
        onToken(row, token, logits) {
          if (signal.aborted) tokens.set(row, (tokens.get(row) ?? 0) + 1);
          options.onToken?.(row, token, logits);
        },
      }),
    close: () => inference.close(),
  };
  return {
    model: createBenchmarkModel(counting, engine.math, BYTE_TOKENIZER),
    workAfter: () => ({ windows, tokensOfARow: Math.max(0, ...tokens.values()) }),
  };
}
