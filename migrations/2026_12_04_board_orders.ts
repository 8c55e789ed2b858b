// Where a model was trained, as its file says, boards in the order of their other columns, and what
// editors have chosen.

import { type Kysely, sql } from "kysely";
import { createRefresh } from "./2026_11_28_entry_tickets.ts";

// deno-lint-ignore no-explicit-any -- a migration outlives the present schema types
type AnyDb = Kysely<any>;

/** The strongest first. */
const STATES = [
  "exact",
  "sampled",
  "pending",
  "external",
  "not-reproducible",
  "engine-divergent",
  "mismatch",
];

/**
 * Ascending and without nulls, as those of 2026_11_27_standings.ts. Computed by the table: writing
 * 700,000 rows anew by the view took seven times as long, and twice the space.
 */
const ORDERS = {
  // Compared by its bytes: two databases of other languages then show the same board.
  by_name: `text collate "C" not null generated always as (lower(name)) stored`,
  by_time: generated("self_reported_ms"),
  by_time_reversed: generated("0 - self_reported_ms"),
  // Of a state those first whom most have found exact.
  by_proof: generated(
    `1e6 * array_position('{${STATES}}'::text[], provenance)::double precision - exact_count`,
  ),
  // A seed that was drawn once before free ones; last what has no recipe.
  by_seed: generated(
    "case when provenance <> 'external' then coalesce(tickets, 1e9)::double precision end",
  ),
};

function generated(expression: string): string {
  return "double precision not null generated always as " +
    `(coalesce(${expression}, 'Infinity'::double precision)) stored`;
}

export async function up(db: AnyDb): Promise<void> {
  await sql`alter table entry add column trained_in text
    check (trained_in in ('browser', 'command-line'))`.execute(db);
  await sql`alter view standing_now rename to standing_without_place`.execute(db);
  await sql`create view standing_now as select row.*, entry.trained_in
    from standing_without_place as row join entry on entry.id = row.entry_id`.execute(db);
  const columns = Object.entries(ORDERS).map(([name, type]) => `add column ${name} ${type}`);
  await sql`alter table standing add column trained_in text, ${sql.raw(columns.join(", "))}`
    .execute(db);
  await createRefresh(db);
  for (const column of Object.keys(ORDERS)) {
    await sql`create index ${sql.id(`standing_${column}`)} on standing
      (benchmark, version, ${sql.ref(column)}, best_first, created_us, entry_id collate "C")
      where ranked`.execute(db);
  }
  // The front page shows the newest.
  await sql`create index entry_featured on entry (created_at desc, id) where featured`.execute(db);
}
