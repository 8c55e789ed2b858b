// The boards as queries: who is ranked, in which order, and who is listed without a rank.

import { type Kysely, sql } from "kysely";
import { contaminatedBy, unscannedCorpus } from "../corpora/store.ts";
import type { Database, ProvenanceState } from "../storage/schema.ts";

/** What the query needs to know of a benchmark. */
export interface BoardKey {
  id: string;
  version: number;
  lowerIsBetter: boolean;
}

export interface BoardRow {
  /** Equal scores share a rank (1, 1, 3); null for entries listed without one. */
  rank: number | null;
  entryId: string;
  modelDigest: string | null;
  name: string;
  author: string;
  parameters: number;
  score: number | null;
  intervalLow: number | null;
  intervalHigh: number | null;
  trainingFlops: number | null;
  trainingTokens: number | null;
  selfReportedMs: number | null;
  provenance: ProvenanceState;
  exactCount: number;
  featured: boolean;
  createdAt: Date;
  incompatibleReason: string | null;
  /** On the newest sealed twin the model has met; null for other tasks. */
  twin: TwinOnBoard | null;
  /** On some sealed twin it was beyond chance worse than on the public trials: no rank. */
  memorised: boolean;
  /** SHA-256 of a corpus it was made with that holds evaluation text of the benchmark. */
  contaminatedBy: string | null;
  /** SHA-256 of a corpus it was made with that is not scanned yet. */
  unscannedCorpus: string | null;
}

export interface TwinOnBoard {
  period: string;
  correct: number;
  trials: number;
  /** Public score − that on the twin, in percentage points, with its 95 % interval. */
  gap: number;
  gapLow: number;
  gapHigh: number;
}

export interface Board {
  rows: BoardRow[];
  /** Scored but not ranked: incompatible with the benchmark, its corpus contaminated, or a mismatch. */
  unranked: BoardRow[];
  /** Ranked rows on all pages. */
  total: number;
}

/** Most unranked rows listed under a board. */
const UNRANKED_LIMIT = 100;

/** Of a row of `score`: found on any sealed twin. */
const memorised = sql<boolean>`exists (select from twin_score as twin
  where twin.model_digest = score.model_digest and twin.benchmark = score.benchmark
    and twin.version = score.version and twin.memorised)`;

/** Of a row of `score`, as JSON. */
const newestTwin = sql<TwinOnBoard | null>`(select jsonb_build_object('period', twin.period,
    'correct', twin.correct, 'trials', twin.trials, 'gap', twin.gap, 'gapLow', twin.gap_low,
    'gapHigh', twin.gap_high)
  from twin_score as twin where twin.model_digest = score.model_digest
    and twin.benchmark = score.benchmark and twin.version = score.version
  order by twin.period desc limit 1)`;

/** One page of a board. */
export async function boardRows(
  db: Kysely<Database>,
  key: BoardKey,
  { limit, offset }: { limit: number; offset: number },
): Promise<Board> {
  const direction = key.lowerIsBetter ? "asc" : "desc";
  const rows = await rankedEntries(db, key)
    .select((eb) =>
      eb.fn.agg<number>("rank").over((o) => o.orderBy("score.score", direction)).as("rank")
    )
    .orderBy("score.score", direction)
    .orderBy("entry.parameters").orderBy("entry.created_at").orderBy("entry.id")
    .limit(limit).offset(offset).execute();
  const unranked = await scoredEntries(db, key)
    .select(sql<null>`null`.as("rank"))
    .where((eb) =>
      eb.or([
        eb("entry.provenance", "=", "mismatch"),
        eb("score.score", "is", null),
        eb(contaminatedBy, "is not", null),
        eb(unscannedCorpus, "is not", null),
        memorised,
      ])
    )
    .where("entry.provenance", "!=", "rejected")
    .orderBy("entry.created_at", "desc").orderBy("entry.id")
    .limit(UNRANKED_LIMIT).execute();
  const { total } = await rankedEntries(db, key).clearSelect()
    .select((eb) => eb.fn.countAll<number>().as("total")).executeTakeFirstOrThrow();
  return { rows: rows.map(asRow), unranked: unranked.map(asRow), total };
}

/** Ranked entries of every benchmark version that has any. */
export function boardCounts(
  db: Kysely<Database>,
): Promise<{ benchmark: string; version: number; ranked: number }[]> {
  return db.selectFrom("entry").innerJoin("score", "score.model_digest", "entry.model_digest")
    .where(mayRank).where("score.score", "is not", null)
    .groupBy(["score.benchmark", "score.version"])
    .select((eb) => ["score.benchmark", "score.version", eb.fn.countAll<number>().as("ranked")])
    .orderBy("score.benchmark").orderBy("score.version")
    .execute();
}

/** Entries with a score row of this benchmark, ranked or not; one for each set of weights. */
function scoredEntries(db: Kysely<Database>, key: BoardKey) {
  return db.selectFrom("entry")
    .innerJoin("score", "score.model_digest", "entry.model_digest")
    .where("score.benchmark", "=", key.id)
    .where("score.version", "=", key.version)
    .where("entry.status", "=", "scored")
    .where("entry.duplicate_of", "is", null)
    .select([
      "entry.id as entryId",
      "entry.model_digest as modelDigest",
      "entry.name",
      "entry.author",
      "entry.parameters",
      "score.score",
      "score.interval_low as intervalLow",
      "score.interval_high as intervalHigh",
      "entry.training_flops as trainingFlops",
      "entry.training_tokens as trainingTokens",
      "entry.self_reported_ms as selfReportedMs",
      "entry.provenance",
      "entry.exact_count as exactCount",
      "entry.featured",
      "entry.created_at as createdAt",
      "score.incompatible_reason as incompatibleReason",
      memorised.as("memorised"),
      newestTwin.as("twin"),
      contaminatedBy.as("contaminatedBy"),
      unscannedCorpus.as("unscannedCorpus"),
    ]);
}

/** Entries with a rank on this benchmark, in no order. */
export function rankedEntries(db: Kysely<Database>, key: BoardKey) {
  return scoredEntries(db, key).where(mayRank).where("score.score", "is not", null);
}

/**
 * Whether an entry may rank on the score's benchmark: scored, the first with its weights, not found
 * false, its public trials not learned by heart, and no scan found evaluation text in what it was
 * made with.
 */
const mayRank = sql<boolean>`entry.status = 'scored' and entry.duplicate_of is null
  and entry.provenance not in ('mismatch', 'rejected') and not ${memorised}
  and ${contaminatedBy} is null and ${unscannedCorpus} is null`;

function asRow<Row extends { parameters: number | null }>(row: Row) {
  return { ...row, parameters: row.parameters ?? 0 };
}
