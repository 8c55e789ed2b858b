// Where open jobs stand in the queue, and when they will be done, as queries.

import { type Kysely, type RawBuilder, sql } from "kysely";
import type { Job, JobKind } from "../storage/job_schema.ts";
import type { Database } from "../storage/schema.ts";
import {
  type Ahead,
  BYTES_A_PARAMETER,
  FIXED_WORK,
  MEASURED_JOBS,
  type MeasuredJob,
  msPerWork,
  untilDoneMs,
} from "./estimate.ts";
import { NEW_BAND, prioritiesOf } from "./order.ts";
import { OPEN_STATES } from "./store.ts";

export interface Place {
  /** Jobs of the kind that come before it, while it waits; else null. */
  jobsAhead: number | null;
  /** Until it is done; null when nobody knows. */
  etaMs: number | null;
}

const ENDED: Place = { jobsAhead: null, etaMs: null };

export async function placeOf(db: Kysely<Database>, job: Job): Promise<Place> {
  const { state, eta_ms } = job;
  if (!(OPEN_STATES as readonly string[]).includes(state)) return ENDED;
  // The process itself knows better.
  if (state === "running" && eta_ms !== null) return { jobsAhead: null, etaMs: eta_ms };
  const rate = msPerWork(await measuredJobs(db, job.kind));
  const situation = await whatIsAhead(db, job, rate ?? 0);
  // It ended just now.
  if (situation === undefined) return ENDED;
  const { jobsAhead, work, elapsedMs, ...ahead } = situation;
  if (state === "running") {
    const etaMs = rate === null ? null : Math.max(0, work * rate - elapsedMs);
    return { jobsAhead: null, etaMs };
  }
  return {
    jobsAhead: state === "queued" ? jobsAhead : null,
    etaMs: rate === null ? null : untilDoneMs(ahead, { work, msPerWork: rate }),
  };
}

const SIZES: Record<JobKind, RawBuilder<number>> = {
  score: sql`coalesce(entry.parameters, blob.byte_length / ${sql.lit(BYTES_A_PARAMETER)})`,
  generate: sql`coalesce(lab_order.work, 0)`,
  verify: sql`coalesce(entry.training_flops, 0) * coalesce(job.share, 1)`,
};

/** Jobs with what `workOf` reads. */
const SIZED_JOBS = sql`job join entry on entry.id = job.entry_id
  join blob on blob.digest = entry.file_digest
  left join lab_order on lab_order.id = job.lab_order_id`;

/** In the unit of FIXED_WORK. */
function workOf(kind: JobKind) {
  return sql<number>`(${SIZES[kind]} + ${sql.lit(FIXED_WORK[kind])})::float8`;
}

/** The newest that were done at the first attempt. Scores of a benchmark or two would mislead. */
async function measuredJobs(db: Kysely<Database>, kind: JobKind): Promise<MeasuredJob[]> {
  const [lowest] = prioritiesOf(NEW_BAND);
  const whole = kind === "score" ? sql`and job.priority >= ${sql.lit(lowest)}` : sql``;
  const { rows } = await sql<MeasuredJob>`
    select (extract(epoch from job.finished_at - job.attempt_at) * 1000)::float8 as "durationMs",
      ${workOf(kind)} as work
    from ${SIZED_JOBS}
    where job.kind = ${kind} and job.state = 'done' and job.attempts = 1
      and job.attempt_at is not null ${whole}
    order by job.finished_at desc limit ${sql.lit(MEASURED_JOBS)}`.execute(db);
  return rows;
}

interface Situation extends Ahead {
  jobsAhead: number;
  /** Of the job itself. */
  work: number;
  elapsedMs: number;
}

async function whatIsAhead(
  db: Kysely<Database>,
  { id, kind }: Job,
  rate: number,
): Promise<Situation | undefined> {
  // By the stored time: a Date has only milliseconds.
  const { rows: [situation] } = await sql<Situation>`
    with open as (
      select job.id, job.state, job.priority, job.created_at, ${workOf(kind)} as work,
        coalesce(extract(epoch from clock_timestamp() - job.attempt_at) * 1000, 0) as elapsed,
        job.eta_ms - extract(epoch from clock_timestamp() - job.updated_at) * 1000 as eta
      from ${SIZED_JOBS}
      where job.kind = ${kind} and job.state in ('queued', 'running', 'retrying')
    ), mine as (select * from open where id = ${id}), ahead as (
      select open.* from open, mine
      where open.id <> mine.id and (open.state in ('running', 'retrying')
        or (-open.priority, open.created_at) < (-mine.priority, mine.created_at))
    )
    select mine.work, mine.elapsed::float8 as "elapsedMs",
      (select count(*) from ahead)::int as "jobsAhead",
      (select count(*) from ahead where state = 'running')::int as running,
      (select coalesce(sum(greatest(0, coalesce(eta, work * ${rate}::float8 - elapsed))), 0)
        from ahead where state = 'running')::float8 as "runningLeftMs",
      (select coalesce(sum(work), 0) from ahead where state <> 'running')::float8 as "workAhead"
    from mine`.execute(db);
  return situation;
}
