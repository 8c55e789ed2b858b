// Decisions of moderators with their public reasons, flags of readers, and who is banned.

import { type Kysely, sql } from "kysely";

// deno-lint-ignore no-explicit-any -- a migration outlives the present schema types
type AnyDb = Kysely<any>;

export async function up(db: AnyDb): Promise<void> {
  await createDecisions(db);
  await createFlags(db);
  await createBans(db);
  // The queue: few entries are not public.
  await sql`create index entry_visibility on entry (visibility, created_at)
    where visibility <> 'public'`.execute(db);
}

async function createDecisions(db: AnyDb): Promise<void> {
  await db.schema.createTable("decision")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("act", "text", (c) => c.notNull())
    // Of an entry, an account or a name: one of the three.
    .addColumn("entry_id", "text", (c) => c.references("entry.id"))
    .addColumn("account_id", "text")
    .addColumn("author", "text")
    .addColumn("reason", "text", (c) => c.notNull())
    // Both: the account may be gone one day, and what it decided is not.
    .addColumn("moderator_id", "text", (c) => c.notNull())
    .addColumn("moderator_name", "text", (c) => c.notNull())
    .addColumn("ledger_seq", "integer", (c) => c.notNull())
    .addColumn("created_at", "timestamptz", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("decision_created_at").on("decision").columns(["created_at", "id"])
    .execute();
  await sql`create index decision_entry_id on decision (entry_id) where entry_id is not null`
    .execute(db);
}

async function createFlags(db: AnyDb): Promise<void> {
  await db.schema.createTable("flag")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("entry_id", "text", (c) => c.notNull().references("entry.id"))
    // An account, or a hash that tells one guest's flags of one entry apart and nothing else.
    .addColumn("reader", "text", (c) => c.notNull())
    .addColumn("account_id", "text")
    .addColumn("reason", "text", (c) => c.notNull())
    .addColumn("created_at", "timestamptz", (c) => c.notNull())
    // What was decided because of it; null while it waits.
    .addColumn("decision_id", "text", (c) => c.references("decision.id"))
    .addUniqueConstraint("flag_once", ["entry_id", "reader"])
    .execute();
  await sql`create index flag_open on flag (entry_id) where decision_id is null`.execute(db);
}

async function createBans(db: AnyDb): Promise<void> {
  await db.schema.createTable("ban")
    // "account:ID", or "author:" and the key of a name.
    .addColumn("subject", "text", (c) => c.primaryKey())
    .addColumn("decision_id", "text", (c) => c.notNull().references("decision.id"))
    .execute();
}
