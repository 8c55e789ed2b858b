// Where a model was trained, as its file says, and boards in the order of their other columns.

import { type Kysely, sql } from "kysely";
import { createRefresh } from "./2026_11_28_entry_tickets.ts";

// deno-lint-ignore no-explicit-any -- a migration outlives the present schema types
type AnyDb = Kysely<any>;

/** Orders as those of 2026_11_27_standings.ts: ascending, without nulls. */
const ORDERS = {
  // By its bytes: two databases of other languages then show the same board.
  by_name: `text collate "C" not null default ''`,
  by_time: "double precision not null default 'Infinity'",
  by_time_reversed: "double precision not null default 'Infinity'",
  by_proof: "double precision not null default 'Infinity'",
  by_seed: "double precision not null default 'Infinity'",
};

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

export async function up(db: AnyDb): Promise<void> {
  await sql`alter table entry add column trained_in text
    check (trained_in in ('browser', 'command-line'))`.execute(db);
  await addToView(db);
  await sql`alter table standing add column trained_in text`.execute(db);
  for (const [column, type] of Object.entries(ORDERS)) {
    await sql`alter table standing add column ${sql.ref(column)} ${sql.raw(type)}`.execute(db);
  }
  await createRefresh(db);
  await sql`select refresh_standings(null)`.execute(db);
  for (const column of Object.keys(ORDERS)) {
    await sql`create index ${sql.id(`standing_${column}`)} on standing
      (benchmark, version, ${sql.ref(column)}, best_first, created_us, entry_id collate "C")
      where ranked`.execute(db);
  }
}

async function addToView(db: AnyDb): Promise<void> {
  await sql`alter view standing_now rename to standing_without_orders`.execute(db);
  await sql`create view standing_now as select row.*, entry.trained_in,
    lower(row.name) collate "C" as by_name,
    coalesce(row.self_reported_ms, 'Infinity') as by_time,
    coalesce(0 - row.self_reported_ms, 'Infinity') as by_time_reversed,
    -- Of a state those first whom most have found exact.
    (1e6 * array_position(${sql.lit(`{${STATES}}`)}::text[], row.provenance)
      - row.exact_count)::double precision as by_proof,
    -- A seed that was drawn once before free ones; last what has no recipe.
    case when row.provenance = 'external' then 'Infinity'
      else coalesce(row.tickets, 1e9) end::double precision as by_seed
    from standing_without_orders as row join entry on entry.id = row.entry_id`.execute(db);
}
