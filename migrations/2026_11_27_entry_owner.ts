// Whose an entry is, what it was forked from and which entry it is a revision of.

import { type Kysely, sql } from "kysely";

// deno-lint-ignore no-explicit-any -- a migration outlives the present schema types
export async function up(db: Kysely<any>): Promise<void> {
  await db.schema.alterTable("entry")
    // Null: sent by a guest, or by the gallery.
    .addColumn("account_id", "text")
    .addColumn("fork_of", "text", (c) => c.references("entry.id"))
    .addColumn("revision_of", "text", (c) => c.references("entry.id"))
    .execute();
  for (const column of ["account_id", "fork_of", "revision_of"]) {
    await sql`create index ${sql.id(`entry_${column}`)} on entry (${sql.id(column)})
      where ${sql.id(column)} is not null`.execute(db);
  }
}
