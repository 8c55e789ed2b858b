// The boards as a table: a row for each score of an entry that boards list, kept true by triggers.

import { type Kysely, sql } from "kysely";

// deno-lint-ignore no-explicit-any -- a migration outlives the present schema types
type AnyDb = Kysely<any>;

/** Columns of the view `standing_now` and of the table `standing`. */
const COLUMNS: Record<string, string> = {
  entry_id: "text not null",
  benchmark: "text not null",
  version: "integer not null",
  model_digest: "text not null",
  name: "text not null",
  author: "text not null",
  provenance: "text not null",
  exact_count: "integer not null",
  featured: "boolean not null",
  parameters: "bigint not null",
  training_flops: "double precision",
  training_tokens: "double precision",
  self_reported_ms: "double precision",
  created_at: "timestamptz not null",
  // Microseconds since 1970: exact where a Date is not, and below 2^53.
  created_us: "bigint not null",
  score: "double precision",
  interval_low: "double precision",
  interval_high: "double precision",
  incompatible_reason: "text",
  twin: "jsonb",
  memorised: "boolean not null",
  contaminated_by: "text",
  unscanned_corpus: "text",
  ranked: "boolean not null",
  // Orders of a board, ascending and without nulls, because pages are cut by comparing rows. A
  // reversed one keeps at the end what has no value, which the same one read backwards would not.
  best_first: "double precision not null",
  worst_first: "double precision not null",
  by_flops: "double precision not null",
  by_flops_reversed: "double precision not null",
  by_gain_per_parameter: "double precision not null",
  by_gain_per_flop: "double precision not null",
  by_gain_per_flop_reversed: "double precision not null",
};
const NAMES = Object.keys(COLUMNS);

/** Indexes of the ranked rows of a board, by what comes after its benchmark and version. */
const ORDERS: Record<string, string> = {
  best: "best_first, parameters, created_us",
  worst: "worst_first, parameters, created_us",
  parameters: "parameters, best_first, created_us",
  age: "created_us",
  flops: "by_flops, best_first, created_us",
  flops_reversed: "by_flops_reversed, best_first, created_us",
  gain_per_parameter: "by_gain_per_parameter, best_first, created_us",
  gain_per_flop: "by_gain_per_flop, best_first, created_us",
  gain_per_flop_reversed: "by_gain_per_flop_reversed, best_first, created_us",
  author: "author, best_first, parameters, created_us",
  provenance: "provenance, best_first, parameters, created_us",
};

/** A change of the table changes the standings of these entries; `changed` are its rows. */
const SOURCES: Record<string, string> = {
  // A version takes the place of those before it, or gives it back.
  entry: "select id from changed union select entry.id from changed join entry " +
    "on entry.id = changed.revision_of or entry.revision_of = changed.revision_of",
  score: "select entry.id from changed join entry using (model_digest)",
  twin_score: "select entry.id from changed join entry using (model_digest)",
  corpus_use: "select entry_id from changed",
  corpus: "select entry_id from changed join corpus_use on corpus_use.corpus = changed.sha256",
  scan: "select entry_id from changed join corpus_use using (corpus)",
  contamination: "select entry_id from changed join corpus_use using (corpus)",
};

export async function up(db: AnyDb): Promise<void> {
  await createListed(db);
  await createView(db);
  await createTable(db);
  await createRefresh(db);
  await createTriggers(db);
  await createSearch(db);
  await sql`select refresh_standings(null)`.execute(db);
}

/**
 * The entries that boards list, and whether they may rank: of an author's versions the newest that
 * stands. What is true of an entry on every board is said here and nowhere else; as a view, because
 * a function of a row would be given all of its JSON.
 */
async function createListed(db: AnyDb): Promise<void> {
  await sql`create view listed_entry as
    select id, model_digest, name, author, provenance, exact_count, featured, parameters,
      training_flops, training_tokens, self_reported_ms, created_at,
      provenance <> 'mismatch' as may_rank
    from entry
    where status = 'scored' and visibility = 'public' and duplicate_of is null
      and provenance <> 'rejected' and not exists (select from entry as newer
        where newer.revision_of = coalesce(entry.revision_of, entry.id)
          and newer.status = 'scored' and newer.visibility = 'public'
          and newer.provenance not in ('mismatch', 'rejected')
          and (newer.created_at, newer.id) > (entry.created_at, entry.id))`.execute(db);
}

