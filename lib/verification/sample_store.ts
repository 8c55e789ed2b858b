// How many segments of a run a spot check replayed, for lists that show it beside the verdict.

import { type Kysely, sql } from "kysely";
import type { Database } from "../storage/schema.ts";

/** Replayed segments, of all the run has. */
export interface SampleShare {
  count: number;
  of: number;
}

/**
 * Of those of the entries that are `sampled`, by id, as their newest such report says. Where none is,
 * nothing is asked; else the reports of these entries alone are read, by an index.
 */
export async function sampleShares(
  db: Kysely<Database>,
  entries: readonly { id: string; provenance: string }[],
): Promise<ReadonlyMap<string, SampleShare>> {
  const ids = entries.filter(({ provenance }) => provenance === "sampled").map(({ id }) => id);
  if (ids.length === 0) return new Map();
  const rows = await sampleQuery(db, ids).execute();
  return new Map(rows.map(({ entry_id, count, of }) => [entry_id, { count, of }]));
}

/** The newest spot check of each of these entries. */
export function sampleQuery(db: Kysely<Database>, ids: readonly string[]) {
  const scope = sql`statement->'predicate'->'scope'`;
  return db.selectFrom("report").distinctOn("entry_id").select([
    "entry_id",
    sql<number>`jsonb_array_length(${scope}->'drawn')`.as("count"),
    sql<number>`(${scope}->>'segments')::integer`.as("of"),
  ]).where("entry_id", "in", [...ids]).where("verdict", "=", "sampled")
    .where(sql<boolean>`jsonb_typeof(${scope}->'drawn') = 'array'`)
    .orderBy("entry_id").orderBy("created_at", "desc");
}

/** A row about an entry, by whichever name it has the id. */
type EntryRow = { provenance: string } & ({ entryId: string } | { id: string });

/** Rows of a page, each with its share where it is `sampled`. */
export async function withSamples<Row extends EntryRow>(
  db: Kysely<Database>,
  rows: readonly Row[],
): Promise<(Row & { sample?: SampleShare })[]> {
  const idOf = (row: Row) => "entryId" in row ? row.entryId : row.id;
  const shares = await sampleShares(
    db,
    rows.map((row) => ({ id: idOf(row), provenance: row.provenance })),
  );
  return rows.map((row) => {
    const sample = shares.get(idOf(row));
    return sample ? { ...row, sample } : row;
  });
}
