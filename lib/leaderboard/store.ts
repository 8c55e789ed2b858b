// The boards as queries: who is ranked, in which order, and who is listed without a rank.

import {
  type ExpressionBuilder,
  type Kysely,
  type RawBuilder,
  type SelectQueryBuilder,
  sql,
} from "kysely";
import type { Benchmark } from "../benchmarks/benchmark.ts";
import { contaminatedBy, unscannedCorpus } from "../corpora/store.ts";
import type { Database, ProvenanceState } from "../storage/schema.ts";
import { baselineRows, baselinesOfPage, type PlacedBaseline } from "./baselines.ts";
import { storedGroups, storeGroups, TIE_PLACES } from "./tie_store.ts";
import { groupAt, type Standing, type TieGroup } from "./ties.ts";
import { standsOnBoards } from "./versions.ts";

/** What the query needs to know of a benchmark. */
export type BoardKey = Pick<Benchmark, "id" | "version" | "lowerIsBetter">;

/** The same, and how two scores are compared. */
export type ComparableBoard = BoardKey & Pick<Benchmark, "unit">;

export interface BoardRow {
  /** Equal scores share a rank (1, 1, 3); null for entries listed without one. */
  rank: number | null;
  /** The places it shares with models that are not significantly better or worse. */
  tie: TieGroup | null;
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

/** Most times a page is read anew because the standings changed while it was. */
const MOST_READS = 3;

/** One page of a board. */
export async function boardRows(
  db: Kysely<Database>,
  key: ComparableBoard,
  page: { limit: number; offset: number },
): Promise<Board> {
  const rows = await rankedRows(db, key, page);
  const unranked = await unrankedRows(db, key);
  const { total } = await rankedEntries(db, key).clearSelect()
    .select((eb) => eb.fn.countAll<number>().as("total")).executeTakeFirstOrThrow();
  return { rows: rows.map(asRow), unranked, total };
}

/** The newest entries that are scored and have no rank, of those that pass `filter`. */
export async function unrankedRows(
  db: Kysely<Database>,
  key: BoardKey,
  filter: RawBuilder<boolean> = sql`true`,
): Promise<BoardRow[]> {
  const rows = await scoredEntries(db, key)
    .select([sql<null>`null`.as("rank"), sql<null>`null`.as("tie")])
    .where(filter)
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
  return rows.map(asRow);
}

/** The baselines that stand among the rows of a page, each at its place. */
export async function placedBaselines(
  db: Kysely<Database>,
  benchmark: Benchmark,
  page: { offset: number; shown: number; total: number },
): Promise<PlacedBaseline[]> {
  const rows = baselineRows(benchmark);
  const ahead = await rankedAhead(db, benchmark, rows.map(({ score }) => score));
  return baselinesOfPage(rows.map((row, i) => ({ ...row, ahead: ahead[i] })), page);
}

/** For each of `scores`, how many ranked entries have one at least as good. */
export async function rankedAhead(
  db: Kysely<Database>,
  key: BoardKey,
  scores: readonly number[],
): Promise<number[]> {
  if (scores.length === 0) return [];
  const asGood = key.lowerIsBetter ? "<=" : ">=";
  const counts = await rankedEntries(db, key).clearSelect()
    .select((eb) =>
      scores.map((score, i) =>
        eb.fn.countAll<number>().filterWhere("score.score", asGood, score).as(String(i))
      )
    )
    .executeTakeFirstOrThrow();
  return scores.map((_, i) => counts[i]);
}

/** The rows of a page with their ranks and ties, all of one moment. */
async function rankedRows(
  db: Kysely<Database>,
  key: ComparableBoard,
  { limit, offset }: { limit: number; offset: number },
) {
  for (let reads = 1;; reads++) {
    const read = await inOrder(rankedEntries(db, key), key)
      .select((eb) => [
        rankOver(eb, key).as("rank"),
        // In the same statement, so that it is of the same moment.
        standingsDigest(db, key).as("standings"),
      ])
      .limit(limit).offset(offset).execute();
    const groups = read.length === 0 ? [] : await tieGroups(db, key, read[0].standings);
    if (groups === null && reads < MOST_READS) continue;
    return read.map(({ standings: _, ...row }, i) => ({
      ...row,
      tie: groupAt(groups ?? [], offset + i + 1),
    }));
  }
}

/** The groups of the standings of this digest, or null when the standings are others by now. */
async function tieGroups(
  db: Kysely<Database>,
  key: ComparableBoard,
  digest: string,
): Promise<TieGroup[] | null> {
  const stored = await storedGroups(db, key, digest);
  if (stored) return stored;
  const rows = await leading(db, key).select(standingsDigest(db, key).as("standings")).execute();
  if (rows[0]?.standings !== digest) return null;
  const standings = rows.map(({ standings: _, ...row }) => row as Standing);
  return await storeGroups(db, key, digest, standings);
}

/** What ties are made of: the leading models and their scores, in order. */
function leading(db: Kysely<Database>, key: BoardKey) {
  return inOrder(
    rankedEntries(db, key).clearSelect().select([
      "entry.model_digest as modelDigest",
      "score.score",
      "score.interval_low as intervalLow",
      "score.interval_high as intervalHigh",
    ]),
    key,
  ).limit(TIE_PLACES);
}

/** One digest of `leading`: another one as soon as a model comes, goes, moves or is scored anew. */
function standingsDigest(db: Kysely<Database>, key: BoardKey) {
  const placed = leading(db, key).select((eb) =>
    eb.fn.agg<number>("row_number").over((o) =>
      o.orderBy("score.score", direction(key))
        .orderBy("entry.parameters").orderBy("entry.created_at").orderBy("entry.id")
    ).as("place")
  );
  const line = sql`t."modelDigest" || ' ' || t.score`;
  return sql<string>`(select md5(string_agg(${line}, ',' order by t.place)) from ${
    placed.as("t")
  })`;
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

/** Entries with a score row of this benchmark, ranked or not; one for each training and author's line. */
export function scoredEntries(db: Kysely<Database>, key: BoardKey) {
  return db.selectFrom("entry")
    .innerJoin("score", "score.model_digest", "entry.model_digest")
    .where("score.benchmark", "=", key.id)
    .where("score.version", "=", key.version)
    .where(standsOnBoards)
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

/** Of a ranked entry, among those the query has. */
export function rankOver(eb: ExpressionBuilder<Database, "entry" | "score">, key: BoardKey) {
  return eb.fn.agg<number>("rank").over((o) => o.orderBy("score.score", direction(key)));
}

function direction({ lowerIsBetter }: BoardKey): "asc" | "desc" {
  return lowerIsBetter ? "asc" : "desc";
}

/** The order of a board: see rank.ts. */
function inOrder<Row>(
  query: SelectQueryBuilder<Database, "entry" | "score", Row>,
  key: BoardKey,
): SelectQueryBuilder<Database, "entry" | "score", Row> {
  return query.orderBy("score.score", direction(key))
    .orderBy("entry.parameters").orderBy("entry.created_at").orderBy("entry.id");
}

/**
 * Whether an entry may rank on the score's benchmark: it stands on boards, was not found false, has
 * not learned the public trials by heart, and no scan found evaluation text in what it was made
 * with.
 */
const mayRank = sql<boolean>`${standsOnBoards}
  and entry.provenance not in ('mismatch', 'rejected') and not ${memorised}
  and ${contaminatedBy} is null and ${unscannedCorpus} is null`;

export function asRow<Row extends { parameters: number | null }>(row: Row) {
  return { ...row, parameters: row.parameters ?? 0 };
}
