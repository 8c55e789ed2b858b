// What an exact replay ended in, before packing: two files of one training share it.

import { type Kysely, sql } from "kysely";

// deno-lint-ignore no-explicit-any -- a migration outlives the present schema types
export async function up(db: Kysely<any>): Promise<void> {
  await db.schema.alterTable("entry").addColumn("trained_digest", "text").execute();
  await db.schema.createIndex("entry_trained_digest").on("entry").column("trained_digest")
    .execute();
  // What was not packed is what its replay ended in.
  await sql`update entry set trained_digest = model_digest
    where provenance = 'exact' and dtype = 'fp32'`.execute(db);
}
