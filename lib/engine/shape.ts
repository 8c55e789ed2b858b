// Limits of the kernels on a model's shape, checked before anything is allocated.

import { ValidationError } from "../errors.ts";
import { architectureProblem } from "../format/architecture.ts";
import type { ModelConfig } from "../format/config.ts";
import { describeImported } from "../format/imported.ts";

/** Vectors hold four elements: every row the kernels walk is a whole number of them. */
const VECTOR = 4;

/** @throws {ValidationError} naming the field the engine cannot compute. */
export function assertComputable(config: ModelConfig): void {
  const { arch: _, imported: __, ...sizes } = config;
  for (const [name, value] of Object.entries(sizes)) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new ValidationError(`Expected model.${name} to be a positive integer, got ${value}`, {
        path: `model.${name}`,
        expected: "a positive integer",
        got: String(value),
      });
    }
  }
  const problem = architectureProblem(config);
  if (problem) {
    const { path, expected, got, fix } = problem;
    throw new ValidationError(`Expected model.${path} to be ${expected}, got ${got}`, {
      path: `model.${path}`,
      expected,
      got,
      fix,
    });
  }
  multipleOf(VECTOR, "dModel / heads", config.dModel / config.heads);
  multipleOf(VECTOR, "dMlp", config.dMlp);
}

/** @throws {ValidationError} naming the field of a shape that can be run, not trained. */
export function assertTrainable(config: ModelConfig): void {
  assertComputable(config);
  multipleOf(VECTOR, "vocabSize", config.vocabSize);
  if (config.imported === undefined) return;
  throw new ValidationError("Expected a model to train without imported options, got some", {
    path: "model.imported",
    expected: "nothing",
    got: describeImported(config.imported),
    fix: "Such models can be run and scored; train a shape that recipes have.",
  });
}

/** Columns of the head: as many as ids, rounded up to whole vectors. */
export function paddedVocab({ vocabSize }: ModelConfig): number {
  return Math.ceil(vocabSize / VECTOR) * VECTOR;
}

function multipleOf(unit: number, name: string, value: number): void {
  if (value % unit === 0) return;
  throw new ValidationError(`Expected model ${name} to be a multiple of ${unit}, got ${value}`, {
    path: `model.${name}`,
    expected: `a multiple of ${unit}`,
    got: String(value),
    fix: `Choose a shape whose ${name} is a multiple of ${unit}.`,
  });
}

/** What scores are multiplied by: 1/√(dModel/heads) unless a model says otherwise, binary32. */
export function attentionScale({ dModel, heads, imported }: ModelConfig): number {
  return Math.fround(imported?.attentionScale ?? 1 / Math.sqrt(dModel / heads));
}
