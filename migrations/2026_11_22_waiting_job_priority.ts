// The order of waiting jobs, for the queue position people see.

import type { Kysely } from "kysely";

// deno-lint-ignore no-explicit-any -- a migration outlives the present schema types
export async function up(db: Kysely<any>): Promise<void> {
  await db.schema.alterTable("job")
    .addColumn("priority", "integer", (column) => column.notNull().defaultTo(0)).execute();
}
