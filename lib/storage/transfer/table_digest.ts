// One number for all that a table holds: equal where the rows are, whichever database holds them.

import { createHash } from "node:crypto";
import { sql } from "kysely";
import { batches, fixTexts } from "./cursor.ts";
import type { AnyDb, Table } from "./tables.ts";

export interface TableDigest {
  rows: number;
  /** SHA-256 over the SHA-256 of each row's text, in their own order. */
  sha256: string;
}

const BATCH_ROWS = 5000;

/** Each database hashes its rows itself, so that only hashes have to be read and none be kept. */
export function digestTable(
  db: AnyDb,
  { name, columns }: Pick<Table, "name" | "columns">,
): Promise<TableDigest> {
  // A row of one column would otherwise be that column, which has no text of a row.
  const values = sql.join([sql.lit(name), ...columns.map((column) => sql.ref(column.name))]);
  const query = sql<{ hash: string }>`
    select encode(hash, 'hex') as hash from (
      select sha256(convert_to(row(${values})::text, 'UTF8')) as hash from ${sql.table(name)}
    ) as hashed order by hashed.hash`;
  return db.transaction().execute(async (trx) => {
    await fixTexts(trx);
    const digest = createHash("sha256");
    let rows = 0;
    for await (const batch of batches(trx, query, BATCH_ROWS)) {
      for (const { hash } of batch) digest.update(`${hash}\n`);
      rows += batch.length;
    }
    return { rows, sha256: digest.digest("hex") };
  });
}

export async function isEmpty(db: AnyDb, table: string): Promise<boolean> {
  const { rows } = await sql`select 1 from ${sql.table(table)} limit 1`.execute(db);
  return rows.length === 0;
}
