// What the probes found of each set of weights.

import { type Kysely, sql } from "kysely";

// deno-lint-ignore no-explicit-any -- a migration outlives the present schema types
export async function up(db: Kysely<any>): Promise<void> {
  await db.schema.createTable("probe")
    .addColumn("model_digest", "text", (c) => c.notNull())
    .addColumn("probe", "text", (c) => c.notNull())
    .addColumn("passed", "boolean", (c) => c.notNull())
    .addColumn("detail", "text", (c) => c.notNull())
    .addColumn("engine_digest", "text", (c) => c.notNull())
    .addColumn("created_at", "timestamptz", (c) => c.notNull().defaultTo(sql`now()`))
    .addPrimaryKeyConstraint("probe_key", ["model_digest", "probe"])
    .execute();
}
