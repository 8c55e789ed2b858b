// What benchmarks ask of a model before it runs; the answers are shown to its author.

import type { BenchmarkModel } from "./benchmark.ts";

const BYTE_VALUES = 256;

/** Why the model is no byte model, or null. */
export function byteModelProblem(model: BenchmarkModel): string | null {
  return model.vocabularySize === BYTE_VALUES
    ? null
    : `Needs a vocabulary of ${BYTE_VALUES} bytes, this model has ${model.vocabularySize} tokens.`;
}

/** Why a prompt with its answer does not fit the model, or null. */
export function contextProblem(model: BenchmarkModel, byteLength: number): string | null {
  return byteModelProblem(model) ??
    (model.contextLength >= byteLength
      ? null
      : `Needs a context of ${byteLength} bytes, this model has ${model.contextLength}.`);
}
