// Corpora of users, what scans found in corpora, and which bytes of them each entry was made with.

import { type Kysely, sql } from "kysely";

// deno-lint-ignore no-explicit-any -- a migration outlives the present schema types
type AnyDb = Kysely<any>;

const now = sql`now()`;

export async function up(db: AnyDb): Promise<void> {
  await db.schema.createTable("corpus")
    // SHA-256 of its bytes: the same bytes are the same corpus.
    .addColumn("sha256", "text", (c) => c.primaryKey().references("blob.digest"))
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("author", "text", (c) => c.notNull())
    .addColumn("licence", "text", (c) => c.notNull())
    .addColumn("licence_note", "text", (c) => c.notNull())
    .addColumn("source", "text", (c) => c.notNull())
    .addColumn("byte_length", "bigint", (c) => c.notNull())
    .addColumn("preview", "text", (c) => c.notNull())
    .addColumn("scan_attempts", "integer", (c) => c.notNull().defaultTo(0))
    .addColumn("scan_failure", "text")
    .addColumn("created_at", "timestamptz", (c) => c.notNull().defaultTo(now))
    .execute();
  await db.schema.createTable("scan")
    .addColumn("corpus", "text", (c) => c.primaryKey())
    // What was searched for, and by which rules.
    .addColumn("scope", "text", (c) => c.notNull())
    .addColumn("report", "jsonb", (c) => c.notNull())
    .addColumn("created_at", "timestamptz", (c) => c.notNull().defaultTo(now))
    .execute();
  await createRanges(
    db,
    "contamination",
    (table) =>
      table.addColumn("benchmark", "text", (c) => c.notNull())
        .addColumn("version", "integer", (c) => c.notNull()),
  );
  await createRanges(
    db,
    "corpus_use",
    (table) => table.addColumn("entry_id", "text", (c) => c.notNull().references("entry.id")),
  );
  await db.schema.createIndex("contamination_corpus").on("contamination").column("corpus")
    .execute();
  await db.schema.createIndex("corpus_use_entry").on("corpus_use").column("entry_id").execute();
  await db.schema.createIndex("corpus_use_corpus").on("corpus_use").column("corpus").execute();
  await noteUses(db);
}

type Table = ReturnType<AnyDb["schema"]["createTable"]>;

/** A table about bytes [start_byte, end_byte) of corpora, each by its SHA-256. */
async function createRanges(db: AnyDb, name: string, more: (table: Table) => Table) {
  const table = db.schema.createTable(name)
    .addColumn("corpus", "text", (c) => c.notNull())
    .addColumn("start_byte", "bigint", (c) => c.notNull())
    .addColumn("end_byte", "bigint", (c) => c.notNull()) as Table;
  await more(table).execute();
}

/** Of the entries there are: training ranges of the corpora registered at this time, and dev sets. */
async function noteUses(db: AnyDb): Promise<void> {
  await sql`with registered (id, train_end, byte_length) as (values
      ('tinystories-train-4m', 4000559::bigint, 4000559::bigint),
      ('tinyshakespeare', 1003854, 1115394),
      ('tinystories-train-full', 10782209, 10782209),
      ('code-train', 2000120, 2000120),
      ('facts-train', 2000173, 2000173)),
    recipes as (select id, recipe from entry where recipe->>'spec' = 'exact/1'),
    named as (
      select id, source->>'corpus' as corpus, source->>'sha256' as sha256, null::bigint as dev
        from recipes, jsonb_array_elements(case when jsonb_typeof(recipe->'data') = 'array'
          then recipe->'data' else '[]' end) as source
      union select id, recipe#>>'{tokenizer,trainedOn,corpus}',
        recipe#>>'{tokenizer,trainedOn,sha256}', null from recipes
      union select id, recipe#>>'{earlyStop,dev,corpus}', recipe#>>'{earlyStop,dev,sha256}',
        (recipe#>>'{earlyStop,dev,bytes}')::bigint from recipes)
    insert into corpus_use (entry_id, corpus, start_byte, end_byte)
    select named.id, named.sha256,
      case when dev is null then 0 else greatest(0, byte_length - dev) end,
      case when dev is null then train_end else byte_length end
    from named join registered on registered.id = named.corpus
    where named.sha256 is not null`.execute(db);
}
