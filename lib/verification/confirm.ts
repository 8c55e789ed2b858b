// Takes a visitor's confirmation in. It never changes a verdict: one that says something else than
// the board has the board look again. Server only.

import { sql, type Transaction } from "kysely";
import { ValidationError } from "../errors.ts";
import type { Services } from "../services.ts";
import type { Entry } from "../storage/entry_schema.ts";
import { randomId } from "../storage/ids.ts";
import { jsonb } from "../storage/json.ts";
import { appendEvent } from "../storage/ledger.ts";
import type { ConfirmationRow, SegmentConfirmationRow } from "../storage/provenance_schema.ts";
import type { Database } from "../storage/schema.ts";
import { checkConfirmation, type CheckedConfirmation } from "./confirm_check.ts";
import type { SentConfirmation } from "./confirm_check.ts";
import { earlierOf, recountRuntimes, useChallenge } from "./confirmation_store.ts";
import type { Segment } from "./types.ts";

/** Replays that contradictions may ask for: one of an entry in a week, a few of all in a day. */
const DAYS_BETWEEN = 7;
const REPLAYS_PER_DAY = 5;
const DAY_MS = 24 * 3_600_000;

export interface TakenConfirmation {
  confirmation: ConfirmationRow | SegmentConfirmationRow;
  /** False when this key had confirmed the same before. */
  added: boolean;
  /** It contradicts the board, which replays the entry once more. */
  replayAsked: boolean;
}

type ConfirmServices = Pick<Services, "db" | "queue" | "events" | "now">;

/**
 * @throws {ValidationError} when it is not signed by that key, is about something else, answers a
 * nonce that is not its own, or does not know what the leaves of the run are made of.
 */
export async function takeConfirmation(
  services: ConfirmServices,
  entry: Entry,
  sent: SentConfirmation,
): Promise<TakenConfirmation> {
  const { db, events, now } = services;
  const at = now();
  const checked = await checkConfirmation(entry, sent);
  const { key: { keyid }, segment, statement: { predicate: { nonce } } } = checked;
  const taken = await db.transaction().execute(async (trx) => {
    if (!await useChallenge(trx, { nonce, entryId: entry.id, segment, at })) {
      throw staleNonce(nonce, segment);
    }
    // Of two at once by one key the second waits here, and finds the first.
    await sql`select pg_advisory_xact_lock(hashtextextended(${`confirms ${keyid}`}, 0))`
      .execute(trx);
    const before = await earlierOf(trx, { entryId: entry.id, keyid, segment });
    if (before) return { confirmation: before, added: false, replayAsked: false };
    return await store(trx, services, entry, { ...sent, ...checked, at });
  });
  if (taken.added) events.publish(entry.id);
  return taken;
}

function staleNonce(nonce: string, segment: Segment | null): ValidationError {
  const what = segment === null
    ? "this entry"
    : `the segment from leaf ${segment.from} to leaf ${segment.to} of this entry`;
  return new ValidationError("This nonce cannot be answered", {
    path: "payload.predicate.nonce",
    expected: `one drawn for ${what}, not used before and not older than three days`,
    got: nonce,
    fix: "Draw one before the replay begins, and answer it once.",
  });
}

interface Stored extends SentConfirmation, CheckedConfirmation {
  at: Date;
}

async function store(
  trx: Transaction<Database>,
  { queue }: ConfirmServices,
  entry: Entry,
  { key, envelope, segment, statement: { predicate }, at }: Stored,
): Promise<TakenConfirmation> {
  const { verdict, firstDivergentStep, verifier } = predicate;
  const speaksAgainst = contradicts(entry, verdict, segment);
  const replayAsked = speaksAgainst && await mayAsk(trx, entry.id, at) &&
    await queue.enqueueVerify(trx, entry.id, entry.training_flops ?? 0) !== null;
  const row = {
    ...{ id: randomId(), entry_id: entry.id, keyid: key.keyid, public_key: key.publicKey, verdict },
    first_divergent_step: firstDivergentStep,
    ...{ engine_family: verifier.engineFamily, isa: verifier.isa, runtime: verifier.runtime },
    ...{ envelope: jsonb(envelope), asked_replay: replayAsked, created_at: at },
  };
  const confirmation = segment === null
    ? await trx.insertInto("confirmation").values(row).returningAll().executeTakeFirstOrThrow()
    : await trx.insertInto("segment_confirmation")
      .values({ ...row, from_leaf: segment.from, to_leaf: segment.to })
      .returningAll().executeTakeFirstOrThrow();
  await appendEvent(trx, "confirmation", {
    ...{ entry: entry.id, confirmation: confirmation.id, key: key.keyid, verdict },
    ...{ firstDivergentStep, engineFamily: verifier.engineFamily, isa: verifier.isa },
    ...(segment && { segment }),
    ...(replayAsked && { replayAsked }),
  }, at);
  // A part is not the run: only whole ones are counted.
  if (segment === null) await recountRuntimes(trx, entry.id);
  return { confirmation, added: true, replayAsked };
}

/**
 * A verdict of the board that this one speaks against; where there is none yet, it speaks first. A
 * false run may well have parts that are right, so a part that agrees speaks against nothing.
 */
function contradicts(
  { provenance }: Entry,
  verdict: "exact" | "mismatch",
  segment: Segment | null,
): boolean {
  if (segment !== null && verdict === "exact") return false;
  return (provenance === "exact" || provenance === "mismatch") && provenance !== verdict;
}

/** Whoever can sign could otherwise have the board train for ever. */
async function mayAsk(trx: Transaction<Database>, entryId: string, at: Date): Promise<boolean> {
  // Of two at once the second waits here, and counts the first.
  await sql`select pg_advisory_xact_lock(hashtextextended('confirmation replays', 0))`.execute(trx);
  const since = (days: number) => new Date(at.getTime() - days * DAY_MS);
  const asked = trx.selectFrom("confirmation").select(["entry_id", "created_at"])
    .where("asked_replay", "=", true).where("created_at", ">", since(DAYS_BETWEEN))
    .unionAll(
      trx.selectFrom("segment_confirmation").select(["entry_id", "created_at"])
        .where("asked_replay", "=", true).where("created_at", ">", since(DAYS_BETWEEN)),
    );
  const { ofEntry, ofDay } = await trx.selectFrom(asked.as("asked"))
    .select((eb) => [
      eb.fn.countAll<number>().filterWhere("entry_id", "=", entryId).as("ofEntry"),
      eb.fn.countAll<number>().filterWhere("created_at", ">", since(1)).as("ofDay"),
    ]).executeTakeFirstOrThrow();
  return ofEntry === 0 && ofDay < REPLAYS_PER_DAY;
}
