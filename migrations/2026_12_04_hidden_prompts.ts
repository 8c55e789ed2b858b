// Moderators hide sets of prompts, as they hide sets of completions.

import { type Kysely, sql } from "kysely";

// deno-lint-ignore no-explicit-any -- a migration outlives the present schema types
export async function up(db: Kysely<any>): Promise<void> {
  await db.schema.alterTable("lab_prompt_set")
    .addColumn("hidden", "boolean", (c) => c.notNull().defaultTo(false))
    .execute();
  await db.schema.alterTable("decision")
    .addColumn("lab_prompt_set_id", "text", (c) => c.references("lab_prompt_set.id"))
    .execute();
  await sql`create index decision_lab_prompts on decision (lab_prompt_set_id)
    where lab_prompt_set_id is not null`.execute(db);
}
