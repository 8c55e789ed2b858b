// What tables a database has, in an order in which their rows may be written. Knows no table's name
// but the migrator's.

import { type Kysely, sql } from "kysely";
import { IntegrityError } from "../../errors.ts";

// deno-lint-ignore no-explicit-any -- of any schema
export type AnyDb = Kysely<any>;

export interface Column {
  name: string;
  /** As SQL writes it: "timestamp with time zone". */
  type: string;
}

export interface Table {
  name: string;
  /** By name; generated ones are left out. */
  columns: Column[];
  primaryKey: string[];
  /** Tables whose rows have to be there first; never itself. */
  needs: string[];
  /** Columns that name a row of this same table. */
  selfReferences: string[];
}

/** Every table of ours, each after those it refers to. @throws {IntegrityError} when none can be first. */
export async function tablesOf(db: AnyDb): Promise<Table[]> {
  const { rows } = await sql<Table>`
    select relname as name,
      (select coalesce(json_agg(json_build_object('name', attname,
          'type', format_type(atttypid, atttypmod)) order by attname), '[]')
        from pg_attribute
        where attrelid = class.oid and attnum > 0 and not attisdropped and attgenerated = ''
      ) as columns,
      (select coalesce(json_agg(attname order by attname), '[]')
        from pg_index join pg_attribute on attrelid = indrelid and attnum = any(indkey)
        where indrelid = class.oid and indisprimary) as "primaryKey",
      (select coalesce(json_agg(distinct referred.relname), '[]')
        from pg_constraint join pg_class referred on referred.oid = confrelid
        where conrelid = class.oid and contype = 'f' and confrelid <> conrelid) as needs,
      (select coalesce(json_agg(distinct attname), '[]')
        from pg_constraint join pg_attribute on attrelid = conrelid and attnum = any(conkey)
        where conrelid = class.oid and contype = 'f' and confrelid = conrelid
      ) as "selfReferences"
    from pg_class class
    where relkind = 'r' and relnamespace = 'public'::regnamespace and relname not like 'kysely%'
      -- Follows from the others, by their triggers.
      and relname <> 'standing'
    order by relname`.execute(db);
  return inOrder(rows);
}

function inOrder(tables: Table[]): Table[] {
  const ordered: Table[] = [];
  const written = new Set<string>();
  while (ordered.length < tables.length) {
    const next = tables.find(({ name, needs }) =>
      !written.has(name) && needs.every((needed) => written.has(needed))
    );
    if (next === undefined) {
      const left = tables.filter(({ name }) => !written.has(name)).map(({ name }) => name);
      throw new IntegrityError(`Tables refer to each other in a circle: ${left.join(", ")}`);
    }
    ordered.push(next);
    written.add(next.name);
  }
  return ordered;
}

export interface Sequence {
  name: string;
  /** Null before its first use. */
  lastValue: string | null;
}

export async function sequencesOf(db: AnyDb): Promise<Sequence[]> {
  const { rows } = await sql<Sequence>`
    select sequencename as name, last_value::text as "lastValue" from pg_sequences
    where schemaname = 'public' order by sequencename`.execute(db);
  return rows;
}

export async function setSequence(db: AnyDb, { name, lastValue }: Sequence): Promise<void> {
  if (lastValue === null) return;
  await sql`select setval(${`public.${JSON.stringify(name)}`}::regclass, ${lastValue}::bigint)`
    .execute(db);
}
