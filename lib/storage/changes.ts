// Tells that something in the database changed: pages are kept until it does. Server only.

import { type Kysely, sql } from "kysely";
import type { Channel, Notices } from "./notices.ts";

/** NOTIFY carries no word of what changed: several changes of one transaction are one. */
const CHANNEL: Channel = "tinyproof_changes";
/**
 * What is shown on no page that is kept: a job's progress, when the sweep ran, uploads, keys, and
 * nothing of accounts but names, which entries hold; ties follow from the scores, by reading them;
 * standings change together with what they follow from; pages with scores of the lab, which a
 * rater adds by the second, and completions of an order are not kept.
 */
const UNWATCHED = [
  "job",
  "cron",
  "tie_groups",
  "standing",
  "lab_score",
  "lab_judge_run",
  "lab_order_text",
  "upload",
  "confirmation_challenge",
  "server_secret",
  "kysely_migration",
  "kysely_migration_lock",
  "admin_claim",
  "auth_user",
  "auth_session",
  "auth_verification",
  "auth_identity",
  "auth_passkey",
  "auth_api_key",
];

export interface DataChanges {
  /**
   * Another number after every committed change; null while changes cannot be heard, when nothing
   * read may be kept.
   */
  readonly version: number | null;
  /** A change made through this database counts before its statement returns. */
  readonly immediate: boolean;
}

const changesByDatabase = new WeakMap<object, DataChanges>();

/** Lets `changesOf` find them: queries take a database, not services. */
export function noteChanges(db: object, changes: DataChanges): void {
  changesByDatabase.set(db, changes);
}

/** Undefined for a transaction, which sees changes that nobody is told of yet. */
export function changesOf(db: object): DataChanges | undefined {
  return changesByDatabase.get(db);
}

/** Has every table but UNWATCHED tell of its changes; one query when all of them do already. */
// deno-lint-ignore no-explicit-any -- of any schema
export async function watchTables(db: Kysely<any>): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_class
    where relkind = 'r' and relnamespace = 'public'::regnamespace
      and relname not in (${sql.join(UNWATCHED.map((name) => sql.lit(name)))})
      and not exists (select from pg_trigger where tgrelid = pg_class.oid and tgname = 'tell_change')
  `.execute(db);
  if (rows.length === 0) return;
  await sql`create or replace function tell_change() returns trigger language plpgsql as $$
    begin perform pg_notify(${sql.lit(CHANNEL)}, ''); return null; end $$`.execute(db);
  for (const { name } of rows) {
    await sql`create or replace trigger tell_change
      after insert or update or delete or truncate on ${sql.table(name)}
      for each statement execute function tell_change()`.execute(db);
  }
}

/** While nothing can be heard of changes, nothing is known of them. */
export function countChanges(notices: Notices): DataChanges {
  let version = 0;
  notices.on(CHANNEL, () => version++);
  return {
    get version() {
      return notices.listening ? version : null;
    },
    immediate: notices.immediate,
  };
}
