// Uploads in parts, withdrawal, and who sent an entry without an account.

import { type Kysely, sql } from "kysely";

// deno-lint-ignore no-explicit-any -- a migration outlives the present schema types
type AnyDb = Kysely<any>;

export async function up(db: AnyDb): Promise<void> {
  await db.schema.alterTable("entry")
    .addColumn("sender", "text")
    .addColumn("withdrawal_digest", "text")
    .addColumn("withdrawn_at", "timestamptz")
    .execute();
  await db.schema.createIndex("entry_sender").on("entry").columns(["sender", "created_at"])
    .where("sender", "is not", null).execute();
  // Same bytes, same entry, unless that one was withdrawn: then they may come again.
  await db.schema.alterTable("entry").dropConstraint("entry_file_digest_key").execute();
  await sql`create unique index entry_file on entry (file_digest) where status <> 'withdrawn'`
    .execute(db);
  await sql`alter table entry add constraint entry_no_parent_of_itself
    check (fork_of <> id and revision_of <> id)`.execute(db);
  await createUploads(db);
  await db.schema.createTable("server_secret")
    .addColumn("name", "text", (c) => c.primaryKey())
    .addColumn("value", "text", (c) => c.notNull())
    .execute();
}

async function createUploads(db: AnyDb): Promise<void> {
  await db.schema.createTable("upload")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("account_id", "text")
    .addColumn("sender", "text")
    .addColumn("file_name", "text", (c) => c.notNull())
    .addColumn("byte_length", "bigint", (c) => c.notNull())
    .addColumn("sha256", "text", (c) => c.notNull())
    .addColumn("entry_id", "text", (c) => c.references("entry.id"))
    .addColumn("created_at", "timestamptz", (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn("expires_at", "timestamptz", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("upload_expires_at").on("upload").column("expires_at").execute();
}
