// Verification reports, and who is to be verified next, as queries.

import { type Insertable, type Kysely, sql, type Transaction } from "kysely";
import { boardRows, type ComparableBoard } from "../leaderboard/store.ts";
import type { Report, ReportTable } from "../storage/provenance_schema.ts";
import type { Database } from "../storage/schema.ts";
import { onBoard } from "../storage/visibility.ts";
import { FAILED_CHECKS_LIMIT } from "./spot_check_store.ts";

/** Replays of one entry that may end without a verdict before the sweep leaves it alone. */
const FAILED_REPLAYS_LIMIT = 2;

export interface ReportRow extends Report {
  /** Name of the entry the report is about. */
  entryName: string;
}

/** Stores a report once; the same id again changes nothing. */
export async function putReport(
  db: Kysely<Database>,
  report: Insertable<ReportTable>,
): Promise<void> {
  await db.insertInto("report").values(report)
    .onConflict((conflict) => conflict.column("id").doNothing()).execute();
}

export async function hasReport(db: Kysely<Database>, id: string): Promise<boolean> {
  return await db.selectFrom("report").select("id").where("id", "=", id)
    .executeTakeFirst() !== undefined;
}

export async function getReport(db: Kysely<Database>, id: string): Promise<ReportRow | null> {
  return await reports(db).where("report.id", "=", id).executeTakeFirst() ?? null;
}

/** Of entries on the board, newest first. `before` is the id of the last report of the page before. */
export function listReports(
  db: Kysely<Database>,
  { before, limit, verdict }: { before?: string; limit: number; verdict?: string },
): Promise<ReportRow[]> {
  let query = reports(db).where(onBoard).limit(limit);
  if (verdict !== undefined) query = query.where("report.verdict", "=", verdict);
  if (before !== undefined) {
    // By the stored time of that report: a Date has only milliseconds.
    query = query.where((eb) =>
      eb(
        eb.refTuple("report.created_at", "report.id"),
        "<",
        eb.selectFrom("report").where("id", "=", before).select(["created_at", "id"])
          .$asTuple("created_at", "id"),
      )
    );
  }
  return query.execute();
}

/** Newest first. */
export function reportsOf(db: Kysely<Database>, entryId: string): Promise<ReportRow[]> {
  return reports(db).where("report.entry_id", "=", entryId).execute();
}

function reports(db: Kysely<Database>) {
  return db.selectFrom("report").innerJoin("entry", "entry.id", "report.entry_id")
    .selectAll("report").select("entry.name as entryName")
    .orderBy("report.created_at", "desc").orderBy("report.id", "desc");
}

/**
 * Ids of entries to replay: among the first `topN` of each benchmark, those with a recipe, no
 * verdict yet and no replay waiting or running.
 */
export async function candidatesForSweep(
  db: Kysely<Database>,
  benchmarks: readonly ComparableBoard[],
  topN: number,
): Promise<{ id: string; trainingFlops: number }[]> {
  const top = new Set<string>();
  for (const benchmark of benchmarks) {
    const { rows } = await boardRows(db, benchmark, { limit: topN, offset: 0 });
    for (const row of rows) if (row.provenance === "pending") top.add(row.entryId);
  }
  if (top.size === 0) return [];
  const replays = db.selectFrom("job").select("entry_id").where("kind", "=", "verify");
  const entries = await db.selectFrom("entry").select(["id", "training_flops"])
    .where("id", "in", [...top]).where("recipe", "is not", null)
    .where("id", "not in", replays.where("state", "in", ["queued", "running", "retrying"]))
    // Their authors are asked for states, or we failed at the check of those too often.
    .where(({ not, exists, selectFrom }) =>
      not(exists(
        selectFrom("replay").select("replay.entry_id").whereRef("replay.entry_id", "=", "entry.id")
          .where("replay.task", "=", "sample").groupBy("replay.entry_id")
          .having((eb) =>
            eb.or([
              eb(sql`count(*) filter (where replay.state = 'open')`, ">", 0),
              eb(eb.fn.countAll<number>(), ">=", FAILED_CHECKS_LIMIT),
            ])
          ),
      ))
    )
    // What an admin has stopped, only an admin starts again.
    .where(
      "id",
      "not in",
      replays.where("state", "=", "cancelled").where("dead", "in", ["open", "discarded"]),
    )
    .where(
      "id",
      "not in",
      replays.where("state", "=", "failed").where("replay_id", "is", null).groupBy("entry_id")
        .having((eb) => eb.fn.countAll<number>(), ">=", FAILED_REPLAYS_LIMIT),
    )
    .orderBy("created_at").execute();
  return entries.map(({ id, training_flops }) => ({ id, trainingFlops: training_flops ?? 0 }));
}

/** Ids of the exact entries that lead a benchmark and were never trained from fresh seeds. */
export async function leadersToAudit(
  db: Kysely<Database>,
  benchmarks: readonly ComparableBoard[],
): Promise<string[]> {
  const first = new Set<string>();
  for (const benchmark of benchmarks) {
    const { rows } = await boardRows(db, benchmark, { limit: 1, offset: 0 });
    for (const row of rows) if (row.provenance === "exact") first.add(row.entryId);
  }
  if (first.size === 0) return [];
  const audited = db.selectFrom("replay").select("entry_id").where("task", "=", "fresh-seeds");
  const entries = await db.selectFrom("entry").select("id")
    .where("id", "in", [...first]).where("recipe", "is not", null)
    .where("id", "not in", audited).orderBy("created_at").execute();
  return entries.map(({ id }) => id);
}

/**
 * Whether the entry still waits for a verdict, now and until the transaction ends: the replay that
 * was on its way when it was chosen may have ended since.
 */
export async function holdPending(
  trx: Transaction<Database>,
  entryId: string,
): Promise<boolean> {
  const row = await trx.selectFrom("entry").select("id").where("id", "=", entryId)
    .where("provenance", "=", "pending").forUpdate().executeTakeFirst();
  return row !== undefined;
}
