// A byte-level model as benchmarks see it. Knows windows and grouping, no benchmark.

import type { ExactMath, InferenceModel } from "../engine/engine.ts";
import { parameterCount } from "../format/config.ts";
import type { BenchmarkModel } from "./benchmark.ts";

/** Windows scored between two reports of progress; no score depends on it. */
const WINDOWS_PER_GROUP = 16;

/** Wraps a loaded model whose token ids are bytes. The caller closes `inference`. */
export function createBenchmarkModel(inference: InferenceModel, math: ExactMath): BenchmarkModel {
  const { config } = inference;
  return {
    parameters: parameterCount(config),
    contextLength: config.ctx,
    vocabularySize: config.vocabSize,
    math,
    async scoreBytes(texts, { onProgress, signal } = {}) {
      const scores = texts.map((text) => new Float32Array(Math.max(0, text.length - 1)));
      const windows = texts.flatMap((text, index) =>
        textWindows(text, config.ctx).map((window) => ({ ...window, index }))
      );
      for (let from = 0; from < windows.length; from += WINDOWS_PER_GROUP) {
        const group = windows.slice(from, from + WINDOWS_PER_GROUP);
        const scored = await inference.scoreSequences(group.map(({ bytes }) => bytes), signal);
        group.forEach(({ index, start }, i) => scores[index].set(scored[i], start));
        onProgress?.((from + group.length) / windows.length);
      }
      return scores;
    },
    async generate(prompts, { maxBytes, ...options }) {
      const rows = await inference.generate(prompts, { ...options, maxTokens: maxBytes });
      return rows.map((row) => Uint8Array.from(row));
    },
  };
}

/** A stretch of a text that fits the model: `bytes[i + 1]` is the text's byte `start + i + 1`. */
export interface TextWindow {
  start: number;
  bytes: Uint8Array;
}

/**
 * Cuts a text into windows of at most ctx + 1 bytes (ctx inputs). The last byte of a window is the
 * first of the next, so every byte but the text's first is predicted exactly once.
 */
export function textWindows(text: Uint8Array, ctx: number): TextWindow[] {
  const windows: TextWindow[] = [];
  for (let start = 0; start < text.length - 1; start += ctx) {
    windows.push({ start, bytes: text.subarray(start, start + ctx + 1) });
  }
  return windows;
}
