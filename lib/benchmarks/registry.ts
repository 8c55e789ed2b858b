// Every benchmark the board knows, in the order of its tabs.

import type { Benchmark } from "./benchmark.ts";
import { CODE_COMPLETION_PASS } from "./code_completion_pass.ts";
import { MULTIPLE_CHOICE_MINI } from "./multiple_choice_mini.ts";
import { REVERSE_16 } from "./reverse_16.ts";
import { SHAKESPEARE_PPL } from "./shakespeare_ppl.ts";
import { SORT_6 } from "./sort_6.ts";
import { TINYSTORIES_PPL_V1, TINYSTORIES_PPL_V2 } from "./tinystories_ppl.ts";

export const BENCHMARKS = [
  TINYSTORIES_PPL_V2,
  SORT_6,
  REVERSE_16,
  SHAKESPEARE_PPL,
  CODE_COMPLETION_PASS,
  MULTIPLE_CHOICE_MINI,
  TINYSTORIES_PPL_V1,
] as const satisfies readonly Benchmark[];

/** The ranked benchmarks: one tab each. */
export const RANKED_BENCHMARKS: readonly Benchmark[] = BENCHMARKS.filter(({ ranked }) => ranked);

/** What forms tell of those that a tab can score on. */
export const OFFERED_BENCHMARKS = RANKED_BENCHMARKS.map(({ id, version, name, unit }) => ({
  ...{ id, version, name, unit },
}));

/** The benchmark of this id and version; without a version, the ranked one. Undefined when unknown. */
export function findBenchmark(id: string, version?: number): Benchmark | undefined {
  return BENCHMARKS.find((benchmark: Benchmark) =>
    benchmark.id === id &&
    (version === undefined ? benchmark.ranked : benchmark.version === version)
  );
}
