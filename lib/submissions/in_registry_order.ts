// Scores as the registry orders benchmarks, and the ranks they have. Knows nothing of SQL.

import type { Benchmark } from "../benchmarks/benchmark.ts";
import { BENCHMARKS } from "../benchmarks/registry.ts";
import type { EntryRank } from "../leaderboard/rank.ts";
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

/** Null where it has none: also on a version that is kept for comparison. */
export function rankOn(
  { id, ranked }: Benchmark,
  ranks: ReadonlyMap<string, EntryRank>,
): EntryRank | null {
  return ranked ? ranks.get(id) ?? null : null;
}
