// What people see of a job: its row. Delivery and retries belong to the queue.

import { type Kysely, sql } from "kysely";
import { jsonb } from "../storage/json.ts";
import type { Database, Job, JobKind } from "../storage/schema.ts";

export interface JobFailure {
  /** What was being done, in words for people. */
  stage: string;
  reason: string;
  /** What to do about it. */
  fix: string;
}

/** Characters of log kept: its end. */
export const LOG_LIMIT = 20_000;
const now = sql<Date>`now()`;

export interface NewJob {
  id: string;
  kind: JobKind;
  entryId: string;
  priority: number;
}

/** The new row's id, or null when such a job already waits or runs for the entry. */
export async function insertJob(db: Kysely<Database>, job: NewJob): Promise<string | null> {
  const [row] = await insertJobs(db, [job]);
  return row?.id ?? null;
}

/** The rows that are new: none for an entry for which such a job already waits or runs. */
export function insertJobs(
  db: Kysely<Database>,
  jobs: readonly NewJob[],
): Promise<{ id: string; entryId: string }[]> {
  return db.insertInto("job")
    .values(jobs.map(({ entryId, ...job }) => ({ ...job, entry_id: entryId })))
    .onConflict((conflict) => conflict.doNothing())
    .returning(["id", "entry_id as entryId"]).execute();
}

export async function getJob(db: Kysely<Database>, id: string): Promise<Job | null> {
  return await db.selectFrom("job").selectAll().where("id", "=", id).executeTakeFirst() ?? null;
}

export async function markRunning(db: Kysely<Database>, id: string, attempt: number) {
  await db.updateTable("job").set({
    state: "running",
    stage: "starting",
    attempts: attempt,
    error: null,
    started_at: sql`coalesce(started_at, now())`,
    updated_at: now,
    // Called off between the claim and now, it stays so; its lease is lost soon.
  }).where("id", "=", id).where("state", "<>", "cancelled").execute();
}

/** @param update `progress` is 0..1; `log` is appended. */
export async function recordProgress(
  db: Kysely<Database>,
  id: string,
  update: { stage?: string; progress?: number; etaMs?: number | null; log?: string },
): Promise<void> {
  await db.updateTable("job").set({
    stage: update.stage,
    progress: update.progress,
    eta_ms: update.etaMs,
    log: update.log === undefined
      ? undefined
      : sql<string>`right(log || ${update.log}::text, ${sql.lit(LOG_LIMIT)})`,
    updated_at: now,
  }).where("id", "=", id).where("state", "=", "running").execute();
}

export async function markRetrying(db: Kysely<Database>, id: string, failure: JobFailure) {
  await db.updateTable("job")
    .set({ state: "retrying", stage: "waiting to try again", error: jsonb(failure) })
    .set({ eta_ms: null, updated_at: now })
    .where("id", "=", id).execute();
}

/** Back to waiting, without blame: the server stopped, not the job. */
export async function markQueued(db: Kysely<Database>, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await db.updateTable("job")
    .set({ state: "queued", stage: "queued", eta_ms: null, updated_at: now })
    .where("id", "in", [...ids]).execute();
}

export async function markDone(db: Kysely<Database>, id: string): Promise<void> {
  await db.updateTable("job").set({
    state: "done",
    stage: "done",
    progress: 1,
    eta_ms: null,
    error: null,
    finished_at: now,
    updated_at: now,
  }).where("id", "=", id).execute();
}

export async function markFailed(db: Kysely<Database>, id: string, failure: JobFailure) {
  await db.updateTable("job").set({
    state: "failed",
    stage: failure.stage,
    eta_ms: null,
    error: jsonb(failure),
    finished_at: now,
    updated_at: now,
  }).where("id", "=", id).execute();
}

/** Ends every job of the entry that waits or runs. */
export function markCancelled(
  db: Kysely<Database>,
  entryId: string,
): Promise<{ id: string; kind: JobKind }[]> {
  return db.updateTable("job")
    .set({
      state: "cancelled",
      stage: "called off",
      eta_ms: null,
      finished_at: now,
      updated_at: now,
    })
    .where("entry_id", "=", entryId).where("state", "in", ["queued", "running", "retrying"])
    .returning(["id", "kind"]).execute();
}

export async function runningJobIds(db: Kysely<Database>, kind: JobKind): Promise<string[]> {
  const rows = await db.selectFrom("job").select("id")
    .where("state", "=", "running").where("kind", "=", kind).execute();
  return rows.map((row) => row.id);
}
