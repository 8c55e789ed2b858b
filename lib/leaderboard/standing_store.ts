// Rows of a board, read from the table `standing`: pages cut out of its indexes.

import { type Kysely, sql } from "kysely";
import type { Benchmark } from "../benchmarks/benchmark.ts";
import type { Database, ProvenanceState, TwinOnBoard } from "../storage/schema.ts";
import { type Cursor, ROW_ORDERS, type RowOrder, type RowOrderName } from "./orders.ts";

/** What the query needs to know of a benchmark. */
export type BoardKey = Pick<Benchmark, "id" | "version" | "lowerIsBetter">;

/** A row without what follows from the rest of its board. */
export interface StandingRow {
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

const ROW_COLUMNS = [
  "entry_id as entryId",
  "model_digest as modelDigest",
  "name",
  "author",
  "parameters",
  "score",
  "interval_low as intervalLow",
  "interval_high as intervalHigh",
  "training_flops as trainingFlops",
  "training_tokens as trainingTokens",
  "self_reported_ms as selfReportedMs",
  "provenance",
  "exact_count as exactCount",
  "featured",
  "created_at as createdAt",
  "incompatible_reason as incompatibleReason",
  "twin",
  "memorised",
  "contaminated_by as contaminatedBy",
  "unscanned_corpus as unscannedCorpus",
] as const;

/** As the indexes say it: compared by bytes, as JavaScript compares. */
const ENTRY_ID = sql<string>`entry_id collate "C"`;

/** A condition on the rows of a board. */
export type Filter = (rows: StandingQuery) => StandingQuery;
type StandingQuery = ReturnType<typeof rowsOf>;

function rowsOf(db: Kysely<Database>, { id, version }: Pick<BoardKey, "id" | "version">) {
  return db.selectFrom("standing").where("benchmark", "=", id).where("version", "=", version);
}

/** The rows with a rank, in no order. */
export function rankedRows(db: Kysely<Database>, key: Pick<BoardKey, "id" | "version">) {
  return rowsOf(db, key).where(sql<boolean>`ranked`);
}

/** The score, with the sign that puts the best first. */
export function bestFirst(score: number, { lowerIsBetter }: BoardKey): number {
  return lowerIsBetter ? score : 0 - score;
}

export interface PageRequest {
  order: RowOrderName;
  limit: number;
  /** The rows right after or before a place, in their order all the same; "end": the last ones. */
  after?: Cursor | null;
  before?: Cursor | "end" | null;
  filter?: Filter;
}

/** A row and its place in the order it was read in. */
export interface PlacedRow {
  row: StandingRow;
  cursor: Cursor;
}

/** Ranked rows of a page. */
export async function readPage(
  db: Kysely<Database>,
  key: BoardKey,
  request: PageRequest,
): Promise<PlacedRow[]> {
  const { order, before } = request;
  const { columns }: RowOrder = ROW_ORDERS[order];
  const read = await pageQuery(db, key, request).execute();
  const rows = read.map(({ sortedBy, createdUs, ...row }) => {
    const values: Record<string, number> = {
      best_first: bestFirst(row.score!, key),
      parameters: row.parameters,
      created_us: createdUs,
    };
    const keys = columns.map((column) => values[column] ?? sortedBy);
    return { row, cursor: { order, keys, entryId: row.entryId } };
  });
  return before ? rows.reverse() : rows;
}

/** The query of `readPage`; a test holds its plan to the indexes. */
export function pageQuery(
  db: Kysely<Database>,
  key: BoardKey,
  { order, limit, after, before, filter }: PageRequest,
) {
  const { columns, backwards }: RowOrder = ROW_ORDERS[order];
  const terms = [...columns.map((column) => sql.ref(column)), ENTRY_ID];
  const descending = backwards !== Boolean(before);
  let query = rankedRows(db, key);
  const from = after ?? (before === "end" ? null : before);
  if (from) {
    const beyond = sql.raw(descending ? "<" : ">");
    const place = sql.join([...from.keys, from.entryId]);
    query = query.where(sql<boolean>`(${sql.join(terms)}) ${beyond} (${place})`);
  }
  if (filter) query = filter(query);
  for (const term of terms) query = query.orderBy(term, descending ? "desc" : "asc");
  return query.limit(limit).select(ROW_COLUMNS)
    .select([sql.ref<number>(columns[0]).as("sortedBy"), "created_us as createdUs"]);
}

/** Rows of these entries, as far as they are ranked, in no order. */
export function readEntries(
  db: Kysely<Database>,
  key: BoardKey,
  entryIds: readonly string[],
): Promise<StandingRow[]> {
  if (entryIds.length === 0) return Promise.resolve([]);
  return rankedRows(db, key).where("entry_id", "in", [...entryIds]).select(ROW_COLUMNS).execute();
}

/** The newest entries that are scored and have no rank. */
export function unrankedQuery(
  db: Kysely<Database>,
  key: BoardKey,
  { limit, filter }: { limit: number; filter?: Filter },
) {
  const query = rowsOf(db, key).where(sql<boolean>`listed and not ranked`);
  return (filter ? filter(query) : query)
    .orderBy("created_us", "desc").orderBy(ENTRY_ID).limit(limit).select(ROW_COLUMNS);
}

/** Ranked entries of every benchmark version that has any. */
export function boardCounts(
  db: Kysely<Database>,
): Promise<{ benchmark: string; version: number; ranked: number }[]> {
  return db.selectFrom("standing").where(sql<boolean>`ranked`).groupBy(["benchmark", "version"])
    .select((eb) => ["benchmark", "version", eb.fn.countAll<number>().as("ranked")])
    .orderBy("benchmark").orderBy("version").execute();
}
