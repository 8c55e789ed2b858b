// Who works on a job, what it was given, and jobs that nobody could finish.

import { type Kysely, sql } from "kysely";

// deno-lint-ignore no-explicit-any -- a migration outlives the present schema types
export async function up(db: Kysely<any>): Promise<void> {
  await db.schema.alterTable("job")
    .addColumn("fence", "integer")
    .addColumn("holder", "text")
    .addColumn("worker", "jsonb")
    .addColumn("assignment", "jsonb")
    .addColumn("attempt_at", "timestamptz")
    .addColumn("dead", "text")
    .execute();
  // The order of waiting jobs, asked for by every enqueuing and every status page.
  await sql`create index job_waiting on job (kind, priority desc, created_at)
    where state in ('queued', 'running', 'retrying')`.execute(db);
  await sql`create index job_dead on job (finished_at desc) where dead is not null`.execute(db);
  await sql`create index job_measured on job (kind, finished_at desc) where state = 'done'`
    .execute(db);
  await db.schema.createTable("cron")
    .addColumn("name", "text", (column) => column.primaryKey())
    .addColumn("ran_at", "timestamptz", (column) => column.notNull())
    .execute();
}
