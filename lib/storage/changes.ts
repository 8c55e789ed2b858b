// Tells that something in the database changed: pages are kept until it does. Server only.

import { type Kysely, sql } from "kysely";
import type pg from "pg";
import type { PgliteClient } from "./pglite_client.ts";

/** NOTIFY carries no word of what changed: several changes of one transaction are one. */
const CHANNEL = "tinyproof_changes";
/**
 * A job's progress is shown on no page that is kept; ties follow from the scores, by reading them;
 * standings change together with what they follow from.
 */
const UNWATCHED = ["job", "tie_groups", "standing", "kysely_migration", "kysely_migration_lock"];
const RECONNECT_MS = 1000;

export interface DataChanges {
  /**
   * Another number after every committed change; null while changes cannot be heard, when nothing
   * read may be kept.
   */
  readonly version: number | null;
  /** A change made through this database counts before its statement returns. */
  readonly immediate: boolean;
  close(): Promise<void>;
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

/** A change made through this very client is heard before its statement returns. */
export async function pgliteChanges(client: PgliteClient): Promise<DataChanges> {
  let version = 0;
  await client.listen(CHANNEL, () => version++);
  return {
    get version() {
      return version;
    },
    immediate: true,
    close: () => Promise.resolve(),
  };
}

/** Holds one connection of the pool; while it is lost, nothing is known of changes. */
export function postgresChanges(pool: pg.Pool): DataChanges {
  let version = 0, listening = false, closed = false;
  let client: pg.PoolClient | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function connect(): Promise<void> {
    try {
      client = await pool.connect();
      client.on("error", lose);
      client.on("notification", () => version++);
      await client.query(`listen ${CHANNEL}`);
      // What changed while nobody listened is unknown.
      version++;
      listening = true;
    } catch {
      lose();
    }
    if (closed) release();
  }

  function lose(): void {
    release();
    if (!closed) timer = setTimeout(connect, RECONNECT_MS);
  }

  function release(): void {
    listening = false;
    client?.removeAllListeners("notification");
    // Never used again by the pool: it listens.
    client?.release(true);
    client = null;
  }

  const connected = connect();
  return {
    get version() {
      return listening ? version : null;
    },
    immediate: false,
    async close() {
      closed = true;
      clearTimeout(timer);
      await connected;
      release();
    },
  };
}
