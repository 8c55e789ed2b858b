// Spot checks of runs that are over the budget of replays: until when their author may deliver the
// states that were drawn, and those that have come.

import { type Kysely, sql } from "kysely";

// deno-lint-ignore no-explicit-any -- a migration outlives the present schema types
export async function up(db: Kysely<any>): Promise<void> {
  await db.schema.alterTable("replay")
    .addColumn("deadline", "timestamptz")
    .addColumn("found", "jsonb")
    .execute();
  await db.schema.createTable("spot_state")
    .addColumn("entry_id", "text", (c) => c.notNull().references("entry.id"))
    .addColumn("leaf", "integer", (c) => c.notNull())
    .addColumn("digest", "text", (c) => c.notNull())
    .addColumn("byte_length", "bigint", (c) => c.notNull())
    .addColumn("created_at", "timestamptz", (c) => c.notNull().defaultTo(sql`now()`))
    .addPrimaryKeyConstraint("spot_state_key", ["entry_id", "leaf"])
    .execute();
  await db.schema.createIndex("spot_state_digest").on("spot_state").column("digest").execute();
}
