// Copies one table from database to database: all of it or nothing.

import { type RawBuilder, sql } from "kysely";
import { batches, fixTexts } from "./cursor.ts";
import type { AnyDb, Column, Table } from "./tables.ts";

/** A row may hold every example of a score: some hundred kilobytes. */
const BATCH_ROWS = 50;

type TextRow = Record<string, string | null>;

/**
 * Values travel as text, which PostgreSQL writes and reads without loss. The target's transaction
 * makes it all or nothing, so an interrupted table is an empty one.
 *
 * @returns rows copied.
 */
export async function copyTable(source: AnyDb, target: AnyDb, table: Table): Promise<number> {
  return await source.transaction().execute(async (from) => {
    await fixTexts(from);
    return await target.transaction().execute(async (to) => {
      const later = new Set(table.selfReferences);
      // A row may name one that comes after it, so those columns are filled once all rows are there.
      const first = table.columns.filter(({ name }) => !later.has(name));
      let copied = 0;
      for await (const rows of batches(from, texts(table, first), BATCH_ROWS)) {
        await insert(to, table, first, rows);
        copied += rows.length;
      }
      if (later.size > 0) await fillSelfReferences(from, to, table);
      return copied;
    });
  });
}

async function insert(to: AnyDb, table: Table, columns: Column[], rows: TextRow[]): Promise<void> {
  await sql`
    insert into ${sql.table(table.name)} (${names(columns)}) overriding system value
    select ${typed(columns)} from ${unnested(columns, rows)}`.execute(to);
}

async function fillSelfReferences(from: AnyDb, to: AnyDb, table: Table): Promise<void> {
  const named = (wanted: readonly string[]) =>
    table.columns.filter(({ name }) => wanted.includes(name));
  const keys = named(table.primaryKey), references = named(table.selfReferences);
  const columns = [...keys, ...references];
  const present = sql.join(references.map(({ name }) => sql`${sql.ref(name)} is not null`), OR);
  const query = sql<TextRow>`${texts(table, columns)} where ${present}`;
  const values = references.map(({ name, type }) =>
    sql`${sql.ref(name)} = given.${sql.ref(name)}::${sql.raw(type)}`
  );
  const same = keys.map(({ name, type }) =>
    sql`kept.${sql.ref(name)} = given.${sql.ref(name)}::${sql.raw(type)}`
  );
  for await (const rows of batches(from, query, BATCH_ROWS)) {
    await sql`
      update ${sql.table(table.name)} as kept set ${sql.join(values)}
      from ${unnested(columns, rows)} where ${sql.join(same, AND)}`.execute(to);
  }
}

const AND = sql` and `, OR = sql` or `;

function names(columns: Column[]): RawBuilder<unknown> {
  return sql.join(columns.map(({ name }) => sql.ref(name)));
}

function texts(table: Table, columns: Column[]): RawBuilder<TextRow> {
  const values = columns.map(({ name }) => sql`${sql.ref(name)}::text as ${sql.ref(name)}`);
  return sql`select ${sql.join(values)} from ${sql.table(table.name)}`;
}

function typed(columns: Column[]): RawBuilder<unknown> {
  return sql.join(
    columns.map(({ name, type }) => sql`given.${sql.ref(name)}::${sql.raw(type)}`),
  );
}

/** The rows as a table "given", one array a column: however many rows, few parameters. */
function unnested(columns: Column[], rows: TextRow[]): RawBuilder<unknown> {
  const arrays = columns.map(({ name }) => sql`${rows.map((row) => row[name])}::text[]`);
  return sql`unnest(${sql.join(arrays)}) as given(${names(columns)})`;
}
