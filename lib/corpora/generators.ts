// Generators of training examples for the generated tasks. Knows no batch and no model.
// No generator emits a prompt of the public evaluation trials: such a draw is thrown away and the
// next numbers of the same row are used, so the examples stay a function of (seed, step, row).

import { reverse16Trials, reverseTrial, sort6Trials, sortTrial, type Trial } from "./trials.ts";

export type GeneratorParams = Record<string, number>;

/** Where an example's numbers come from. */
export interface RandomNumbers {
  /** The next number in 0..n−1. */
  below(n: number): number;
}

export interface Generator {
  id: string;
  /** Goes up whenever an example can change. */
  version: number;
  description: string;
  /** What is wrong with the parameters and how to mend it, or null. */
  paramsProblem(params: GeneratorParams): string | null;
  /** Smallest context holding the longest example: its bytes with the newline, minus one. */
  ctxNeeded(params: GeneratorParams): number;
  make(random: RandomNumbers, params: GeneratorParams): Trial;
}

const sort6Prompts = lazySet(() => sort6Trials().map((trial) => trial.prompt));
const reverse16Prompts = lazySet(() => reverse16Trials().map((trial) => trial.prompt));

/** Six digits, each uniform on 0..9. Takes no parameters. */
export const SORT_6: Generator = {
  id: "sort-6",
  version: 1,
  description: "Six uniform digits and the same digits in order.",
  paramsProblem(params) {
    const unknown = Object.keys(params);
    return unknown.length === 0 ? null : `sort-6 takes no parameters: remove ${unknown.join(", ")}`;
  },
  ctxNeeded: () => 31,
  make(random) {
    return drawOutside(
      sort6Prompts(),
      () => sortTrial(Array.from({ length: 6 }, () => random.below(10))),
    );
  },
};

/** A word of minLength to maxLength letters, length and letters uniform. */
export const REVERSE_16: Generator = {
  id: "reverse-16",
  version: 1,
  description: "A word of uniform letters and the same word backwards; both lengths 1 to 16.",
  paramsProblem({ minLength, maxLength, ...rest }) {
    const unknown = Object.keys(rest);
    if (unknown.length > 0) return `reverse-16 has no parameter ${unknown.join(", ")}: remove it`;
    const valid = [minLength, maxLength].every((n) => Number.isInteger(n) && n >= 1 && n <= 16);
    return valid && minLength <= maxLength
      ? null
      : "reverse-16 needs whole numbers 1 ≤ minLength ≤ maxLength ≤ 16, for example 4 and 16";
  },
  ctxNeeded: ({ maxLength }) => "reverse: ".length + 2 * maxLength + " = ".length,
  make(random, { minLength, maxLength }) {
    return drawOutside(reverse16Prompts(), () => {
      const length = minLength + random.below(maxLength - minLength + 1);
      return reverseTrial(Array.from({ length }, () => random.below(26)));
    });
  },
};

export const GENERATORS = [SORT_6, REVERSE_16] as const satisfies readonly Generator[];

/** The registered generator of this id and version, or undefined. */
export function findGenerator(id: string, version: number): Generator | undefined {
  return GENERATORS.find((generator) => generator.id === id && generator.version === version);
}

function drawOutside(excluded: ReadonlySet<string>, draw: () => Trial): Trial {
  let trial = draw();
  while (excluded.has(trial.prompt)) trial = draw();
  return trial;
}

function lazySet(make: () => string[]): () => ReadonlySet<string> {
  let set: ReadonlySet<string> | undefined;
  return () => set ??= new Set(make());
}
