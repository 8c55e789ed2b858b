// What people see of a job: its row. Delivery and retries belong to the queue.

import { type Kysely, sql } from "kysely";
import type {
  Assignment,
  Job,
  JobKind,
  JobState,
  WorkerDescription,
} from "../storage/job_schema.ts";
import { jsonb } from "../storage/json.ts";
import type { ReplayTask } from "../storage/replay_schema.ts";
import type { Database } from "../storage/schema.ts";
import { prioritiesOf } from "./order.ts";

export interface JobFailure {
  /** What was being done, in words for people. */
  stage: string;
  reason: string;
  /** What to do about it. */
  fix: string;
}

/** Characters of log kept: its end. */
export const LOG_LIMIT = 20_000;
export const OPEN_STATES = ["queued", "running", "retrying"] as const satisfies JobState[];
const now = sql<Date>`now()`;

/** Whose worker has a job, by account. */
export type Holder = string;
/** Holder of the jobs that this server's own worker has. */
export const LOCAL_HOLDER: Holder = "this-server";

/**
 * Whose jobs take turns: those of an account, else those that name the same author. The tables
 * `entry` and `lab_order` belong to the job: whoever orders a set waits for it, not the model's author.
 */
const AUTHOR_KEY = sql<
  string
>`coalesce('account ' || coalesce(lab_order.account_id, entry.account_id),
  'name ' || lower(entry.author))`;

export interface NewJob {
  id: string;
  entryId: string;
  priority: number;
}

/** A replay in parts, which are jobs of one turn: they are to run beside each other. */
export interface PartJobs {
  replayId: string;
  task: ReplayTask;
  /** Of each part, how much of the run it trains. */
  shares: readonly number[];
}

/** What jobs are about besides an entry. */
export interface JobSubject {
  /** A job for each of them. */
  parts?: PartJobs;
  /** A set of the lab to generate. */
  orderId?: string;
}

/**
 * One job of `kind` for each entry, with the turn of its author in `band`. Those that are new: none
 * for an entry for which such a job already waits or runs.
 */
export async function insertJobs(
  db: Kysely<Database>,
  kind: JobKind,
  band: number,
  entryIds: readonly string[],
  { parts, orderId }: JobSubject = {},
): Promise<NewJob[]> {
  const [lowest, highest] = prioritiesOf(band).map((priority) => sql.lit(priority));
  const { rows } = await sql<NewJob>`
    with wanted as (
      select entry.id as entry_id, ${AUTHOR_KEY} as author,
        case when ${parts !== undefined} then 0
          else row_number() over (partition by ${AUTHOR_KEY} order by position) - 1 end as nth,
        position - 1 as part, share
      from unnest(${[...entryIds]}::text[], ${[...parts?.shares ?? []]}::float8[])
          with ordinality as given(id, share, position)
        join entry using (id) left join lab_order on lab_order.id = ${orderId ?? null}
    ), open as (
      select ${AUTHOR_KEY} as author, ${highest} - job.priority as turn, job.state
      from job join entry on entry.id = job.entry_id
        left join lab_order on lab_order.id = job.lab_order_id
      where job.kind = ${kind} and job.state in ('queued', 'running', 'retrying')
        and job.priority between ${lowest} and ${highest}
    ), present as (
      select coalesce(min(turn) filter (where state = 'queued'), max(turn), 0) as turn from open
    ), latest as (
      select author, max(turn) as turn from open group by author
    )
    insert into job
      (id, kind, entry_id, priority, replay_id, task, part, parts, share, lab_order_id)
    select gen_random_uuid(), ${kind}, entry_id,
      greatest(${highest} - nth - greatest(present.turn, coalesce(latest.turn + 1, 0)), ${lowest}),
      ${parts?.replayId ?? null}, ${parts?.task ?? null},
      case when ${parts !== undefined} then part end, ${parts?.shares.length ?? null}::integer,
      share, ${orderId ?? null}
    from wanted cross join present left join latest using (author)
    on conflict do nothing
    returning id, entry_id as "entryId", priority`.execute(db);
  return rows;
}

export interface WaitingJobs {
  kind: JobKind;
  state: JobState;
  count: number;
  /** Age of the oldest. */
  oldestSeconds: number;
}

/** Jobs that are not settled, by kind and state. */
export async function waitingJobs(db: Kysely<Database>): Promise<WaitingJobs[]> {
  const rows = await db.selectFrom("job")
    .select(["kind", "state"])
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .select(sql<number>`extract(epoch from now() - min(created_at))::float8`.as("oldestSeconds"))
    .where("state", "in", ["queued", "retrying", "running"])
    .groupBy(["kind", "state"]).execute();
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}

export async function getJob(db: Kysely<Database>, id: string): Promise<Job | null> {
  return await db.selectFrom("job").selectAll().where("id", "=", id).executeTakeFirst() ?? null;
}

/** What a worker is given a job with. */
export interface Handover {
  attempt: number;
  fence: number;
  holder: string;
  worker: WorkerDescription;
  assignment: Assignment;
}

