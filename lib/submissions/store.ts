// Entries, their scores and their jobs as queries.

import { type Kysely, sql } from "kysely";
import { PROBES } from "../benchmarks/probes.ts";
import { NotFoundError } from "../errors.ts";
import type {
  Entry,
  EntryUpdate,
  NewEntry,
  NewProbe,
  NewScore,
  ProbeRow,
  Score,
  ScoreSummary,
} from "../storage/entry_schema.ts";
import type { Job } from "../storage/job_schema.ts";
import type { Database } from "../storage/schema.ts";
import { onBoard } from "../storage/visibility.ts";

const SUMMARY_COLUMNS = [
  "model_digest",
  "benchmark",
  "version",
  "score",
  "interval_low",
  "interval_high",
  "secondary",
  "incompatible_reason",
  "engine_digest",
  "data_digest",
  "wall_ms",
  "created_at",
] as const;

export function newEntry(db: Kysely<Database>, entry: NewEntry): Promise<Entry> {
  return db.insertInto("entry").values(entry).returningAll().executeTakeFirstOrThrow();
}

export async function getEntry(db: Kysely<Database>, id: string): Promise<Entry | null> {
  return await db.selectFrom("entry").selectAll().where("id", "=", id).executeTakeFirst() ?? null;
}

const LISTED_COLUMNS = [
  "id",
  "name",
  "author",
  "status",
  "provenance",
  "file_digest",
  "created_at",
] as const;
export type EntrySummary = Pick<Entry, typeof LISTED_COLUMNS[number]>;

/** Every public entry by its id. `after` is the last one of the part before. */
export function listEntries(
  db: Kysely<Database>,
  { after, limit }: { after?: string; limit: number },
): Promise<EntrySummary[]> {
  let query = db.selectFrom("entry").select(LISTED_COLUMNS).where(onBoard)
    .orderBy("id").limit(limit);
  if (after !== undefined) query = query.where("id", ">", after);
  return query.execute();
}

/** The entry of a file, by the SHA-256 of its bytes: a file makes one entry that is not withdrawn. */
export async function entryByFile(
  db: Kysely<Database>,
  fileDigest: string,
): Promise<Entry | null> {
  return await db.selectFrom("entry").selectAll()
    .where("file_digest", "=", fileDigest).where("status", "<>", "withdrawn")
    .executeTakeFirst() ?? null;
}

/** @throws {NotFoundError} */
export async function updateEntry(
  db: Kysely<Database>,
  id: string,
  changes: EntryUpdate,
): Promise<Entry> {
  const entry = await db.updateTable("entry").set({ ...changes, updated_at: sql`now()` })
    .where("id", "=", id).returningAll().executeTakeFirst();
  if (entry === undefined) throw new NotFoundError(`No entry ${id}`);
  return entry;
}

export function scoresOf(db: Kysely<Database>, modelDigest: string): Promise<Score[]> {
  return db.selectFrom("score").selectAll().where("model_digest", "=", modelDigest)
    .orderBy("benchmark").orderBy("version").execute();
}

/** As above without the examples, which weigh more than all the rest. */
export function scoreSummariesOf(
  db: Kysely<Database>,
  modelDigest: string,
): Promise<ScoreSummary[]> {
  return db.selectFrom("score").select(SUMMARY_COLUMNS).where("model_digest", "=", modelDigest)
    .orderBy("benchmark").orderBy("version").execute();
}

export async function getScore(
  db: Kysely<Database>,
  { modelDigest, benchmark, version }: { modelDigest: string; benchmark: string; version: number },
): Promise<Score | null> {
  return await db.selectFrom("score").selectAll().where("model_digest", "=", modelDigest)
    .where("benchmark", "=", benchmark).where("version", "=", version)
    .executeTakeFirst() ?? null;
}

/** Stores scores by (weights, benchmark, version); a score computed again replaces itself. */
export async function putScores(db: Kysely<Database>, scores: readonly NewScore[]): Promise<void> {
  if (scores.length === 0) return;
  await db.insertInto("score").values([...scores])
    .onConflict((conflict) =>
      conflict.columns(["model_digest", "benchmark", "version"]).doUpdateSet((eb) => ({
        score: eb.ref("excluded.score"),
        interval_low: eb.ref("excluded.interval_low"),
        interval_high: eb.ref("excluded.interval_high"),
        secondary: eb.ref("excluded.secondary"),
        incompatible_reason: eb.ref("excluded.incompatible_reason"),
        examples: eb.ref("excluded.examples"),
        engine_digest: eb.ref("excluded.engine_digest"),
        data_digest: eb.ref("excluded.data_digest"),
        wall_ms: eb.ref("excluded.wall_ms"),
      }))
    ).execute();
}

/** In the order of lib/benchmarks/probes.ts; none when the weights were never probed. */
export async function probesOf(db: Kysely<Database>, modelDigest: string): Promise<ProbeRow[]> {
  const rows = await db.selectFrom("probe").selectAll().where("model_digest", "=", modelDigest)
    .execute();
  return PROBES.flatMap((probe) => rows.find((row) => row.probe === probe) ?? []);
}

/** Stores what probes found; one run again replaces what it found before. */
export async function putProbes(db: Kysely<Database>, probes: readonly NewProbe[]): Promise<void> {
  if (probes.length === 0) return;
  await db.insertInto("probe").values([...probes])
    .onConflict((conflict) =>
      conflict.columns(["model_digest", "probe"]).doUpdateSet((eb) => ({
        passed: eb.ref("excluded.passed"),
        detail: eb.ref("excluded.detail"),
        engine_digest: eb.ref("excluded.engine_digest"),
      }))
    ).execute();
}

/** What checks the entry, newest first: sets of the lab that others order of it are no part of it. */
export function jobsOf(db: Kysely<Database>, entryId: string): Promise<Job[]> {
  return db.selectFrom("job").selectAll().where("entry_id", "=", entryId)
    .where("kind", "<>", "generate")
    .orderBy("created_at", "desc").orderBy("id").execute();
}
