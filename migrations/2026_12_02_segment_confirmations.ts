// What visitors found who replayed one segment of a run: apart from those who replayed all of it.

import { type Kysely, sql } from "kysely";

// deno-lint-ignore no-explicit-any -- a migration outlives the present schema types
export async function up(db: Kysely<any>): Promise<void> {
  // Null for the whole run.
  await db.schema.alterTable("confirmation_challenge").addColumn("from_leaf", "integer")
    .addColumn("to_leaf", "integer").execute();
  await db.schema.createTable("segment_confirmation")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("entry_id", "text", (c) => c.notNull().references("entry.id").onDelete("cascade"))
    .addColumn("from_leaf", "integer", (c) => c.notNull())
    .addColumn("to_leaf", "integer", (c) => c.notNull())
    .addColumn("keyid", "text", (c) => c.notNull())
    .addColumn("public_key", "text", (c) => c.notNull())
    .addColumn("verdict", "text", (c) => c.notNull())
    .addColumn("first_divergent_step", "integer")
    .addColumn("engine_family", "text", (c) => c.notNull())
    .addColumn("isa", "text", (c) => c.notNull())
    .addColumn("runtime", "text", (c) => c.notNull())
    .addColumn("envelope", "jsonb", (c) => c.notNull())
    .addColumn("asked_replay", "boolean", (c) => c.notNull().defaultTo(false))
    .addColumn("created_at", "timestamptz", (c) => c.notNull().defaultTo(sql`now()`))
    .addUniqueConstraint("segment_confirmation_once", [
      "entry_id",
      "keyid",
      "from_leaf",
      "to_leaf",
    ])
    .execute();
  await sql`create index segment_confirmation_asked on segment_confirmation (created_at)
    where asked_replay`.execute(db);
}
