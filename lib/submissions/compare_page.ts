// Two entries side by side: every benchmark both have a score on. Knows nothing of HTTP or markup.

import type { Kysely } from "kysely";
import type { Benchmark } from "../benchmarks/benchmark.ts";
import {
  compareOutcomes,
  type Comparison,
  type Outcome,
  pairingProblem,
} from "../benchmarks/compare.ts";
import { standsOnBoards } from "../leaderboard/versions.ts";
import type { Database, Entry, Score } from "../storage/schema.ts";
import { inRegistryOrder } from "./in_registry_order.ts";
import { requireStanding } from "./require.ts";
import { scoresOf } from "./store.ts";

/** Two scores on one version of a benchmark; without a comparison, the reason. */
export interface ComparedScores {
  benchmark: Benchmark;
  a: Score;
  b: Score;
  comparison: Comparison | null;
  reason: string | null;
}

export interface ComparedEntries {
  a: Entry;
  b: Entry;
  /** In the order of the registry. */
  scores: ComparedScores[];
}

/** @throws {NotFoundError} when no entry has one of the ids, or it was withdrawn. */
export async function loadComparison(
  db: Kysely<Database>,
  idA: string,
  idB: string,
): Promise<ComparedEntries> {
  const [a, b] = await Promise.all([requireStanding(db, idA), requireStanding(db, idB)]);
  const [scoresA, scoresB] = await Promise.all(
    [a, b].map(({ model_digest }) => model_digest === null ? [] : scoresOf(db, model_digest)),
  );
  const ofB = inRegistryOrder(scoresB);
  const scores = inRegistryOrder(scoresA).flatMap(({ benchmark, score }) => {
    const other = ofB.find((found) => found.benchmark === benchmark);
    return other ? [compareScores(benchmark, score, other.score)] : [];
  });
  return { a, b, scores };
}

/** Entries to choose from: ids and names, the newest first. */
export function comparableEntries(
  db: Kysely<Database>,
  limit: number,
): Promise<{ id: string; name: string; author: string }[]> {
  return db.selectFrom("entry").select(["id", "name", "author"])
    .where(standsOnBoards)
    .orderBy("created_at", "desc").orderBy("id").limit(limit).execute();
}

function compareScores(benchmark: Benchmark, a: Score, b: Score): ComparedScores {
  const reason = whyNot(a, b);
  const comparison = reason === null
    ? compareOutcomes(benchmark, outcomesOf(a), outcomesOf(b))
    : null;
  return { benchmark, a, b, comparison, reason };
}

/** Why two scores cannot be compared, or null. */
function whyNot(a: Score, b: Score): string | null {
  if (a.score === null || b.score === null) return "One of them has no score here.";
  if (a.data_digest !== b.data_digest) return "They were scored on different data.";
  const problem = pairingProblem(outcomesOf(a), outcomesOf(b));
  return problem === null ? null : `Their examples differ: ${problem}.`;
}

/** Stored examples are JSON of our own making, but of any age. */
function outcomesOf({ examples }: Score): Outcome[] {
  return Array.isArray(examples) ? examples : [];
}
