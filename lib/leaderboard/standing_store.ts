// Rows of a board, read from the table `standing`: pages cut out of its indexes.

import { type Kysely, type RawBuilder, type SelectQueryBuilder, sql } from "kysely";
import type { Benchmark } from "../benchmarks/benchmark.ts";
import type { TrainedIn } from "../format/header.ts";
import type { TwinOnBoard } from "../storage/board_schema.ts";
import type { ProvenanceState } from "../storage/entry_schema.ts";
import type { Database } from "../storage/schema.ts";
import type { SampleShare } from "../verification/sample_store.ts";
import { ROW_ORDERS, type RowCursor, type RowOrder, type RowOrderName } from "./orders.ts";

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
  /** Taken by its account for its recipe, its own among them; null for a free seed. */
  tickets: number | null;
  /** As its file says. */
  trainedIn: TrainedIn | null;
  /** Of a sampled one, on pages that show it. */
  sample?: SampleShare | null;
}

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
  after?: RowCursor | null;
  before?: RowCursor | "end" | null;
  filter?: Filter;
}

/** A row and its place in the order it was read in. */
export interface PlacedRow {
  row: StandingRow;
  cursor: RowCursor;
}

/** Ranked rows of a page. */
export async function readPage(
  db: Kysely<Database>,
  key: BoardKey,
  request: PageRequest,
): Promise<PlacedRow[]> {
  const { order, before } = request;
  const { columns }: RowOrder = ROW_ORDERS[order];
  const read = await readRows(db, pageQuery(db, key, request), sql.ref(columns[0]));
  const rows = read.map(({ row, createdUs, extra }) => {
    const values: Record<string, number | string> = {
      best_first: bestFirst(row.score!, key),
      parameters: row.parameters,
      created_us: createdUs,
    };
    // JSON writes an infinite number as a text.
    const other = columns[0] === "by_name" ? extra : Number(extra);
    const keys = columns.map((column) => values[column] ?? other);
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
  // A number in the statement, not a parameter: its plan is made once for all values.
  return query.limit(sql.lit(limit)).selectAll();
}

/** What is read of a row, as `asRow` takes it. */
const COLUMNS = [
  ...["entry_id", "model_digest", "name", "author", "parameters"],
  ...["score", "interval_low", "interval_high"],
  ...["training_flops", "training_tokens", "self_reported_ms"],
  ...["provenance", "exact_count", "featured", "created_us"],
  ...["incompatible_reason", "twin", "memorised", "contaminated_by", "unscanned_corpus"],
  ...["tickets", "trained_in"],
];

// deno-lint-ignore no-explicit-any -- values of JSON, by the types of their columns
function asRow(values: any[]): StandingRow {
  return {
    entryId: values[0],
    modelDigest: values[1],
    name: values[2],
    author: values[3],
    parameters: values[4],
    score: values[5],
    intervalLow: values[6],
    intervalHigh: values[7],
    trainingFlops: values[8],
    trainingTokens: values[9],
    selfReportedMs: values[10],
    provenance: values[11],
    exactCount: values[12],
    featured: values[13],
    createdAt: new Date(values[CREATED_US] / 1000),
    incompatibleReason: values[15],
    twin: values[16],
    memorised: values[17],
    contaminatedBy: values[18],
    unscannedCorpus: values[19],
    tickets: values[20],
    trainedIn: values[21],
  };
}
const CREATED_US = 14;

interface ReadRow {
  row: StandingRow;
  createdUs: number;
  extra: number | string;
}

type RowsQuery = SelectQueryBuilder<Database, "standing", Database["standing"]>;

/**
 * The rows of a query in its order, as one text of JSON: a thousandth of the values that the driver
 * would parse, and the embedded database copy from thread to thread, one by one.
 *
 * @param extra one more value of each row.
 */
async function readRows(
  db: Kysely<Database>,
  query: RowsQuery,
  extra: RawBuilder<unknown> = sql`0`,
): Promise<ReadRow[]> {
  const values = sql.join([...COLUMNS.map((name) => sql.ref(name)), extra]);
  const { text } = await db.selectFrom(query.as("read"))
    .select(sql<string | null>`json_agg(json_build_array(${values}))::text`.as("text"))
    .executeTakeFirstOrThrow();
  if (text === null) return [];
  return JSON.parse(text).map((values: unknown[]) => ({
    row: asRow(values),
    createdUs: values[CREATED_US],
    extra: values[COLUMNS.length],
  }));
}

/** Rows of these entries, as far as they are ranked, in no order. */
export async function readEntries(
  db: Kysely<Database>,
  key: BoardKey,
  entryIds: readonly string[],
): Promise<StandingRow[]> {
  if (entryIds.length === 0) return [];
  const query = rankedRows(db, key).where("entry_id", "in", [...entryIds]).selectAll();
  return (await readRows(db, query)).map(({ row }) => row);
}

/** The newest entries that are scored and have no rank. */
export async function readUnranked(
  db: Kysely<Database>,
  key: BoardKey,
  request: UnrankedRequest,
): Promise<StandingRow[]> {
  return (await readRows(db, unrankedQuery(db, key, request))).map(({ row }) => row);
}

interface UnrankedRequest {
  limit: number;
  filter?: Filter;
}

/** The query of `readUnranked`. */
export function unrankedQuery(
  db: Kysely<Database>,
  key: BoardKey,
  { limit, filter }: UnrankedRequest,
) {
  const query = rowsOf(db, key).where(sql<boolean>`listed and not ranked`);
  return (filter ? filter(query) : query)
    .orderBy("created_us", "desc").orderBy(ENTRY_ID).limit(limit).selectAll();
}

/** Ranked entries of every benchmark version that has any. */
export function boardCounts(
  db: Kysely<Database>,
): Promise<{ benchmark: string; version: number; ranked: number }[]> {
  return db.selectFrom("standing").where(sql<boolean>`ranked`).groupBy(["benchmark", "version"])
    .select((eb) => ["benchmark", "version", eb.fn.countAll<number>().as("ranked")])
    .orderBy("benchmark").orderBy("version").execute();
}
