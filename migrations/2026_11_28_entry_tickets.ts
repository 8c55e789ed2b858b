// Which ticket an entry's seed was drawn by, and on boards how many were taken for its recipe.

import { type Kysely, sql } from "kysely";

// deno-lint-ignore no-explicit-any -- a migration outlives the present schema types
type AnyDb = Kysely<any>;

export async function up(db: AnyDb): Promise<void> {
  await db.schema.alterTable("entry").addColumn("ticket", "text", (c) => c.references("ticket.id"))
    .execute();
  await sql`create index entry_ticket on entry (ticket) where ticket is not null`.execute(db);
  await db.schema.createIndex("ticket_seed").on("ticket").columns(["commitment", "seed"]).execute();
  await addToView(db);
  await db.schema.alterTable("standing").addColumn("tickets", "integer").execute();
  await createRefresh(db);
  await followTickets(db);
  await sql`select refresh_standings(null)`.execute(db);
}

/** The view as it was, and beside each row the tickets that its account took for its recipe. */
async function addToView(db: AnyDb): Promise<void> {
  await sql`alter view standing_now rename to standing_without_tickets`.execute(db);
  await sql`create view standing_now as select standing_without_tickets.*,
    case when entry.ticket is not null then (select count(*)::integer from ticket as mine
      join ticket as taken on taken.account_id = mine.account_id
        and taken.commitment = mine.commitment
      where mine.id = entry.ticket) end as tickets
    from standing_without_tickets join entry on entry.id = standing_without_tickets.entry_id`
    .execute(db);
}

/** As 2026_11_27_standings has it, over all columns of the view as it is now. */
export async function createRefresh(db: AnyDb): Promise<void> {
  const { rows } = await sql<{ name: string }>`select attname as name from pg_attribute
    where attrelid = 'standing_now'::regclass and attnum > 0 order by attnum`.execute(db);
  const of = (table: string) => sql.join(rows.map(({ name }) => sql.ref(`${table}.${name}`)));
  const names = sql.join(rows.map(({ name }) => sql.ref(name)));
  const set = sql.join(
    rows.map(({ name }) => sql`${sql.ref(name)} = ${sql.ref(`excluded.${name}`)}`),
  );
  await sql`create or replace function refresh_standings(ids text[]) returns void
    language plpgsql as $$
    declare now_changed bigint := pg_current_xact_id()::text::bigint;
    begin
      if ids is null then
        ids := array(select id from entry union select entry_id from standing);
      end if;
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

/** A ticket more or less changes the count of entries with tickets for the same recipe. */
async function followTickets(db: AnyDb): Promise<void> {
  const rows = {
    insert: "referencing new table as new_rows",
    update: "referencing old table as old_rows new table as new_rows",
    delete: "referencing old table as old_rows",
    truncate: "",
  };
  const entries = "select entry.id from changed join ticket as mine " +
    "on mine.account_id = changed.account_id and mine.commitment = changed.commitment " +
    "join entry on entry.ticket = mine.id";
  for (const [event, referencing] of Object.entries(rows)) {
    await sql`create trigger ${sql.id(`standings_${event}`)} after ${sql.raw(event)}
      on ticket ${sql.raw(referencing)} for each statement
      execute function follow_in_standings(${sql.lit(entries)})`.execute(db);
  }
}
