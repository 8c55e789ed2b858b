// Figures a benchmark gives beside its score.

import { type Kysely, sql } from "kysely";

// deno-lint-ignore no-explicit-any -- a migration outlives the present schema types
export async function up(db: Kysely<any>): Promise<void> {
  await db.schema.alterTable("score")
    .addColumn("secondary", "jsonb", (column) => column.notNull().defaultTo(sql`'[]'`)).execute();
}
