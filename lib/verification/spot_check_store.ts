// Spot checks as rows: what was asked for, and what has come.

import { type Kysely, sql, type Transaction } from "kysely";
import type { Entry } from "../storage/entry_schema.ts";
import type { Replay } from "../storage/replay_schema.ts";
import type { Database } from "../storage/schema.ts";
import { chainOrNull } from "./chain.ts";
import { partsOf } from "./replay_store.ts";
import { drawnSegments, wantedLeaves } from "./spot_check.ts";
import type { WantedState } from "./spot_check_view.ts";
import type { Chain, Segment } from "./types.ts";

/** Spot checks of one entry that may fail by a fault of ours before it is left alone. */
export const FAILED_CHECKS_LIMIT = 2;

/** A spot check with what it is made of. */
export interface SpotCheck {
  replay: Replay;
  parts: Segment[];
  /** Segments of the whole run. */
  of: number;
  drawn: number[];
  /** In the order of the run. */
  states: WantedState[];
}

/** Undefined when there was none. */
export function newestCheck(db: Kysely<Database>, entryId: string): Promise<Replay | undefined> {
  return db.selectFrom("replay").selectAll().where("entry_id", "=", entryId)
    .where("task", "=", "sample").orderBy("created_at", "desc").orderBy("id").executeTakeFirst();
}

/** The newest of the entry; null when there was none. */
export async function spotCheckOf(
  db: Kysely<Database>,
  entry: Pick<Entry, "id" | "chain">,
): Promise<SpotCheck | null> {
  const replay = await newestCheck(db, entry.id);
  const chain = chainOrNull(entry.chain);
  return replay === undefined || chain === null ? null : await checkOf(db, replay, chain);
}

async function checkOf(db: Kysely<Database>, replay: Replay, chain: Chain): Promise<SpotCheck> {
  const parts = (await partsOf(db, replay.id))
    .map(({ from_leaf, to_leaf }) => ({ from: from_leaf!, to: to_leaf! }));
  const here = await db.selectFrom("spot_state").select("leaf")
    .where("entry_id", "=", replay.entry_id).execute();
  const delivered = new Set(here.map(({ leaf }) => leaf));
  return {
    ...{ replay, parts, of: chain.leaves.length - 1, drawn: drawnSegments(parts) },
    states: wantedLeaves(parts).map((leaf) => ({
      ...{ leaf, step: chain.leafSteps[leaf] },
      delivered: delivered.has(leaf),
    })),
  };
}

/** Until the transaction ends nobody else delivers. Null when nothing is waited for. */
export async function holdWaitingCheck(
  trx: Transaction<Database>,
  entry: Pick<Entry, "id" | "chain">,
): Promise<SpotCheck | null> {
  const replay = await trx.selectFrom("replay").selectAll().where("entry_id", "=", entry.id)
    .where("task", "=", "sample").where("state", "=", "open").where("deadline", "is not", null)
    .forUpdate().executeTakeFirst();
  const chain = chainOrNull(entry.chain);
  return replay === undefined || chain === null ? null : await checkOf(trx, replay, chain);
}

/** Of a leaf, where its author delivered it; null otherwise. */
export async function spotState(
  db: Kysely<Database>,
  entryId: string,
  leaf: number,
): Promise<{ digest: string } | null> {
  return await db.selectFrom("spot_state").select("digest").where("entry_id", "=", entryId)
    .where("leaf", "=", leaf).executeTakeFirst() ?? null;
}

export async function putSpotState(
  trx: Transaction<Database>,
  state: { entryId: string; leaf: number; digest: string; byteLength: number },
): Promise<void> {
  const { entryId: entry_id, leaf, digest, byteLength: byte_length } = state;
  await trx.insertInto("spot_state").values({ entry_id, leaf, digest, byte_length })
    .onConflict((conflict) => conflict.doNothing()).execute();
}

/** Ids of the checks whose states did not come in time. */
export async function overdueChecks(db: Kysely<Database>, at: Date): Promise<string[]> {
  const rows = await db.selectFrom("replay").select("id").where("task", "=", "sample")
    .where("state", "=", "open").where("deadline", "<=", at).execute();
  return rows.map(({ id }) => id);
}

/** Of an entry that is gone. */
export async function callOffCheck(trx: Transaction<Database>, entryId: string): Promise<void> {
  await trx.updateTable("replay")
    .set({ state: "failed", reason: "The entry was withdrawn.", finished_at: sql`now()` })
    .where("entry_id", "=", entryId).where("task", "=", "sample").where("state", "=", "open")
    .execute();
}
