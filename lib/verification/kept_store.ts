// States of runs that replays keep, so that later ones can start from them. Bytes are blobs.

import { type Kysely, sql, type Transaction } from "kysely";
import type { BlobStore } from "../storage/blobs.ts";
import type { KeptState } from "../storage/replay_schema.ts";
import type { Database } from "../storage/schema.ts";
import { removeUnusedBlob } from "../storage/unused_blobs.ts";
import type { StateRef } from "./result_schema.ts";

/** A state that arrived for nothing is kept this long: its replay may still end. */
const UNCLAIMED_HOURS = 24;

interface Stores {
  db: Kysely<Database>;
  blobs: BlobStore;
}

/** Notes a state that has arrived, until the replay that sent it is done. */
export async function noteState(
  trx: Transaction<Database>,
  entryId: string,
  { leaf, sha256, byteLength }: StateRef,
): Promise<void> {
  await trx.insertInto("kept_state")
    .values({ entry_id: entryId, leaf, digest: sha256, byte_length: byteLength })
    // One that is held is good; another of the same leaf would hold the same numbers.
    .onConflict((conflict) =>
      conflict.columns(["entry_id", "leaf"])
        .doUpdateSet({ digest: sha256, byte_length: byteLength, created_at: sql`now()` })
        .where("kept_state.held", "=", false)
    ).execute();
}

/** The replay that sent these states found its run exact: they may be started from. */
export async function holdStates(
  trx: Transaction<Database>,
  entryId: string,
  states: readonly StateRef[],
): Promise<void> {
  for (const { leaf, sha256 } of states) {
    await trx.updateTable("kept_state").set({ held: true, used_at: sql`now()` })
      .where("entry_id", "=", entryId).where("leaf", "=", leaf).where("digest", "=", sha256)
      .execute();
  }
}

/** Those that a replay may start from, in the order of the run. */
export function heldStates(db: Kysely<Database>, entryId: string): Promise<KeptState[]> {
  return db.selectFrom("kept_state").selectAll()
    .where("entry_id", "=", entryId).where("held", "=", true).orderBy("leaf").execute();
}

/** The state of one leaf, which is used now; null when it is not kept any more. */
export async function useState(
  db: Kysely<Database>,
  entryId: string,
  leaf: number,
): Promise<KeptState | null> {
  return await db.updateTable("kept_state").set({ used_at: sql`now()` })
    .where("entry_id", "=", entryId).where("leaf", "=", leaf).where("held", "=", true)
    .returningAll().executeTakeFirst() ?? null;
}

/** Of an entry that is gone, or whose states turned out to be of no use. */
export async function forgetStates({ db, blobs }: Stores, entryId: string): Promise<void> {
  const gone = await db.deleteFrom("kept_state").where("entry_id", "=", entryId)
    .returning("digest").execute();
  for (const { digest } of gone) await removeUnusedBlob({ db, blobs }, digest);
}

/**
 * Makes room: states that no replay came to claim, then those of the entries whose states were used
 * least recently, an entry at a time, until all take `maxBytes` at most. States that a replay in
 * parts is to start from stay.
 *
 * @returns how many were removed.
 */
export async function evictStates({ db, blobs }: Stores, maxBytes: number): Promise<number> {
  const { rows } = await sql<{ digest: string }>`
    with size as (
      select entry_id, sum(byte_length) as bytes, max(used_at) as used,
        exists (select from replay where replay.entry_id = kept_state.entry_id
          and replay.state = 'open') as wanted
      from kept_state where held group by entry_id
    ), running as (
      select entry_id, wanted,
        sum(bytes) over (order by wanted desc, used desc, entry_id) as total from size
    )
    delete from kept_state where not held
        and created_at < now() - ${UNCLAIMED_HOURS}::integer * interval '1 hour'
      or held and entry_id in
        (select entry_id from running where not wanted and total > ${maxBytes}::float8)
    returning digest`.execute(db);
  for (const { digest } of rows) await removeUnusedBlob({ db, blobs }, digest);
  return rows.length;
}
