// Replays in several parts: what was asked for, what each part found, and the states they start from.

import { type Kysely, sql } from "kysely";

// deno-lint-ignore no-explicit-any -- a migration outlives the present schema types
type AnyDb = Kysely<any>;

export async function up(db: AnyDb): Promise<void> {
  await createReplays(db);
  await createKeptStates(db);
  await db.schema.alterTable("job")
    .addColumn("replay_id", "text", (c) => c.references("replay.id"))
    .addColumn("task", "text")
    .addColumn("part", "integer")
    .addColumn("parts", "integer")
    .addColumn("share", "double precision")
    .execute();
  await sql`drop index job_open`.execute(db);
  // As before, and each part of a replay once.
  await sql`create unique index job_open
    on job (entry_id, kind, coalesce(replay_id, ''), coalesce(part, 0))
    where state in ('queued', 'running', 'retrying')`.execute(db);
}

async function createReplays(db: AnyDb): Promise<void> {
  const now = sql`now()`;
  await db.schema.createTable("replay")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("entry_id", "text", (c) => c.notNull().references("entry.id"))
    .addColumn("task", "text", (c) => c.notNull())
    .addColumn("state", "text", (c) => c.notNull().defaultTo("open"))
    .addColumn("nonce", "text")
    .addColumn("asked_by", "text")
    .addColumn("reason", "text")
    .addColumn("statement", "jsonb")
    .addColumn("envelope", "jsonb")
    .addColumn("created_at", "timestamptz", (c) => c.notNull().defaultTo(now))
    .addColumn("finished_at", "timestamptz")
    .execute();
  await db.schema.createIndex("replay_entry").on("replay").columns(["entry_id", "created_at"])
    .execute();
  await sql`create unique index replay_open on replay (entry_id, task) where state = 'open'`
    .execute(db);
  await db.schema.createTable("replay_part")
    .addColumn("replay_id", "text", (c) => c.notNull().references("replay.id"))
    .addColumn("part", "integer", (c) => c.notNull())
    .addColumn("from_leaf", "integer")
    .addColumn("to_leaf", "integer")
    .addColumn("seed", "bigint")
    .addColumn("result", "jsonb")
    .addPrimaryKeyConstraint("replay_part_key", ["replay_id", "part"])
    .execute();
}

async function createKeptStates(db: AnyDb): Promise<void> {
  const now = sql`now()`;
  await db.schema.createTable("kept_state")
    .addColumn("entry_id", "text", (c) => c.notNull().references("entry.id"))
    .addColumn("leaf", "integer", (c) => c.notNull())
    .addColumn("digest", "text", (c) => c.notNull())
    .addColumn("byte_length", "bigint", (c) => c.notNull())
    .addColumn("held", "boolean", (c) => c.notNull().defaultTo(false))
    .addColumn("created_at", "timestamptz", (c) => c.notNull().defaultTo(now))
    .addColumn("used_at", "timestamptz", (c) => c.notNull().defaultTo(now))
    .addPrimaryKeyConstraint("kept_state_key", ["entry_id", "leaf"])
    .execute();
  await db.schema.createIndex("kept_state_digest").on("kept_state").column("digest").execute();
}
