// pg-boss's own rows, which say who works on what. Knows the names of its queues and its table.

import { sql } from "kysely";
import type { Db } from "../storage/database.ts";
import type { JobKind, JobState } from "../storage/job_schema.ts";
import type { Trx } from "./queue.ts";
import { LOCAL_HOLDER } from "./store.ts";

/** A queue for each kind: scoring never waits behind a replay of an hour. */
export const QUEUE_NAMES: Record<JobKind, string> = {
  score: "tinyproof-score",
  generate: "tinyproof-generate",
  verify: "tinyproof-verify",
};
const NAMES = Object.values(QUEUE_NAMES);
/** Deaths of workers that are not counted against a job. It may be what kills them. */
const MOST_LAPSES = 8;

/** Jobs whose delivery is in one of these states of pg-boss and whose row is in one of these. */
export async function jobsDelivered(db: Db, delivered: string[], shown: JobState[]) {
  const { rows } = await sql<{ id: string; kind: JobKind; entryId: string; fence: number }>`
    select job.id, job.kind, job.entry_id as "entryId", coalesce(job.fence, 0) as fence
    from job join pgboss.job as delivery on delivery.id = job.id::uuid
    where delivery.name = any(${NAMES}) and delivery.state::text = any(${delivered})
      and job.state = any(${shown})`.execute(db);
  return rows;
}

/** Open jobs without a delivery, the oldest first. */
export async function undeliveredJobs(db: Db) {
  const { rows } = await sql<{ id: string; kind: JobKind; entryId: string; priority: number }>`
    select job.id, job.kind, job.entry_id as "entryId", job.priority
    from job where job.state in ('queued', 'running', 'retrying')
      and not exists (select from pgboss.job as delivery where delivery.id::text = job.id)
    order by job.created_at`.execute(db);
  return rows;
}

/** As pg-boss notes it of an attempt whose lease ran out. */
export function endedByLapse(output: object | null): boolean {
  return Object(Object(output).value).message === "job heartbeat timeout";
}

/** That a worker died is not the job's fault, unless it happens again and again. Its new limit. */
export async function forgiveLapse(db: Db, id: string, retryLimit: number): Promise<number> {
  const { rows: [forgiven] } = await sql<{ limit: number }>`
    update pgboss.job set retry_limit = retry_limit + 1
    where name = any(${NAMES}) and id = ${id}::uuid and retry_count <= ${MOST_LAPSES}
    returning retry_limit as "limit"`.execute(db);
  return forgiven?.limit ?? retryLimit;
}

/** The attempts of these jobs that are under way do not count. */
export async function forgiveAttempts(trx: Trx, kind: JobKind, ids: string[]): Promise<void> {
  await sql`update pgboss.job set retry_limit = retry_limit + 1
    where name = ${QUEUE_NAMES[kind]} and id = any(${ids}::uuid[])`.execute(trx);
}

/** While this server was away no worker could extend its lease: that is not the worker's fault. */
export async function renewRemoteLeases(db: Db): Promise<void> {
  const { rows: [{ there }] } = await sql<{ there: boolean }>`
    select to_regclass('pgboss.job') is not null as there`.execute(db);
  if (!there) return;
  await sql`update pgboss.job as delivery set heartbeat_on = now() from job
    where delivery.id = job.id::uuid and delivery.name = any(${NAMES})
      and delivery.state = 'active' and job.state = 'running' and job.holder <> ${LOCAL_HOLDER}`
    .execute(db);
}