/** The one definition of the rows of every board. `offset 0` has what is found be found once. */
async function createView(db: AnyDb): Promise<void> {
  // The lower the better, in a unit whose logarithm counts bits.
  await sql`create function is_perplexity(benchmark text) returns boolean
    language sql immutable as $$ select benchmark like '%-ppl' $$`.execute(db);
  await sql`create view standing_now as select
    entry.id as entry_id, score.benchmark, score.version, entry.model_digest,
    entry.name, entry.author, entry.provenance, entry.exact_count, entry.featured, size.parameters,
    entry.training_flops, entry.training_tokens, entry.self_reported_ms, entry.created_at,
    (extract(epoch from entry.created_at) * 1000000)::bigint as created_us,
    score.score, score.interval_low, score.interval_high, score.incompatible_reason,
    found.twin, found.memorised, found.contaminated_by, found.unscanned_corpus,
    entry.may_rank and score.score is not null and not found.memorised
      and found.contaminated_by is null and found.unscanned_corpus is null as ranked,
    coalesce(signed.score, 'Infinity') as best_first,
    coalesce(0 - signed.score, 'Infinity') as worst_first,
    coalesce(entry.training_flops, 'Infinity') as by_flops,
    coalesce(0 - entry.training_flops, 'Infinity') as by_flops_reversed,
    coalesce(0 - per.parameter, 'Infinity') as by_gain_per_parameter,
    coalesce(0 - per.flop, 'Infinity') as by_gain_per_flop,
    coalesce(per.flop, 'Infinity') as by_gain_per_flop_reversed
  from listed_entry as entry join score on score.model_digest = entry.model_digest
  cross join lateral (select coalesce(entry.parameters, 0) as parameters) as size
  cross join lateral (select ${FOUND} offset 0) as found
  cross join lateral (select case when is_perplexity(score.benchmark) then score.score
    else 0 - score.score end as score) as signed
  cross join lateral (select case when not is_perplexity(score.benchmark) then score.score
    when score.score > 0 then 8 - ln(score.score) / ln(2::double precision) end as gain) as gained
  cross join lateral (select gain / nullif(size.parameters, 0)::double precision as parameter,
    gain / nullif(entry.training_flops, 0) as flop) as per`.execute(db);
}

/** Of a row of `entry` and one of `score`: what corpora and sealed twins say of it. */
const FOUND = sql`
  exists (select from twin_score as twin where twin.model_digest = score.model_digest
    and twin.benchmark = score.benchmark and twin.version = score.version
    and twin.memorised) as memorised,
  (select jsonb_build_object('period', twin.period, 'correct', twin.correct,
      'trials', twin.trials, 'gap', twin.gap, 'gapLow', twin.gap_low, 'gapHigh', twin.gap_high)
    from twin_score as twin where twin.model_digest = score.model_digest
      and twin.benchmark = score.benchmark and twin.version = score.version
    order by twin.period desc limit 1) as twin,
  (select min(corpus_use.corpus) from corpus_use
    join contamination on contamination.corpus = corpus_use.corpus
      and contamination.start_byte < corpus_use.end_byte
      and contamination.end_byte > corpus_use.start_byte
    where corpus_use.entry_id = entry.id and contamination.benchmark = score.benchmark
      and contamination.version = score.version) as contaminated_by,
  (select min(corpus_use.corpus) from corpus_use
    join corpus on corpus.sha256 = corpus_use.corpus
    where corpus_use.entry_id = entry.id
      and not exists (select from scan where scan.corpus = corpus.sha256)) as unscanned_corpus`;

