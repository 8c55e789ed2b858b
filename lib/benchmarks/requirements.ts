// What benchmarks ask of a model before it runs; the answers are shown to its author.

import type { BenchmarkModel } from "./benchmark.ts";

/** Why bytes cannot be put to the model, or null. */
export function bytesProblem(model: BenchmarkModel): string | null {
  return model.hasTokenizer
    ? null
    : `Needs a vocabulary of 256 bytes or a tokenizer in the file, this model has ${model.vocabularySize} tokens and none.`;
}

/**
 * Why a prompt with its answer does not fit the model, or null. A token has at least one byte, so
 * a context of as many tokens holds them however the model cuts what it writes.
 */
export function contextProblem(model: BenchmarkModel, byteLength: number): string | null {
  return bytesProblem(model) ??
    (model.contextLength >= byteLength
      ? null
      : `Needs a context of ${byteLength} bytes, this model has ${model.contextLength}.`);
}
