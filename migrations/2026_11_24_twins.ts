// Sealed twins: the secret seed of each quarter, and how models did on the trials drawn from it.

import { type Kysely, sql } from "kysely";

// deno-lint-ignore no-explicit-any -- a migration outlives the present schema types
export async function up(db: Kysely<any>): Promise<void> {
  await db.schema.createTable("twin_seed")
    .addColumn("period", "text", (c) => c.primaryKey())
    .addColumn("commitment", "text", (c) => c.notNull().unique())
    .addColumn("seed", "text", (c) => c.notNull())
    .addColumn("committed_at", "timestamptz", (c) => c.notNull())
    .addColumn("revealed_at", "timestamptz")
    .addColumn("created_at", "timestamptz", (c) => c.notNull().defaultTo(sql`now()`))
    .execute();
  await db.schema.createTable("twin_score")
    .addColumn("model_digest", "text", (c) => c.notNull())
    .addColumn("benchmark", "text", (c) => c.notNull())
    .addColumn("version", "integer", (c) => c.notNull())
    .addColumn("period", "text", (c) => c.notNull().references("twin_seed.period"))
    .addColumn("correct", "integer", (c) => c.notNull())
    .addColumn("trials", "integer", (c) => c.notNull())
    .addColumn("gap", "double precision", (c) => c.notNull())
    .addColumn("gap_low", "double precision", (c) => c.notNull())
    .addColumn("gap_high", "double precision", (c) => c.notNull())
    .addColumn("memorised", "boolean", (c) => c.notNull())
    .addColumn("engine_digest", "text", (c) => c.notNull())
    .addColumn("created_at", "timestamptz", (c) => c.notNull().defaultTo(sql`now()`))
    .addPrimaryKeyConstraint("twin_score_key", ["model_digest", "benchmark", "version", "period"])
    .execute();
}
