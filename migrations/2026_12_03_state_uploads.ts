// Uploads in parts that are to become a state of a run instead of a submission.

import type { Kysely } from "kysely";

// deno-lint-ignore no-explicit-any -- a migration outlives the present schema types
export async function up(db: Kysely<any>): Promise<void> {
  await db.schema.alterTable("upload").addColumn("state_of", "text").execute();
}
