// Sets that are generated as jobs, and what moderators hide in the lab.

import { type Kysely, sql } from "kysely";

// deno-lint-ignore no-explicit-any -- a migration outlives the present schema types
type AnyDb = Kysely<any>;

export async function up(db: AnyDb): Promise<void> {
  await createOrders(db);
  await db.schema.alterTable("job")
    .addColumn("lab_order_id", "text", (c) => c.references("lab_order.id"))
    .execute();
  await sql`create index job_lab_order on job (lab_order_id, created_at)
    where lab_order_id is not null`.execute(db);
  await sql`drop index job_open`.execute(db);
  // As before, and each order once.
  await sql`create unique index job_open on job
    (entry_id, kind, coalesce(replay_id, ''), coalesce(part, 0), coalesce(lab_order_id, ''))
    where state in ('queued', 'running', 'retrying')`.execute(db);
  await createHidden(db);
  // Whether the analysis of a set is still the one of before.
  await sql`create index lab_score_set on lab_score (set_id, seq)`.execute(db);
}

async function createOrders(db: AnyDb): Promise<void> {
  await db.schema.createTable("lab_order")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("entry_id", "text", (c) => c.notNull().references("entry.id"))
    .addColumn("prompt_set_id", "text", (c) => c.notNull().references("lab_prompt_set.id"))
    .addColumn("rubric_id", "text", (c) => c.notNull().references("lab_rubric.id"))
    .addColumn("into_set", "text", (c) => c.references("lab_set.id"))
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("model", "text", (c) => c.notNull())
    .addColumn("search", "jsonb", (c) => c.notNull())
    // FLOPs, for its place among others and the time it will take.
    .addColumn("work", "double precision", (c) => c.notNull())
    .addColumn("account_id", "text", (c) => c.notNull())
    // What came of it.
    .addColumn("set_id", "text", (c) => c.references("lab_set.id"))
    .addColumn("created_at", "timestamptz", (c) => c.notNull().defaultTo(sql`now()`))
    .execute();
  await db.schema.createIndex("lab_order_account").on("lab_order")
    .columns(["account_id", "created_at"]).execute();
  await db.schema.createTable("lab_order_text")
    .addColumn("order_id", "text", (c) => c.notNull().references("lab_order.id"))
    .addColumn("prompt_id", "text", (c) => c.notNull())
    .addColumn("text", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("lab_order_text_key", ["order_id", "prompt_id"])
    .execute();
}

async function createHidden(db: AnyDb): Promise<void> {
  await db.schema.createTable("lab_hidden_rating")
    .addColumn("set_id", "text", (c) => c.notNull().references("lab_set.id"))
    .addColumn("rater_id", "text", (c) => c.notNull().references("lab_rater.id"))
    .addPrimaryKeyConstraint("lab_hidden_rating_key", ["set_id", "rater_id"])
    .execute();
  await db.schema.alterTable("decision")
    .addColumn("lab_set_id", "text", (c) => c.references("lab_set.id"))
    .addColumn("lab_rater_id", "text", (c) => c.references("lab_rater.id"))
    .execute();
  await sql`create index decision_lab_set on decision (lab_set_id) where lab_set_id is not null`
    .execute(db);
}
