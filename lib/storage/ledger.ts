// Append-only record of every event, each hashed together with the one before it.

import { createHash } from "node:crypto";
import { type Kysely, sql, type Transaction } from "kysely";
import { canonicalJson } from "../verification/canonical.ts";
import type { Database, LedgerEvent } from "./schema.ts";

const GENESIS = "0".repeat(64);
/** Rows read at a time while checking the whole chain. */
const PAGE = 1000;
/** Any constant of our own: PostgreSQL's advisory locks share one number space. */
const LEDGER_LOCK = 0x7119;

/** The last line of a chain. */
export interface ChainEnd {
  seq: number;
  hash: string;
}

/** Where there is no line yet. */
export const START: ChainEnd = { seq: 0, hash: GENESIS };

export interface LedgerCheck {
  ok: boolean;
  /** Events read, up to and including the first bad one. */
  length: number;
  /** `seq` of the first event that does not follow from the one before, or null. */
  firstBad: number | null;
}

/**
 * Appends one event, inside the transaction that makes the change it records.
 *
 * @param payload a JSON value; stored as canonical JSON.
 * @param at time of the event, by the caller's clock.
 */
export async function appendEvent(
  trx: Transaction<Database>,
  kind: string,
  payload: unknown,
  at: Date,
): Promise<LedgerEvent> {
  // One writer at a time, until this transaction ends: two must not follow the same event.
  await sql`select pg_advisory_xact_lock(${sql.lit(LEDGER_LOCK)})`.execute(trx);
  const last = await trx.selectFrom("ledger").select(["seq", "hash"])
    .orderBy("seq", "desc").limit(1).executeTakeFirst();
  const content = {
    seq: (last?.seq ?? 0) + 1,
    at: at.toISOString(),
    kind,
    payload: canonicalJson(payload),
  };
  const prev_hash = last?.hash ?? GENESIS;
  const event = { ...content, prev_hash, hash: eventHash(prev_hash, content) };
  await trx.insertInto("ledger").values(event).execute();
  return event;
}

/** Newest first. `before` is the `seq` of the last event of the page before. */
export function listEvents(
  db: Kysely<Database>,
  { before, limit }: { before?: number; limit: number },
): Promise<LedgerEvent[]> {
  let query = db.selectFrom("ledger").selectAll().orderBy("seq", "desc").limit(limit);
  if (before !== undefined) query = query.where("seq", "<", before);
  return query.execute();
}

/** Recomputes the chain from its first event. */
export async function verifyLedger(db: Kysely<Database>): Promise<LedgerCheck> {
  return (await checkChain(db, START)).check;
}

/** Recomputes the chain behind `from`, which is taken to be right, and says where it ends. */
export async function checkChain(
  db: Kysely<Database>,
  from: ChainEnd,
): Promise<{ check: LedgerCheck; end: ChainEnd }> {
  let { seq, hash } = from;
  for (;;) {
    const page = await db.selectFrom("ledger").selectAll()
      .where("seq", ">", seq).orderBy("seq").limit(PAGE).execute();
    const good = { ok: true, length: seq, firstBad: null };
    if (page.length === 0) return { check: good, end: { seq, hash } };
    for (const event of page) {
      const follows = event.seq === seq + 1 && event.prev_hash === hash &&
        event.hash === eventHash(hash, event);
      if (!follows) {
        const check = { ok: false, length: seq + 1, firstBad: event.seq };
        return { check, end: { seq, hash } };
      }
      ({ seq, hash } = event);
    }
  }
}

/**
 * SHA-256 of "ledger/v1", the hash before in hexadecimal, and the canonical JSON of the event. At
 * once: a promise for each of a million lines would cost more than their hashes.
 */
function eventHash(
  prevHash: string,
  { seq, at, kind, payload }: Pick<LedgerEvent, "seq" | "at" | "kind" | "payload">,
): string {
  const text = canonicalJson({ seq, at, kind, payload });
  return createHash("sha256").update("ledger/v1").update(prevHash).update(text).digest("hex");
}
