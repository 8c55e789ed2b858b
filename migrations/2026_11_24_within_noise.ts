// Which ranks of a board are a tie, kept until the standings change.

import type { Kysely } from "kysely";

// deno-lint-ignore no-explicit-any -- a migration outlives the present schema types
export async function up(db: Kysely<any>): Promise<void> {
  await db.schema.createTable("tie_groups")
    .addColumn("benchmark", "text", (c) => c.notNull())
    .addColumn("version", "integer", (c) => c.notNull())
    .addColumn("standings", "text", (c) => c.notNull())
    .addColumn("groups", "jsonb", (c) => c.notNull())
    .addColumn("verdicts", "jsonb", (c) => c.notNull())
    .addPrimaryKeyConstraint("tie_groups_key", ["benchmark", "version"])
    .execute();
}
