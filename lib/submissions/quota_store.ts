// What a sender has used up, counted from entries, jobs and uploads: there is no other account of it.

import { type Kysely, type RawBuilder, sql, type Transaction } from "kysely";
import type { Database } from "../storage/schema.ts";
import {
  DAY_MS,
  noRoom,
  type QuotaLimits,
  quotaRefusal,
  type QuotaView,
  tooManyUploads,
  type Usage,
  type Wanted,
} from "./quota.ts";
import type { Counted } from "./senders.ts";

export interface QuotaQuestion {
  sender: Counted;
  now: Date;
  /** This upload is not counted: it is what the submission comes from. */
  exceptUpload?: string;
}

export async function quotaOf(
  db: Kysely<Database>,
  { submissionsPerDay, storedBytes, openJobs, openUploads }: QuotaLimits,
  question: QuotaQuestion,
): Promise<QuotaView> {
  return {
    limits: { submissionsPerDay, storedBytes, openJobs, openUploads },
    usage: await usageOf(db, submissionsPerDay, question),
  };
}

/**
 * Holds everybody else who would count or add to what this sender has, until the transaction ends,
 * and then counts.
 *
 * @throws {QuotaError}
 */
export async function mustHaveRoom(
  trx: Transaction<Database>,
  config: QuotaLimits,
  question: QuotaQuestion,
  wanted: Omit<Wanted, "nowMs">,
): Promise<void> {
  await holdSender(trx, question.sender);
  const refused = quotaRefusal(await quotaOf(trx, config, question), {
    ...wanted,
    nowMs: question.now.getTime(),
  });
  if (refused) throw refused;
}

async function holdSender(
  trx: Transaction<Database>,
  { account, address }: Counted,
): Promise<void> {
  const key = account === null ? `address ${address}` : `account ${account.id}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${key}, 1))`.execute(trx);
}

/**
 * The same for a state that the board has asked for: it is no submission, but takes room.
 *
 * @throws {QuotaError}
 */
export async function mustHaveStateRoom(
  trx: Transaction<Database>,
  config: QuotaLimits,
  question: QuotaQuestion,
  { byteLength, upload = false }: Pick<Wanted, "byteLength" | "upload">,
): Promise<void> {
  await holdSender(trx, question.sender);
  const quota = await quotaOf(trx, config, question);
  const refused = upload ? tooManyUploads(quota) : null;
  if (refused) throw refused;
  if (quota.usage.storedBytes + byteLength > quota.limits.storedBytes) {
    throw noRoom(quota, byteLength);
  }
}

/** Of a row of `entry`: the board could not score it, and that says nothing about the file. */
const failedByUs = sql<boolean>`(entry.status = 'failed'
  and coalesce((entry.failure->>'ours')::boolean, false))`;

/** Of a row of `entry`: it was taken back before anything was done for it. */
const withdrawnInTime = sql<boolean>`(entry.status = 'withdrawn'
  and not exists (select from job where job.entry_id = entry.id and job.started_at is not null))`;

/**
 * Forgiven is as much as may be sent: a file that always ends its process, or one sent and withdrawn
 * in turn, is not free for ever.
 */
async function usageOf(
  db: Kysely<Database>,
  perDay: number,
  { sender, now, exceptUpload = "" }: QuotaQuestion,
): Promise<Usage> {
  const dayAgo = new Date(now.getTime() - DAY_MS);
  const { rows: [row] } = await sql<Usage & { freeFrom: Date | null }>`
    with mine as materialized (select entry.id, entry.status, entry.file_digest, entry.created_at,
        ${failedByUs} as failed_by_us, ${withdrawnInTime} as withdrawn_in_time
      from entry where ${ownedBy(sender, "entry")}),
    today as (select created_at, failed_by_us or withdrawn_in_time as forgiven from mine
      where created_at > ${dayAgo}),
    sent as (select created_at from today where not forgiven),
    excess as (select created_at from today where forgiven
      order by created_at desc offset ${perDay}),
    open as (select byte_length, created_at, state_of from upload where ${ownedBy(sender, "upload")}
        and entry_id is null and expires_at > ${now} and id <> ${exceptUpload}),
    begun as (select created_at from sent union all select created_at from excess
      union all select created_at from open where state_of is null)
    select
      (select count(*) from begun)::int as submissions,
      (select created_at from begun order by created_at desc offset ${perDay - 1} limit 1)
        as "freeFrom",
      ((select coalesce(sum(byte_length), 0) from open) + (select coalesce(sum(blob.byte_length), 0)
        from mine join blob on blob.digest = mine.file_digest
        where mine.status <> 'withdrawn' and not failed_by_us)
        + (select coalesce(sum(spot_state.byte_length), 0)
          from mine join spot_state on spot_state.entry_id = mine.id))::bigint as "storedBytes",
      (select count(*) from mine join job on job.entry_id = mine.id
        where job.kind = 'score' and mine.status <> 'scored'
          and job.state in ('queued', 'running', 'retrying'))::int as "openJobs",
      (select count(*) from open)::int as "openUploads"`.execute(db);
  const { freeFrom, ...usage } = row;
  return { ...usage, freeAtMs: freeFrom === null ? null : freeFrom.getTime() + DAY_MS };
}

function ownedBy({ account, address }: Counted, table: "entry" | "upload"): RawBuilder<boolean> {
  return account === null
    ? sql`${sql.ref(`${table}.sender`)} = ${address}`
    : sql`${sql.ref(`${table}.account_id`)} = ${account.id}`;
}
