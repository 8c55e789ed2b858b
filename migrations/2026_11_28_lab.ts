// The lab: rubrics, prompts, sets of completions, raters, their scores, judges and reviews.

import { type Kysely, sql } from "kysely";

// deno-lint-ignore no-explicit-any -- a migration outlives the present schema types
type AnyDb = Kysely<any>;

const now = sql`now()`;

export async function up(db: AnyDb): Promise<void> {
  await createRubrics(db);
  await createSets(db);
  await createItems(db);
  await createRaters(db);
  await createScores(db);
  await createJudges(db);
  await createReviews(db);
}

async function createRubrics(db: AnyDb): Promise<void> {
  await db.schema.createTable("lab_rubric")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("slug", "text", (c) => c.notNull())
    .addColumn("version", "integer", (c) => c.notNull())
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("levels", "jsonb", (c) => c.notNull())
    .addColumn("criteria", "jsonb", (c) => c.notNull())
    .addColumn("source", "text", (c) => c.notNull())
    .addColumn("account_id", "text")
    .addColumn("created_at", "timestamptz", (c) => c.notNull().defaultTo(now))
    .addUniqueConstraint("lab_rubric_version", ["slug", "version"])
    .execute();
}

async function createSets(db: AnyDb): Promise<void> {
  await db.schema.createTable("lab_prompt_set")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("prompts", "jsonb", (c) => c.notNull())
    .addColumn("source", "text", (c) => c.notNull())
    .addColumn("digest", "text", (c) => c.notNull().unique())
    .addColumn("account_id", "text")
    .addColumn("created_at", "timestamptz", (c) => c.notNull().defaultTo(now))
    .execute();
  await db.schema.createTable("lab_set")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("rubric_id", "text", (c) => c.notNull().references("lab_rubric.id"))
    .addColumn("prompt_set_id", "text", (c) => c.references("lab_prompt_set.id"))
    .addColumn("models", "jsonb", (c) => c.notNull())
    .addColumn("decoding", "jsonb")
    .addColumn("source", "text", (c) => c.notNull())
    .addColumn("source_note", "text", (c) => c.notNull())
    .addColumn("import_digest", "text", (c) => c.unique())
    .addColumn("account_id", "text")
    .addColumn("hidden", "boolean", (c) => c.notNull().defaultTo(false))
    .addColumn("created_at", "timestamptz", (c) => c.notNull().defaultTo(now))
    .execute();
  await db.schema.createIndex("lab_set_created_at").on("lab_set").columns(["created_at", "id"])
    .execute();
}

async function createItems(db: AnyDb): Promise<void> {
  await db.schema.createTable("lab_item")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("set_id", "text", (c) => c.notNull().references("lab_set.id"))
    .addColumn("model", "text", (c) => c.notNull())
    .addColumn("entry_id", "text", (c) => c.references("entry.id"))
    .addColumn("prompt_id", "text", (c) => c.notNull())
    .addColumn("category", "text", (c) => c.notNull())
    .addColumn("prompt", "text", (c) => c.notNull())
    .addColumn("completion", "text", (c) => c.notNull())
    .addColumn("position", "integer", (c) => c.notNull())
    .addUniqueConstraint("lab_item_position", ["set_id", "position"])
    .execute();
  await sql`create index lab_item_entry on lab_item (entry_id) where entry_id is not null`
    .execute(db);
}

async function createRaters(db: AnyDb): Promise<void> {
  await db.schema.createTable("lab_rater")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("kind", "text", (c) => c.notNull())
    .addColumn("name", "text", (c) => c.notNull())
    // A rater with neither was imported: nobody can go on as one.
    .addColumn("account_id", "text")
    .addColumn("token_digest", "text", (c) => c.unique())
    .addColumn("seed", "bigint", (c) => c.notNull())
    .addColumn("judge", "jsonb")
    .addColumn("created_at", "timestamptz", (c) => c.notNull().defaultTo(now))
    .execute();
  await sql`create unique index lab_rater_account on lab_rater (account_id)
    where kind = 'human' and account_id is not null`.execute(db);
}

async function createScores(db: AnyDb): Promise<void> {
  await db.schema.createTable("lab_score")
    .addColumn("seq", "bigint", (c) => c.primaryKey().generatedAlwaysAsIdentity())
    .addColumn("set_id", "text", (c) => c.notNull().references("lab_set.id"))
    .addColumn("item_id", "text", (c) => c.notNull().references("lab_item.id"))
    .addColumn("criterion", "text", (c) => c.notNull())
    .addColumn("rater_id", "text", (c) => c.notNull().references("lab_rater.id"))
    .addColumn("round", "integer", (c) => c.notNull().defaultTo(0))
    .addColumn("value", "double precision")
    .addColumn("note", "text")
    .addColumn("judge_shown", "boolean", (c) => c.notNull().defaultTo(false))
    .addColumn("event_key", "text", (c) => c.unique())
    .addColumn("at", "timestamptz", (c) => c.notNull().defaultTo(now))
    .execute();
  // The scores that count: the last of each key.
  await sql`create index lab_score_last
    on lab_score (set_id, rater_id, item_id, criterion, round, seq desc)`.execute(db);
}

async function createJudges(db: AnyDb): Promise<void> {
  await db.schema.createTable("lab_judge_template")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("slug", "text", (c) => c.notNull())
    .addColumn("version", "integer", (c) => c.notNull())
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("text", "text", (c) => c.notNull())
    .addColumn("source", "text", (c) => c.notNull())
    .addColumn("account_id", "text")
    .addColumn("created_at", "timestamptz", (c) => c.notNull().defaultTo(now))
    .addUniqueConstraint("lab_judge_template_version", ["slug", "version"])
    .execute();
  await db.schema.createTable("lab_judge_run")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("set_id", "text", (c) => c.notNull().references("lab_set.id"))
    .addColumn("rater_id", "text", (c) => c.notNull().references("lab_rater.id"))
    .addColumn("template_id", "text", (c) => c.notNull().references("lab_judge_template.id"))
    .addColumn("progress", "jsonb", (c) => c.notNull())
    .addColumn("account_id", "text")
    .addColumn("created_at", "timestamptz", (c) => c.notNull().defaultTo(now))
    .addColumn("updated_at", "timestamptz", (c) => c.notNull().defaultTo(now))
    .execute();
  await db.schema.createIndex("lab_judge_run_set").on("lab_judge_run").column("set_id").execute();
}

async function createReviews(db: AnyDb): Promise<void> {
  await db.schema.createTable("lab_review")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("set_id", "text", (c) => c.notNull().references("lab_set.id"))
    .addColumn("item_id", "text", (c) => c.notNull().references("lab_item.id"))
    .addColumn("criterion", "text", (c) => c.notNull())
    .addColumn("rater_id", "text", (c) => c.notNull().references("lab_rater.id"))
    .addColumn("reviewer_id", "text", (c) => c.notNull().references("lab_rater.id"))
    .addColumn("blind_value", "double precision")
    .addColumn("agree", "boolean")
    .addColumn("comment", "text", (c) => c.notNull())
    .addColumn("created_at", "timestamptz", (c) => c.notNull().defaultTo(now))
    .execute();
  await db.schema.createIndex("lab_review_score").on("lab_review")
    .columns(["set_id", "rater_id", "item_id", "criterion"]).execute();
}
