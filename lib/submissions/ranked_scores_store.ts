// Scores of an entry, each with the rank it has on its board.

import type { Kysely } from "kysely";
import type { Benchmark } from "../benchmarks/benchmark.ts";
import type { EntryRank } from "../leaderboard/rank.ts";
import { ranksOfEntry } from "../leaderboard/store.ts";
import type { ScoreSummary } from "../storage/entry_schema.ts";
import type { Database } from "../storage/schema.ts";
import { inRegistryOrder } from "./in_registry_order.ts";
import { scoreSummariesOf } from "./store.ts";

export interface RankedScore {
  benchmark: Benchmark;
  score: ScoreSummary;
  /** Null where it has none: also on a version that is kept for comparison. */
  rank: EntryRank | null;
}

/** In the order of the registry; none, without a look at the boards, where `modelDigest` is null. */
export async function rankedScoresOf(
  db: Kysely<Database>,
  entryId: string,
  modelDigest: string | null,
): Promise<RankedScore[]> {
  if (modelDigest === null) return [];
  const [scores, ranks] = await Promise.all([
    scoreSummariesOf(db, modelDigest),
    ranksOfEntry(db, entryId),
  ]);
  return inRegistryOrder(scores).map(({ benchmark, score }) => ({
    benchmark,
    score,
    rank: benchmark.ranked ? ranks.get(benchmark.id) ?? null : null,
  }));
}
