// Scores as the registry orders benchmarks. Knows nothing of SQL.

import type { Benchmark } from "../benchmarks/benchmark.ts";
import { BENCHMARKS } from "../benchmarks/registry.ts";
import type { Score } from "../storage/entry_schema.ts";

/** Ranked versions first, then those kept for comparison. */
export function inRegistryOrder<Row extends Pick<Score, "benchmark" | "version">>(
  scores: readonly Row[],
): { benchmark: Benchmark; score: Row }[] {
  const order = [...BENCHMARKS].sort((a, b) => Number(b.ranked) - Number(a.ranked));
  return order.flatMap((benchmark) => {
    const score = scores.find((found) =>
      found.benchmark === benchmark.id && found.version === benchmark.version
    );
    return score ? [{ benchmark, score }] : [];
  });
}
