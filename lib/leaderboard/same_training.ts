// Which of several entries of one training holds the rank. Knows nothing of how they were proven.

import { sql, type Transaction } from "kysely";
import { appendEvent } from "../storage/ledger.ts";
import type { Database } from "../storage/schema.ts";

type Trx = Transaction<Database>;

/** Any constant of our own: PostgreSQL's advisory locks share one number space. */
const DUPLICATES_LOCK = 0x711a;

/**
 * Until the transaction ends nobody else links trainings. Taken before rows of entries are changed,
 * so that no two transactions wait for each other's.
 */
export async function lockTrainings(trx: Trx): Promise<void> {
  await sql`select pg_advisory_xact_lock(${sql.lit(DUPLICATES_LOCK)})`.execute(trx);
}

/**
 * Links every entry of the training that `modelDigest` came from to the one that holds its rank: the
 * first submitted that is scored, on the board and was not found false, or the newest version of that
 * one among them. One that is proven from a seed the board drew for its account comes before
 * all others: they had that seed from there. A first one that a version of another training supersedes goes on holding it, so
 * that a copy does not rank in its place. Two entries are of one training when they
 * hold the same weights, or when exact replays of both ended in the same weights before packing.
 * An entry found false, held or hidden holds nothing, so it cannot keep others of the same weights from a rank.
 *
 * @param at goes to the ledger with every link that changes.
 * @returns the id of the entry that holds the rank, or null when none may.
 */
export async function linkSameTraining(
  trx: Trx,
  modelDigest: string,
  at: Date,
): Promise<string | null> {
  // Two entries of one training must not both find themselves the first.
  await lockTrainings(trx);
  const entries = await entriesOfTraining(trx, modelDigest);
  const standing = entries.filter(({ status, provenance, visibility }) =>
    status === "scored" && visibility === "public" && provenance !== "mismatch" &&
    provenance !== "rejected"
  );
  const holder = standing.findLast((entry) => line(entry) === line(standing[0]))?.id ?? null;
  for (const { id, duplicate_of } of entries) {
    const original = id !== holder && standing.some((entry) => entry.id === id) ? holder : null;
    if (duplicate_of === original) continue;
    await trx.updateTable("entry").set({ duplicate_of: original, updated_at: sql`now()` })
      .where("id", "=", id).execute();
    await appendEvent(trx, "duplicate", { entry: id, duplicateOf: original }, at);
  }
  return holder;
}

/** What versions of one entry share. */
function line({ id, revision_of }: { id: string; revision_of: string | null }): string {
  return revision_of ?? id;
}

/** Proven from a seed of its own ticket first, then by when they were submitted. */
function entriesOfTraining(trx: Trx, modelDigest: string) {
  const trained = trx.selectFrom("entry").select("trained_digest")
    .where("model_digest", "=", modelDigest).where("trained_digest", "is not", null);
  const digests = trx.selectFrom("entry").select("model_digest")
    .where("trained_digest", "in", trained);
  return trx.selectFrom("entry").select([
    "id",
    "status",
    "provenance",
    "visibility",
    "duplicate_of",
    "revision_of",
  ])
    .where((eb) => eb.or([eb("model_digest", "=", modelDigest), eb("model_digest", "in", digests)]))
    .orderBy(sql`ticket is null or provenance <> 'exact'`).orderBy("created_at").orderBy("id")
    .execute();
}