/** False when the job was cancelled meanwhile. */
export async function markRunning(
  db: Kysely<Database>,
  id: string,
  { attempt, fence, holder, worker, assignment }: Handover,
): Promise<boolean> {
  const { numUpdatedRows } = await db.updateTable("job").set({
    state: "running",
    stage: "starting",
    attempts: attempt,
    error: null,
    ...{ fence, holder },
    worker: jsonb(worker),
    assignment: jsonb(assignment),
    attempt_at: now,
    started_at: sql`coalesce(started_at, now())`,
    updated_at: now,
  }).where("id", "=", id).where("state", "in", OPEN_STATES).executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** `progress` is 0..1; `log` is appended. */
export interface Progress {
  stage?: string;
  progress?: number;
  etaMs?: number | null;
  log?: string;
}

/** The job, when it runs under this very lease; else null, and nothing is written. */
export async function recordProgress(
  db: Kysely<Database>,
  { id, fence, holder }: { id: string; fence: number; holder: string },
  update: Progress,
): Promise<{ kind: JobKind; entryId: string; orderId: string | null; ageMs: number } | null> {
  const row = await db.updateTable("job").set({
    stage: update.stage,
    progress: update.progress,
    eta_ms: update.etaMs,
    log: update.log === undefined
      ? undefined
      : sql<string>`right(log || ${update.log}::text, ${sql.lit(LOG_LIMIT)})`,
    updated_at: now,
  })
    .where("id", "=", id).where("state", "=", "running")
    .where("fence", "=", fence).where("holder", "=", holder)
    .returning([
      "kind",
      "entry_id as entryId",
      "lab_order_id as orderId",
      sql<number>`(extract(epoch from clock_timestamp() - attempt_at) * 1000)::float8`.as("ageMs"),
    ])
    .executeTakeFirst();
  return row ?? null;
}

export async function markRetrying(db: Kysely<Database>, id: string, failure: JobFailure) {
  await db.updateTable("job")
    .set({ state: "retrying", stage: "waiting to try again", error: jsonb(failure) })
    .set({ eta_ms: null, updated_at: now })
    .where("id", "=", id).execute();
}

/** As above, unless somebody has taken the job since that delivery. */
export async function markLapsed(
  db: Kysely<Database>,
  id: string,
  fence: number,
  failure: JobFailure,
) {
  await db.updateTable("job")
    .set({ state: "retrying", stage: "waiting to try again", error: jsonb(failure) })
    .set({ eta_ms: null, updated_at: now })
    .where("id", "=", id).where("state", "=", "running").where("fence", "=", fence).execute();
}

/** Back to waiting, without blame: the worker stopped, not the job. */
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

/**
 * False when it had ended already.
 * @param dead nobody could finish it: an admin is to look at it.
 */
export async function markFailed(
  db: Kysely<Database>,
  id: string,
  failure: JobFailure,
  { dead }: { dead: boolean },
): Promise<boolean> {
  const { numUpdatedRows } = await db.updateTable("job").set({
    state: "failed",
    stage: failure.stage,
    eta_ms: null,
    error: jsonb(failure),
    dead: dead ? "open" : null,
    finished_at: now,
    updated_at: now,
  }).where("id", "=", id).where("state", "in", OPEN_STATES).executeTakeFirst();
  return numUpdatedRows === 1n;
}

export interface CalledOff {
  id: string;
  kind: JobKind;
  entryId: string;
}

/**
 * Ends the open jobs of an entry or of a replay in parts, or the one of this id where it is open.
 * @param why for an admin to see and decide on; null when its author called it off.
 */
export function markCancelled(
  db: Kysely<Database>,
  which: { id: string } | { entryId: string } | { replayId: string } | { orderId: string },
  why: JobFailure | null,
): Promise<CalledOff[]> {
  return db.updateTable("job").set({
    state: "cancelled",
    stage: "called off",
    eta_ms: null,
    error: why && jsonb(why),
    dead: why && "open",
    finished_at: now,
    updated_at: now,
  })
    .where("state", "in", OPEN_STATES)
    .where((eb) =>
      "id" in which
        ? eb("id", "=", which.id)
        : "entryId" in which
        ? eb("entry_id", "=", which.entryId)
        : "replayId" in which
        ? eb("replay_id", "=", which.replayId)
        : eb("lab_order_id", "=", which.orderId)
    )
    .returning(["id", "kind", "entry_id as entryId"]).execute();
}

/** Running jobs of this server's own worker. */
export async function localJobIds(db: Kysely<Database>, kind: JobKind): Promise<string[]> {
  const rows = await db.selectFrom("job").select("id")
    .where("state", "=", "running").where("kind", "=", kind).where("holder", "=", LOCAL_HOLDER)
    .execute();
  return rows.map((row) => row.id);
}

/** Running jobs of any worker. */
export async function runningJobIds(db: Kysely<Database>): Promise<string[]> {
  const rows = await db.selectFrom("job").select("id").where("state", "=", "running").execute();
  return rows.map((row) => row.id);
}
