// Parts of a path turned into what they name.

import type { Benchmark } from "../benchmarks/benchmark.ts";
import { findBenchmark, RANKED_BENCHMARKS } from "../benchmarks/registry.ts";
import { NotFoundError } from "../errors.ts";

/** @throws {NotFoundError} listing the boards there are. */
export function rankedBenchmark(id: string): Benchmark {
  const benchmark = findBenchmark(id);
  if (benchmark) return benchmark;
  throw new NotFoundError("There is no leaderboard of this name", {
    expected: RANKED_BENCHMARKS.map((known) => known.id).join(", "),
    got: id.slice(0, 40),
    fix: "Pick a board from the list of leaderboards.",
  });
}
