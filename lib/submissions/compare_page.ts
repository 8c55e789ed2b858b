// A few entries side by side: every benchmark one of them has a score on, and each pair of them there.
// Knows nothing of HTTP or markup.

import type { Kysely } from "kysely";
import type { Benchmark } from "../benchmarks/benchmark.ts";
import {
  compareOutcomes,
  type Comparison,
  type Outcome,
  pairingProblem,
} from "../benchmarks/compare.ts";
import { BENCHMARKS } from "../benchmarks/registry.ts";
import { standsOnBoards } from "../leaderboard/versions.ts";
import type { Entry, Score } from "../storage/entry_schema.ts";
import type { Database } from "../storage/schema.ts";
import { inRegistryOrder } from "./in_registry_order.ts";
import { requireStanding } from "./require.ts";
import { scoresOf } from "./store.ts";

/** Most that are compared at once: more columns than that fit no screen. */
export const MOST_COMPARED = 4;

/** Two of the entries, by their places; without a comparison, the reason. */
export interface ComparedPair {
  a: number;
  b: number;
  comparison: Comparison | null;
  reason: string | null;
}

/** One version of a benchmark. */
export interface ComparedScores {
  benchmark: Benchmark;
  /** In the order of the entries; null where one was not scored here. */
  scores: (Score | null)[];
  /** Of the entries that were: first with second, first with third, and so on. */
  pairs: ComparedPair[];
}

export interface ComparedEntries {
  entries: Entry[];
  /** Ranked versions first, in the order of the registry. */
  boards: ComparedScores[];
}

/** @throws {NotFoundError} when no entry has one of the ids, or it was withdrawn. */
export async function loadComparison(
  db: Kysely<Database>,
  ids: readonly string[],
): Promise<ComparedEntries> {
  const entries = await Promise.all(ids.map((id) => requireStanding(db, id)));
  const scored = await Promise.all(
    entries.map(async ({ model_digest }) =>
      model_digest === null ? [] : inRegistryOrder(await scoresOf(db, model_digest))
    ),
  );
  const order = [...BENCHMARKS].sort((a, b) => Number(b.ranked) - Number(a.ranked));
  const boards = order.map((benchmark) => {
    const scores = scored.map((own) =>
      own.find((found) => found.benchmark === benchmark)?.score ?? null
    );
    return { benchmark, scores, pairs: pairsOf(benchmark, scores) };
  });
  return { entries, boards: boards.filter(({ scores }) => scores.some((score) => score !== null)) };
}

function pairsOf(benchmark: Benchmark, scores: readonly (Score | null)[]): ComparedPair[] {
  return scores.flatMap((first, a) =>
    scores.slice(a + 1).flatMap((second, i) =>
      first && second ? [{ a, b: a + 1 + i, ...compareScores(benchmark, first, second) }] : []
    )
  );
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

function compareScores(
  benchmark: Benchmark,
  a: Score,
  b: Score,
): Pick<ComparedPair, "comparison" | "reason"> {
  const reason = whyNot(a, b);
  if (reason !== null) return { comparison: null, reason };
  return { comparison: compareOutcomes(benchmark, outcomesOf(a), outcomesOf(b)), reason };
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
