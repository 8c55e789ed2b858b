// Uploaded corpora, scans and what they mean for the boards, as queries.

import { type Insertable, type Kysely, sql } from "kysely";
import type { CorpusRow, CorpusTable } from "../storage/corpus_schema.ts";
import type { Entry } from "../storage/entry_schema.ts";
import type { Database } from "../storage/schema.ts";
import { onBoard } from "../storage/visibility.ts";
import { jsonb } from "../storage/json.ts";
import { type ScanReport, scanReportSchema, scopeOf } from "./contamination/report.ts";

/** Scans of an uploaded corpus that may fail before it is left alone. */
const SCAN_ATTEMPTS = 3;

/** Bytes [start, end) of a corpus, by its SHA-256. */
interface ByteRange {
  corpus: string;
  start: number;
  end: number;
}

/** False when these bytes are there already. */
export async function newCorpus(
  db: Kysely<Database>,
  corpus: Insertable<CorpusTable>,
): Promise<boolean> {
  const row = await db.insertInto("corpus").values(corpus)
    .onConflict((conflict) => conflict.column("sha256").doNothing())
    .returning("sha256").executeTakeFirst();
  return row !== undefined;
}

export async function getCorpus(db: Kysely<Database>, sha256: string): Promise<CorpusRow | null> {
  return await db.selectFrom("corpus").selectAll().where("sha256", "=", sha256)
    .executeTakeFirst() ?? null;
}

/** Newest first. */
export function listCorpora(db: Kysely<Database>, limit: number): Promise<CorpusRow[]> {
  return db.selectFrom("corpus").selectAll().orderBy("created_at", "desc").orderBy("sha256")
    .limit(limit).execute();
}

/** Uploaded corpora whose newest scan did not look for what `scope` says, the oldest first. */
export function corporaToScan(db: Kysely<Database>, scope: string): Promise<CorpusRow[]> {
  return db.selectFrom("corpus").selectAll()
    .where("scan_attempts", "<", SCAN_ATTEMPTS)
    .where((eb) =>
      eb.not(eb.exists(
        eb.selectFrom("scan").select("corpus")
          .whereRef("scan.corpus", "=", "corpus.sha256").where("scope", "=", scope),
      ))
    )
    .orderBy("created_at").orderBy("sha256").execute();
}

export async function noteScanFailure(db: Kysely<Database>, sha256: string, reason: string) {
  await db.updateTable("corpus")
    .set((eb) => ({ scan_attempts: eb("scan_attempts", "+", 1), scan_failure: reason }))
    .where("sha256", "=", sha256).execute();
}

/** Ids of the uploaded corpora that recipes may use: those that were searched. */
export async function scannedCorpora(db: Kysely<Database>): Promise<Set<string>> {
  const rows = await db.selectFrom("scan").innerJoin("corpus", "corpus.sha256", "scan.corpus")
    .select("corpus.sha256").distinct().execute();
  return new Set(rows.map(({ sha256 }) => sha256));
}

/** The newest report, or null. */
export async function getScan(db: Kysely<Database>, corpus: string): Promise<ScanReport | null> {
  const row = await db.selectFrom("scan").select("report").where("corpus", "=", corpus)
    .executeTakeFirst();
  return row === undefined ? null : scanReportSchema.parse(row.report);
}

/** SHA-256 of the corpus → its newest report. */
export async function scansOf(
  db: Kysely<Database>,
  corpora: readonly string[],
): Promise<Map<string, ScanReport>> {
  if (corpora.length === 0) return new Map();
  const rows = await db.selectFrom("scan").select(["corpus", "report"])
    .where("corpus", "in", [...corpora]).execute();
  return new Map(rows.map((row) => [row.corpus, scanReportSchema.parse(row.report)]));
}

/** Replaces what earlier scans of the corpus found. */
export async function putScan(db: Kysely<Database>, report: ScanReport): Promise<void> {
  const { corpus } = report;
  const scan = { scope: scopeOf(report), report: jsonb(report) };
  await db.insertInto("scan").values({ corpus, ...scan })
    .onConflict((conflict) => conflict.column("corpus").doUpdateSet(scan)).execute();
  await db.updateTable("corpus").set({ scan_attempts: 0, scan_failure: null })
    .where("sha256", "=", corpus).execute();
  await db.deleteFrom("contamination").where("corpus", "=", corpus).execute();
  const found = report.parts.flatMap(({ targets }) =>
    targets.flatMap(({ benchmark, version, hull }) =>
      hull ? [{ corpus, benchmark, version, start_byte: hull[0], end_byte: hull[1] }] : []
    )
  );
  if (found.length > 0) await db.insertInto("contamination").values(found).execute();
}

/** Replaces what the entry was noted to be made with. */
export async function putCorpusUse(
  db: Kysely<Database>,
  entryId: string,
  uses: readonly ByteRange[],
): Promise<void> {
  await db.deleteFrom("corpus_use").where("entry_id", "=", entryId).execute();
  if (uses.length === 0) return;
  await db.insertInto("corpus_use").values(uses.map(({ corpus, start, end }) => ({
    ...{ entry_id: entryId, corpus, start_byte: start, end_byte: end },
  }))).execute();
}

export type ModelMadeWith = Pick<
  Entry,
  "id" | "name" | "author" | "provenance" | "model_digest" | "exact_count"
>;

/** Scored entries made with the corpus, newest first. */
export function modelsMadeWith(
  db: Kysely<Database>,
  corpus: string,
  limit: number,
): Promise<ModelMadeWith[]> {
  return db.selectFrom("entry")
    .select(["id", "name", "author", "provenance", "model_digest", "exact_count"])
    .where("status", "=", "scored").where(onBoard)
    .where("id", "in", db.selectFrom("corpus_use").select("entry_id").where("corpus", "=", corpus))
    .orderBy("created_at", "desc").orderBy("id").limit(limit).execute();
}

/** Of each corpus: entries made with it. */
export async function countModels(db: Kysely<Database>): Promise<Map<string, number>> {
  const rows = await db.selectFrom("corpus_use")
    .innerJoin("entry", "entry.id", "corpus_use.entry_id").where("entry.status", "=", "scored")
    .where(onBoard)
    .select((eb) => ["corpus", eb.fn.count<number>("entry_id").distinct().as("models")])
    .groupBy("corpus").execute();
  return new Map(rows.map(({ corpus, models }) => [corpus, models]));
}

/** An entry has no rank on these benchmarks, because of these corpora. */
export function contaminationOf(
  db: Kysely<Database>,
  entryId: string,
): Promise<{ benchmark: string; version: number; corpus: string }[]> {
  return db.selectFrom("corpus_use").innerJoin(
    "contamination",
    (join) =>
      join.onRef("contamination.corpus", "=", "corpus_use.corpus")
        .onRef("contamination.start_byte", "<", "corpus_use.end_byte")
        .onRef("contamination.end_byte", ">", "corpus_use.start_byte"),
  )
    .where("entry_id", "=", entryId).distinct()
    .select(["benchmark", "version", "contamination.corpus"])
    .orderBy("benchmark").orderBy("version").orderBy("contamination.corpus").execute();
}

/** Entries whose replay lacked this corpus, which is now at hand: they may be replayed again. */
export async function reviveEntries(db: Kysely<Database>, corpus: string): Promise<string[]> {
  const rows = await db.updateTable("entry").set({ provenance: "pending", updated_at: sql`now()` })
    .where("provenance", "=", "not-reproducible")
    .where("id", "in", db.selectFrom("corpus_use").select("entry_id").where("corpus", "=", corpus))
    .returning("id").execute();
  return rows.map(({ id }) => id);
}
