// Reads the rows of a query a few at a time, the same way from both databases.

import { type RawBuilder, sql } from "kysely";
import type { AnyDb } from "./tables.ts";

let cursors = 0;

/**
 * Yields the rows in batches. `trx` must be in a transaction: a cursor ends with it.
 * @param batchRows most rows of a batch.
 */
export async function* batches<Row>(
  trx: AnyDb,
  query: RawBuilder<Row>,
  batchRows: number,
): AsyncGenerator<Row[]> {
  const name = sql.id(`batches_${++cursors}`);
  await sql`declare ${name} no scroll cursor for ${query}`.execute(trx);
  for (;;) {
    const { rows } = await sql<Row>`fetch ${sql.lit(batchRows)} from ${name}`.execute(trx);
    if (rows.length === 0) break;
    yield rows;
  }
  await sql`close ${name}`.execute(trx);
}

/** Has the database write every value as text in one way, whatever the server's settings are. */
export async function fixTexts(trx: AnyDb): Promise<void> {
  await sql`select set_config(name, value, true) from (values
    ('timezone', 'UTC'), ('datestyle', 'ISO, YMD'), ('intervalstyle', 'postgres'),
    ('extra_float_digits', '1'), ('bytea_output', 'hex')) as settings(name, value)`.execute(trx);
}
