// Tickets: seeds that the board drew after a recipe was fixed.

import { type Kysely, sql } from "kysely";

// deno-lint-ignore no-explicit-any -- a migration outlives the present schema types
export async function up(db: Kysely<any>): Promise<void> {
  await db.schema.createTable("ticket")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("account_id", "text", (c) => c.notNull())
    .addColumn("commitment", "text", (c) => c.notNull())
    .addColumn("nonce", "text", (c) => c.notNull().unique())
    .addColumn("seed", "bigint", (c) => c.notNull())
    .addColumn("created_at", "timestamptz", (c) => c.notNull().defaultTo(sql`now()`))
    .execute();
  await db.schema.createIndex("ticket_account").on("ticket")
    .columns(["account_id", "commitment", "seed"]).execute();
}
