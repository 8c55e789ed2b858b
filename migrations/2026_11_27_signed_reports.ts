// Reports in signed envelopes, and the public keys that signed them.

import type { Kysely } from "kysely";

// deno-lint-ignore no-explicit-any -- a migration outlives the present schema types
export async function up(db: Kysely<any>): Promise<void> {
  // Null: from before reports were signed.
  await db.schema.alterTable("report").addColumn("envelope", "jsonb").execute();
  await db.schema.createTable("signing_key")
    .addColumn("keyid", "text", (c) => c.primaryKey())
    .addColumn("public_key", "text", (c) => c.notNull().unique())
    .addColumn("announcement", "jsonb", (c) => c.notNull())
    .addColumn("created_at", "timestamptz", (c) => c.notNull())
    .addColumn("retired_at", "timestamptz")
    .execute();
}
