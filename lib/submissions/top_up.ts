// Has scored entries scored on the benchmarks that came after them.

import { type Kysely, sql } from "kysely";
import { BENCHMARKS } from "../benchmarks/registry.ts";
import type { Services } from "../services.ts";
import type { Database } from "../storage/schema.ts";

/** What the registry names a score by. */
export interface BenchmarkKey {
  id: string;
  version: number;
}

/** Jobs written in one transaction: few statements, and none that holds the database for long. */
const BATCH = 1000;

/**
 * Queues one scoring job, behind those of new submissions, for each set of weights that lacks a
 * score of the registry. Entries keep state, scores and rank meanwhile.
 *
 * @returns how many jobs are new.
 */
export async function topUpScores(
  { db, queue }: Pick<Services, "db" | "queue">,
  benchmarks: readonly BenchmarkKey[] = BENCHMARKS,
): Promise<number> {
  const ids = await entriesLackingScores(db, benchmarks);
  let added = 0;
  for (let from = 0; from < ids.length; from += BATCH) {
    const batch = ids.slice(from, from + BATCH);
    added += await db.transaction().execute((trx) => queue.enqueueTopUps(trx, batch));
  }
  return added;
}

/** Scored entries, one for each set of weights, that have no score of some benchmark. */
async function entriesLackingScores(
  db: Kysely<Database>,
  benchmarks: readonly BenchmarkKey[],
): Promise<string[]> {
  const ids = benchmarks.map(({ id }) => id), versions = benchmarks.map(({ version }) => version);
  const { rows } = await sql<{ id: string }>`
    select distinct on (entry.model_digest) entry.id
    from entry cross join unnest(${ids}::text[], ${versions}::int[]) as wanted(benchmark, version)
      left join score using (model_digest, benchmark, version)
    where entry.status = 'scored' and entry.model_digest is not null
      and score.model_digest is null
    order by entry.model_digest, entry.duplicate_of nulls first, entry.created_at`.execute(db);
  return rows.map(({ id }) => id);
}