async function createTable(db: AnyDb): Promise<void> {
  const columns = Object.entries(COLUMNS).map(([name, type]) => `${name} ${type}`);
  await sql`create table standing (${sql.raw(columns.join(", "))},
    -- False once the view has no such row any more: readers that follow changes must see it go.
    listed boolean not null,
    -- Id of the transaction that wrote the row.
    changed bigint not null,
    primary key (entry_id, benchmark, version))`.execute(db);
  for (const [name, order] of Object.entries(ORDERS)) {
    // Names of entries by their bytes, as JavaScript compares them.
    await sql`create index ${sql.id(`standing_${name}`)} on standing
      (benchmark, version, ${sql.raw(order)}, entry_id collate "C") where ranked`.execute(db);
  }
  await sql`create index standing_featured on standing
    (benchmark, version, best_first, parameters, created_us, entry_id collate "C")
    where ranked and featured`.execute(db);
  await sql`create index standing_unranked on standing
    (benchmark, version, created_us desc, entry_id collate "C")
    where listed and not ranked`.execute(db);
  await sql`create index standing_changed on standing (benchmark, version, changed)`.execute(db);
}

/** Makes the rows of some entries (null: of all) what the view says; writes only what differs. */
async function createRefresh(db: AnyDb): Promise<void> {
  const names = sql.raw(NAMES.join(", "));
  const of = (table: string) => sql.raw(NAMES.map((name) => `${table}.${name}`).join(", "));
  const set = sql.raw(NAMES.map((name) => `${name} = excluded.${name}`).join(", "));
  await sql`create function refresh_standings(ids text[]) returns void language plpgsql as $$
    declare now_changed bigint := pg_current_xact_id()::text::bigint;
    begin
      if ids is null then
        ids := array(select id from entry union select entry_id from standing);
      end if;
      -- Two transactions that change one entry in different tables do not see each other's rows;
      -- the second one waits here, and its next statement does.
      perform from entry where id = any(ids) order by id for no key update;
      with fresh as materialized (select * from standing_now where entry_id = any(ids)),
      written as (
        insert into standing as old (${names}, listed, changed)
        select ${of("fresh")}, true, now_changed from fresh
        on conflict (entry_id, benchmark, version) do update
          set ${set}, listed = true, changed = excluded.changed
          where (${of("old")}, old.listed) is distinct from (${of("excluded")}, true))
      update standing as old set listed = false, ranked = false, changed = now_changed
        where old.entry_id = any(ids) and old.listed and not exists (
          select from fresh where fresh.entry_id = old.entry_id
            and fresh.benchmark = old.benchmark and fresh.version = old.version);
    end $$`.execute(db);
}

async function createTriggers(db: AnyDb): Promise<void> {
  await sql`create function follow_in_standings() returns trigger language plpgsql as $$
    declare
      changed text := case tg_op when 'INSERT' then 'table new_rows'
        when 'DELETE' then 'table old_rows'
        else 'table new_rows union all table old_rows' end;
      ids text[];
    begin
      if tg_op <> 'TRUNCATE' then
        execute format('with changed as (%s) select array(select distinct * from (%s) as ids)',
          changed, tg_argv[0]) into ids;
        if cardinality(ids) = 0 then return null; end if;
      end if;
      perform refresh_standings(ids);
      return null;
    end $$`.execute(db);
  const rows = {
    insert: "referencing new table as new_rows",
    update: "referencing old table as old_rows new table as new_rows",
    delete: "referencing old table as old_rows",
    truncate: "",
  };
  for (const [table, entries] of Object.entries(SOURCES)) {
    for (const [event, referencing] of Object.entries(rows)) {
      await sql`create trigger ${sql.id(`standings_${event}`)} after ${sql.raw(event)}
        on ${sql.table(table)} ${sql.raw(referencing)} for each statement
        execute function follow_in_standings(${sql.lit(entries)})`.execute(db);
    }
  }
}

/**
 * Parts of names are found by their trigrams. PostgreSQL brings the extension, but whoever runs the
 * server may not have installed it, or not allow it: searching then reads all names. Without
 * fastupdate, because the embedded database never vacuums what that would leave to do.
 */
async function createSearch(db: AnyDb): Promise<void> {
  await sql`do $$ begin
    create extension if not exists pg_trgm;
    create index entry_search on entry
      using gin (lower(name || chr(10) || author) gin_trgm_ops) with (fastupdate = off);
  exception when insufficient_privilege or undefined_file or feature_not_supported then
    raise notice 'pg_trgm is not to be had: %', sqlerrm;
  end $$`.execute(db);
}
