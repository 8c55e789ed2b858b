// Entries, blobs, scores, jobs, reports and the append-only ledger.

import { type Kysely, sql } from "kysely";

// deno-lint-ignore no-explicit-any -- a migration outlives the present schema types
type AnyDb = Kysely<any>;

export async function up(db: AnyDb): Promise<void> {
  await createEntries(db);
  await createScores(db);
  await createJobs(db);
  await createReports(db);
  await createLedger(db);
}

const now = sql`now()`;

async function createEntries(db: AnyDb): Promise<void> {
  await db.schema.createTable("blob")
    .addColumn("digest", "text", (c) => c.primaryKey())
    .addColumn("byte_length", "bigint", (c) => c.notNull())
    .addColumn("created_at", "timestamptz", (c) => c.notNull().defaultTo(now))
    .execute();
  await db.schema.createTable("entry")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("author", "text", (c) => c.notNull())
    .addColumn("blurb", "text", (c) => c.notNull())
    .addColumn("featured", "boolean", (c) => c.notNull().defaultTo(false))
    .addColumn("gallery", "boolean", (c) => c.notNull().defaultTo(false))
    .addColumn("status", "text", (c) => c.notNull().defaultTo("received"))
    .addColumn("provenance", "text", (c) => c.notNull().defaultTo("pending"))
    .addColumn("exact_count", "integer", (c) => c.notNull().defaultTo(0))
    // Same bytes, same entry: the second upload of a file is the first one.
    .addColumn("file_digest", "text", (c) => c.notNull().unique().references("blob.digest"))
    .addColumn("file_name", "text", (c) => c.notNull())
    .addColumn("model_digest", "text")
    .addColumn("parameters", "bigint")
    .addColumn("training_flops", "double precision")
    .addColumn("training_tokens", "double precision")
    .addColumn("self_reported_ms", "double precision")
    .addColumn("recipe_hash", "text")
    .addColumn("recipe", "jsonb")
    .addColumn("chain", "jsonb")
    .addColumn("config", "jsonb")
    .addColumn("samples", "jsonb")
    .addColumn("loss_history", "jsonb")
    .addColumn("dtype", "text")
    .addColumn("duplicate_of", "text", (c) => c.references("entry.id"))
    .addColumn("failure", "jsonb")
    .addColumn("created_at", "timestamptz", (c) => c.notNull().defaultTo(now))
    .addColumn("updated_at", "timestamptz", (c) => c.notNull().defaultTo(now))
    .execute();
  await db.schema.createIndex("entry_model_digest").on("entry").column("model_digest").execute();
  await db.schema.createIndex("entry_created_at").on("entry").columns(["created_at", "id"])
    .execute();
}

async function createScores(db: AnyDb): Promise<void> {
  await db.schema.createTable("score")
    .addColumn("model_digest", "text", (c) => c.notNull())
    .addColumn("benchmark", "text", (c) => c.notNull())
    .addColumn("version", "integer", (c) => c.notNull())
    .addColumn("score", "double precision")
    .addColumn("interval_low", "double precision")
    .addColumn("interval_high", "double precision")
    .addColumn("incompatible_reason", "text")
    .addColumn("examples", "jsonb", (c) => c.notNull())
    .addColumn("engine_digest", "text", (c) => c.notNull())
    .addColumn("data_digest", "text", (c) => c.notNull())
    .addColumn("wall_ms", "double precision", (c) => c.notNull())
    .addColumn("created_at", "timestamptz", (c) => c.notNull().defaultTo(now))
    .addPrimaryKeyConstraint("score_key", ["model_digest", "benchmark", "version"])
    .execute();
  await db.schema.createIndex("score_board").on("score").columns(["benchmark", "version", "score"])
    .execute();
}

async function createJobs(db: AnyDb): Promise<void> {
  await db.schema.createTable("job")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("kind", "text", (c) => c.notNull())
    .addColumn("entry_id", "text", (c) => c.notNull().references("entry.id"))
    .addColumn("state", "text", (c) => c.notNull().defaultTo("queued"))
    .addColumn("stage", "text", (c) => c.notNull().defaultTo("queued"))
    .addColumn("progress", "double precision", (c) => c.notNull().defaultTo(0))
    .addColumn("eta_ms", "double precision")
    .addColumn("attempts", "integer", (c) => c.notNull().defaultTo(0))
    .addColumn("log", "text", (c) => c.notNull().defaultTo(""))
    .addColumn("error", "jsonb")
    .addColumn("created_at", "timestamptz", (c) => c.notNull().defaultTo(now))
    .addColumn("started_at", "timestamptz")
    .addColumn("finished_at", "timestamptz")
    .addColumn("updated_at", "timestamptz", (c) => c.notNull().defaultTo(now))
    .execute();
  await db.schema.createIndex("job_entry").on("job").columns(["entry_id", "created_at"]).execute();
  // At most one job of a kind waits or runs for an entry, however often it is asked for.
  await sql`create unique index job_open on job (entry_id, kind)
    where state in ('queued', 'running', 'retrying')`.execute(db);
}

async function createReports(db: AnyDb): Promise<void> {
  await db.schema.createTable("report")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("entry_id", "text", (c) => c.notNull().references("entry.id"))
    .addColumn("verdict", "text", (c) => c.notNull())
    .addColumn("first_divergent_step", "bigint")
    .addColumn("recipe_hash", "text")
    .addColumn("statement", "jsonb", (c) => c.notNull())
    .addColumn("statement_digest", "text", (c) => c.notNull())
    .addColumn("created_at", "timestamptz", (c) => c.notNull().defaultTo(now))
    .execute();
  await db.schema.createIndex("report_entry").on("report").columns(["entry_id", "created_at"])
    .execute();
  await db.schema.createIndex("report_created_at").on("report").columns(["created_at", "id"])
    .execute();
}

async function createLedger(db: AnyDb): Promise<void> {
  await db.schema.createTable("ledger")
    .addColumn("seq", "bigint", (c) => c.primaryKey())
    .addColumn("at", "text", (c) => c.notNull())
    .addColumn("kind", "text", (c) => c.notNull())
    .addColumn("payload", "text", (c) => c.notNull())
    .addColumn("prev_hash", "text", (c) => c.notNull().unique())
    .addColumn("hash", "text", (c) => c.notNull().unique())
    .execute();
  await sql`create function ledger_is_append_only() returns trigger language plpgsql as $$
    begin raise exception 'the ledger is append-only'; end $$`.execute(db);
  await sql`create trigger ledger_append_only before update or delete or truncate on ledger
    for each statement execute function ledger_is_append_only()`.execute(db);
}
