// Prompt sets say under which licence they may be used.

import { type Kysely, sql } from "kysely";

// deno-lint-ignore no-explicit-any -- a migration outlives the present schema types
type AnyDb = Kysely<any>;

export async function up(db: AnyDb): Promise<void> {
  await db.schema.alterTable("lab_prompt_set")
    .addColumn("licence", "text", (c) => c.notNull().defaultTo(""))
    .execute();
  // The published study, which a server imports at its first start.
  await sql`update lab_prompt_set set licence = 'MIT'
    where account_id is null and source like 'vishalbakshi/TinyScaleLab%'`.execute(db);
  // The page of a prompt set lists what was generated over it.
  await sql`create index lab_set_prompts on lab_set (prompt_set_id, created_at)
    where prompt_set_id is not null`.execute(db);
}
