// Fills a database with entries as a large board has them, by SQL alone and the same each time.

import { type Kysely, sql } from "kysely";
import type { Benchmark } from "../lib/benchmarks/benchmark.ts";
import { BENCHMARKS } from "../lib/benchmarks/registry.ts";
import type { Database } from "../lib/storage/schema.ts";

/** Entries inserted by one statement: bounds memory. */
const BATCH = 10_000;

/**
 * Inserts `count` scored entries of some thousand authors with scores on these benchmarks: on all of
 * them, or else a server that starts asks for the missing ones. The standings are made of them all at once and indexed afterwards, which takes a tenth of the time
 * that following each row does.
 */
export async function addManyEntries(
  db: Kysely<Database>,
  count: number,
  benchmarks: readonly Benchmark[] = BENCHMARKS,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await following(trx, "disable");
    const { rows: indexes } = await sql<{ name: string; definition: string }>`
      select indexname as name, indexdef as definition from pg_indexes
      where tablename = 'standing' and indexname <> 'standing_pkey'`.execute(trx);
    for (const { name } of indexes) await sql`drop index ${sql.id(name)}`.execute(trx);
    for (let from = 1; from <= count; from += BATCH) {
      const to = Math.min(count, from + BATCH - 1);
      const range = sql`generate_series(${from}::integer, ${to}::integer) as i`;
      await sql`insert into blob (digest, byte_length)
        select ${digest("file")}, 400000 from ${range}`.execute(trx);
      await addEntries(trx, range);
      for (const benchmark of benchmarks) await addScores(trx, range, benchmark);
    }
    await sql`select refresh_standings(null)`.execute(trx);
    for (const { definition } of indexes) await sql.raw(definition).execute(trx);
    await following(trx, "enable");
  });
  await sql`analyze`.execute(db);
}

/** The triggers by which standings follow entries and scores. */
async function following(db: Kysely<Database>, what: "enable" | "disable"): Promise<void> {
  for (const table of ["entry", "score"]) {
    for (const event of ["insert", "update", "delete", "truncate"]) {
      await sql`alter table ${sql.table(table)} ${sql.raw(what)} trigger ${
        sql.id(`standings_${event}`)
      }`.execute(db);
    }
  }
}

/** 64 hexadecimal digits of entry `i`. */
function digest(kind: string) {
  return sql`md5(${kind} || i) || md5(i || ${kind})`;
}

/** A number in [0, 1) that follows from `i` and a word. */
function chance(word: string) {
  let seed = 0;
  for (const letter of word) seed = seed * 31 % 1_000_003 + letter.charCodeAt(0);
  return sql`((hashint4extended(i, ${
    sql.lit(seed)
  }) & 2147483647) / 2147483648.0::double precision)`;
}

function oneOf(word: string, values: readonly string[]) {
  return sql`(array[${sql.join(values.map((value) => sql.lit(value)))}])[1 + floor(${
    chance(word)
  } * ${sql.lit(values.length)})::integer]`;
}

const FIRST = ["Quiet", "Small", "Brisk", "Patient", "Second", "Careful", "Plain", "Late", "Lucid"];
const SECOND = [
  "sorter",
  "storyteller",
  "reader",
  "reverser",
  "byte model",
  "pocket GPT",
  "scribe",
];
/** As often as they are here. */
const STATES = [
  ...Array(11).fill("pending"),
  ...Array(6).fill("exact"),
  ...["external", "external", "not-reproducible", "mismatch"],
];

async function addEntries(db: Kysely<Database>, range: ReturnType<typeof sql>): Promise<void> {
  await sql`insert into entry (id, name, author, blurb, featured, status, provenance, exact_count,
      file_digest, file_name, model_digest, parameters, training_flops, training_tokens,
      self_reported_ms, recipe, created_at)
    select 'm' || translate(substr(md5('id' || i), 1, 11), '01aeiou', 'zyxwvts'),
      ${oneOf("first", FIRST)} || ' ' || ${oneOf("second", SECOND)} || ' ' || i,
      'author ' || floor(5000 * ${chance("author")} * ${chance("often")})::integer, '',
      i % 1000 = 7, 'scored', state, case when state = 'exact' then 1 + i % 2 else 0 end,
      ${digest("file")}, 'model.tinygpt', ${digest("model")}, parameters,
      case when state = 'external' then null else 6 * parameters * tokens end,
      case when state = 'external' then null else tokens end, 1000 + 3.6e6 * ${chance("time")},
      case when state = 'external' then null else '{"spec": "exact/1"}'::jsonb end,
      '2025-01-01T00:00:00Z'::timestamptz + i * interval '9 minutes'
    from (select i, ${oneOf("state", STATES)} as state,
        round(1e3 * power(10, 4.7 * ${chance("size")}))::bigint as parameters,
        round(1e6 * power(10, 2 * ${chance("tokens")})) as tokens
      from ${range}) as drawn`.execute(db);
}

/** Larger models are better, with much luck; every twentieth does not fit the benchmark. */
async function addScores(
  db: Kysely<Database>,
  range: ReturnType<typeof sql>,
  { id, version, unit, dataDigest }: Benchmark,
): Promise<void> {
  const skill = sql`(0.6 * ${chance("size")} + 0.4 * ${chance(id)})`;
  const score = unit === "%"
    ? sql`round((200 * greatest(0, 1.6 * ${skill} - 0.6))::numeric) / 2`
    : sql`1.9 + 8 * power(1 - ${skill}, 2.5)`;
  const [low, high] = unit === "%"
    ? [sql`greatest(0, score - 5)`, sql`least(100, score + 5)`]
    : [sql`score * 0.97`, sql`score * 1.03`];
  await sql`insert into score (model_digest, benchmark, version, score, interval_low,
      interval_high, incompatible_reason, examples, engine_digest, data_digest, wall_ms)
    select model, ${id}, ${version}, score, ${low}, ${high},
      case when score is null then 'Its context of 16 is shorter than a story needs.' end,
      '[]', 'engine', ${dataDigest}, 1000
    from (select ${digest("model")} as model,
        case when ${chance(`${id} fits`)} > 0.05 then (${score})::double precision end as score
      from ${range}) as scored`.execute(db);
}
