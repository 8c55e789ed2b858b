// Confirmations and the nonces they answer, as rows; which entries want more of them.

import { type Kysely, sql, type Transaction } from "kysely";
import { toHex } from "../bytes.ts";
import type { Entry } from "../storage/entry_schema.ts";
import type { ConfirmationRow, SegmentConfirmationRow } from "../storage/provenance_schema.ts";
import type { Database } from "../storage/schema.ts";
import { independentRuntimes, type Runtime } from "./confirmation.ts";
import type { Segment } from "./types.ts";

/** Longest replay in a tab that can still be published. */
const CHALLENGE_DAYS = 3;
const DAY_MS = 24 * 3_600_000;

export interface Challenge {
  nonce: string;
  expiresAt: Date;
}

/** Draws what a replay that begins now, of the run or of that segment, will have to answer. */
export async function drawChallenge(
  db: Kysely<Database>,
  entryId: string,
  at: Date,
  segment: Segment | null = null,
): Promise<Challenge> {
  await db.deleteFrom("confirmation_challenge").where("expires_at", "<", at).execute();
  const nonce = toHex(crypto.getRandomValues(new Uint8Array(32)));
  const expiresAt = new Date(at.getTime() + CHALLENGE_DAYS * DAY_MS);
  await db.insertInto("confirmation_challenge")
    .values({
      ...{ nonce, entry_id: entryId, expires_at: expiresAt },
      ...{ from_leaf: segment?.from ?? null, to_leaf: segment?.to ?? null },
    }).execute();
  return { nonce, expiresAt };
}

/**
 * Uses a nonce up. False when it was drawn for another entry or another part of its run, is used, too
 * old, or was never drawn.
 */
export async function useChallenge(
  trx: Transaction<Database>,
  { nonce, entryId, segment, at }: {
    nonce: string;
    entryId: string;
    segment: Segment | null;
    at: Date;
  },
): Promise<boolean> {
  const used = await trx.updateTable("confirmation_challenge").set({ used: true })
    .where("nonce", "=", nonce).where("entry_id", "=", entryId).where("used", "=", false)
    .where("from_leaf", "is not distinct from", segment?.from ?? null)
    .where("to_leaf", "is not distinct from", segment?.to ?? null)
    .where("expires_at", ">", at).returning("nonce").executeTakeFirst();
  return used !== undefined;
}

/** Oldest first. */
export function confirmationsOf(
  db: Kysely<Database>,
  entryId: string,
): Promise<ConfirmationRow[]> {
  return db.selectFrom("confirmation").selectAll().where("entry_id", "=", entryId)
    .orderBy("created_at").orderBy("id").execute();
}

/** What this key has said before of the run, or of that segment. */
export async function earlierOf(
  trx: Transaction<Database>,
  { entryId, keyid, segment }: { entryId: string; keyid: string; segment: Segment | null },
): Promise<ConfirmationRow | SegmentConfirmationRow | undefined> {
  if (segment === null) {
    return await trx.selectFrom("confirmation").selectAll().where("entry_id", "=", entryId)
      .where("keyid", "=", keyid).executeTakeFirst();
  }
  return await trx.selectFrom("segment_confirmation").selectAll().where("entry_id", "=", entryId)
    .where("keyid", "=", keyid).where("from_leaf", "=", segment.from)
    .where("to_leaf", "=", segment.to).executeTakeFirst();
}

/** The runtimes by which this board found the entry exact. */
export async function ownRuntimes(db: Kysely<Database>, entryId: string): Promise<Runtime[]> {
  const rows = await db.selectFrom("report").where("entry_id", "=", entryId)
    .where("verdict", "=", "exact")
    .select(sql<unknown>`statement->'predicate'->'verifiers'`.as("verifiers")).execute();
  return independentRuntimes(rows.flatMap(({ verifiers }) => verifiers as Runtime[] ?? []));
}

/**
 * Brings the number that stands behind `exact ×` up to date: the board's own runtimes, and those
 * that visitors declare. Nothing else of an entry follows from confirmations.
 */
export async function recountRuntimes(
  trx: Transaction<Database>,
  entryId: string,
): Promise<void> {
  const own = await ownRuntimes(trx, entryId);
  if (own.length === 0) return;
  const rows = await confirmationsOf(trx, entryId);
  const declared = rows.flatMap(({ verdict, engine_family, isa }) =>
    verdict === "exact" ? [{ engineFamily: engine_family, isa } as Runtime] : []
  );
  const count = independentRuntimes([...own, ...declared]).length;
  await trx.updateTable("entry")
    .set({ exact_count: sql<number>`greatest(exact_count, ${count}::integer)` })
    .where("id", "=", entryId).where("provenance", "=", "exact")
    .where("exact_count", "<", count).execute();
}

export interface WantedQuery {
  /** Of the runtime that is offered. */
  runtime: Runtime;
  /** Whose it would be: nobody is asked twice. */
  keyid: string | null;
  maxFlops: number;
  limit: number;
}

export type WantedEntry = Pick<
  Entry,
  "id" | "name" | "file_digest" | "model_digest" | "training_flops" | "provenance"
>;

/**
 * Entries that a visitor may replay: those nobody has confirmed on such a runtime first, then those
 * with the fewest confirmations, then the cheapest.
 */
export function wantedConfirmations(
  db: Kysely<Database>,
  { runtime: { engineFamily, isa }, keyid, maxFlops, limit }: WantedQuery,
): Promise<WantedEntry[]> {
  const mine = keyid ?? "";
  return db.selectFrom("entry")
    .select(["id", "name", "file_digest", "model_digest", "training_flops", "provenance"])
    .where("status", "=", "scored").where("visibility", "=", "public")
    .where("duplicate_of", "is", null).where("recipe", "is not", null)
    .where("provenance", "in", ["exact", "pending"])
    .where("training_flops", "<=", maxFlops)
    .where(sql<boolean>`not exists (select from confirmation
      where confirmation.entry_id = entry.id and confirmation.keyid = ${mine})`)
    .orderBy(sql`exists (select from confirmation where confirmation.entry_id = entry.id
      and engine_family = ${engineFamily} and isa = ${isa})`)
    .orderBy(sql`(select count(*) from confirmation where confirmation.entry_id = entry.id)`)
    .orderBy("training_flops").orderBy("id").limit(limit).execute();
}
