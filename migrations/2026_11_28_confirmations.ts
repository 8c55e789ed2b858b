// Confirmations: what visitors' replays found, signed by keys of their own.

import { type Kysely, sql } from "kysely";

// deno-lint-ignore no-explicit-any -- a migration outlives the present schema types
export async function up(db: Kysely<any>): Promise<void> {
  await db.schema.createTable("confirmation_challenge")
    .addColumn("nonce", "text", (c) => c.primaryKey())
    .addColumn("entry_id", "text", (c) => c.notNull().references("entry.id").onDelete("cascade"))
    .addColumn("expires_at", "timestamptz", (c) => c.notNull())
    .addColumn("used", "boolean", (c) => c.notNull().defaultTo(false))
    .execute();
  await db.schema.createIndex("confirmation_challenge_expiry").on("confirmation_challenge")
    .column("expires_at").execute();
  await db.schema.createTable("confirmation")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("entry_id", "text", (c) => c.notNull().references("entry.id").onDelete("cascade"))
    .addColumn("keyid", "text", (c) => c.notNull())
    .addColumn("public_key", "text", (c) => c.notNull())
    .addColumn("verdict", "text", (c) => c.notNull())
    .addColumn("first_divergent_step", "integer")
    .addColumn("engine_family", "text", (c) => c.notNull())
    .addColumn("isa", "text", (c) => c.notNull())
    .addColumn("runtime", "text", (c) => c.notNull())
    .addColumn("envelope", "jsonb", (c) => c.notNull())
    // It said something else than the board and had it look again.
    .addColumn("asked_replay", "boolean", (c) => c.notNull().defaultTo(false))
    .addColumn("created_at", "timestamptz", (c) => c.notNull().defaultTo(sql`now()`))
    .addUniqueConstraint("confirmation_once", ["entry_id", "keyid"])
    .execute();
  await sql`create index confirmation_asked on confirmation (created_at) where asked_replay`
    .execute(db);
}
