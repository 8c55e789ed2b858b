// Limits of the kernels on a model's shape, checked before anything is allocated.

import { ValidationError } from "../errors.ts";
import { architectureProblem } from "../format/architecture.ts";
import type { ModelConfig } from "../format/config.ts";
import { describeImported } from "../format/imported.ts";

/** Vectors hold four elements: every row the kernels walk is a whole number of them. */
const VECTOR = 4;

/** @throws {ValidationError} naming the field the engine cannot compute. */
export function assertComputable(config: ModelConfig): void {
  const { arch: _, imported, ...sizes } = config;
  if (imported) {
    throw new ValidationError(
      "Expected a model without imported options: this engine does not compute them yet",
      { path: "model.imported", expected: "nothing", got: describeImported(imported) },
    );
  }
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
  multipleOf(VECTOR, "vocabSize", config.vocabSize);
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

/** 1/√(dModel/heads), binary32. */
export function attentionScale(config: ModelConfig): number {
  return Math.fround(1 / Math.sqrt(config.dModel / config.heads));
}
