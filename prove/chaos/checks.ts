// What has to be true of a board after all, whatever was killed meanwhile.

import { sql } from "kysely";
import { BENCHMARKS } from "../../lib/benchmarks/registry.ts";
import type { BlobStore } from "../../lib/storage/blobs.ts";
import type { Db } from "../../lib/storage/database.ts";
import { verifyLedger } from "../../lib/storage/ledger.ts";
import { checkBlobs } from "../../lib/storage/transfer/copy_blobs.ts";

/** Sentences about what is wrong; none when all is well. */
export async function problemsOf(
  db: Db,
  blobs: BlobStore,
  digests: readonly string[],
): Promise<string[]> {
  return [
    ...await entryProblems(db, digests),
    ...await scoreProblems(db),
    ...await jobProblems(db),
    ...await ledgerProblems(db),
    ...await fileProblems(db, blobs),
  ];
}

/** One scored entry for each file that was sent, and no other. */
async function entryProblems(db: Db, digests: readonly string[]): Promise<string[]> {
  const entries = await db.selectFrom("entry").select(["id", "file_digest", "status", "failure"])
    .execute();
  const found = new Set(entries.map((entry) => entry.file_digest));
  return [
    ...digests.filter((digest) => !found.has(digest)).map((digest) => `No entry of ${digest}`),
    ...entries.length === digests.length ? [] : [`${entries.length} entries of ${digests.length}`],
    ...entries.filter(({ status }) => status !== "scored")
      .map(({ id, status, failure }) => `Entry ${id} is ${status}: ${failure?.reason}`),
  ];
}

/** One row for each benchmark and each model, and one event of the ledger for each entry. */
async function scoreProblems(db: Db): Promise<string[]> {
  const { rows } = await sql<{ id: string; scores: number; events: number }>`
    select entry.id,
      (select count(*) from score where score.model_digest = entry.model_digest)::int as scores,
      (select count(*) from ledger
        where kind = 'score' and payload::jsonb->>'entry' = entry.id)::int as events
    from entry`.execute(db);
  return rows.flatMap(({ id, scores, events }) => [
    ...scores === BENCHMARKS.length ? [] : [`Entry ${id} has ${scores} scores`],
    ...events === 1 ? [] : [`Entry ${id} is scored ${events} times in the ledger`],
  ]);
}

/** Every job is done, for people and for the queue alike. */
async function jobProblems(db: Db): Promise<string[]> {
  const jobs = await db.selectFrom("job").selectAll().where("state", "<>", "done").execute();
  const { rows: doubled } = await sql<{ entry: string; kind: string; jobs: number }>`
    select entry_id as entry, kind, count(*)::int as jobs from job
    group by entry_id, kind having count(*) > 1`.execute(db);
  const { rows: left } = await sql<{ id: string; state: string }>`
    select id::text, state::text from pgboss.job where state::text in ('created', 'retry', 'active')
      and name like 'tinyproof-%'`.execute(db);
  return [
    ...jobs.map(({ id, kind, state, error }) =>
      `Job ${id} (${kind}) is ${state}: ${error?.reason}`
    ),
    ...doubled.map(({ entry, kind, jobs }) => `Entry ${entry} has ${jobs} jobs of kind ${kind}`),
    ...left.map(({ id, state }) => `The queue holds job ${id}, ${state}`),
  ];
}

async function ledgerProblems(db: Db): Promise<string[]> {
  const { ok, firstBad } = await verifyLedger(db);
  const { rows: doubled } = await sql<{ entry: string; events: number }>`
    select payload::jsonb->>'entry' as entry, count(*)::int as events from ledger
    where kind in ('submission', 'verdict') group by kind, 1 having count(*) > 1`.execute(db);
  return [
    ...ok ? [] : [`The ledger's chain breaks at event ${firstBad}`],
    ...doubled.map(({ entry, events }) => `Entry ${entry} has ${events} events of one kind`),
  ];
}

/** Models, the engine, and states of runs that replays keep: no more and no fewer. */
async function fileProblems(db: Db, blobs: BlobStore): Promise<string[]> {
  const { rows: [{ wanted }] } = await sql<{ wanted: number }>`
    select count(*)::int as wanted from (select file_digest from entry
      union select digest from engine_binary union select digest from kept_state
      union select digest from spot_state) as kept`
    .execute(db);
  try {
    const { blobs: count } = await checkBlobs(db, blobs);
    return count === wanted ? [] : [`${count} files of ${wanted}`];
  } catch (error) {
    return [String(error)];
  }
}
