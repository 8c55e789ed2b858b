// Takes a visitor's confirmation in. It never changes a verdict: one that says something else than
// the board has the board look again. Server only.

import { sql, type Transaction } from "kysely";
import { fromBase64, fromUtf8 } from "../bytes.ts";
import { canReplay } from "../engine/conforming.ts";
import { ValidationError } from "../errors.ts";
import type { Services } from "../services.ts";
import { randomId } from "../storage/ids.ts";
import { jsonb } from "../storage/json.ts";
import { appendEvent } from "../storage/ledger.ts";
import type { ConfirmationRow, Database, Entry } from "../storage/schema.ts";
import { parseChain } from "./chain.ts";
import { confirmationTag, type Opening } from "./confirmation.ts";
import {
  type Confirmation,
  confirmationSchema,
  firstFalseOpening,
  openingsNeeded,
} from "./confirmation_schema.ts";
import { recountRuntimes, useChallenge } from "./confirmation_store.ts";
import { type Envelope, IN_TOTO_PAYLOAD, keyIdOf, type PublicKey, signersOf } from "./dsse.ts";
import { parseRecipe, type Recipe } from "./recipe.ts";
import { parseDocument } from "./schema.ts";
import type { Chain } from "./types.ts";

/** Replays that contradictions may ask for: one of an entry in a week, a few of all in a day. */
const DAYS_BETWEEN = 7;
const REPLAYS_PER_DAY = 5;
const DAY_MS = 24 * 3_600_000;

export interface SentConfirmation {
  envelope: Envelope;
  /** Base64 of 32 bytes. */
  publicKey: string;
  /** Kept by nobody: what is compared with the leaves. */
  openings: readonly Opening[];
}

export interface TakenConfirmation {
  confirmation: ConfirmationRow;
  /** False when this key had confirmed the entry before. */
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
  const { key, statement } = await signedStatement(sent);
  const run = runOf(entry);
  assertAbout(statement, entry, run.chain);
  assertEngineOf(statement, run.recipe);
  await assertPossession(statement.predicate, run, sent.openings);
  const taken = await db.transaction().execute(async (trx) => {
    const { nonce } = statement.predicate;
    if (!await useChallenge(trx, { nonce, entryId: entry.id, at })) throw staleNonce(nonce);
    const before = await trx.selectFrom("confirmation").selectAll()
      .where("entry_id", "=", entry.id).where("keyid", "=", key.keyid).executeTakeFirst();
    if (before) return { confirmation: before, added: false, replayAsked: false };
    return await store(trx, services, entry, { ...sent, key, statement, at });
  });
  if (taken.added) events.publish(entry.id);
  return taken;
}

async function signedStatement(
  { envelope, publicKey }: SentConfirmation,
): Promise<{ key: PublicKey; statement: Confirmation }> {
  const key = { keyid: await keyIdOf(decoded(publicKey)), publicKey };
  const signers = envelope.payloadType === IN_TOTO_PAYLOAD ? await signersOf(envelope, [key]) : [];
  if (!signers.includes(key.keyid)) {
    throw new ValidationError("The confirmation is not signed by its key", {
      path: "envelope.signatures",
      expected: `an Ed25519 signature of key ${key.keyid}`,
      got: envelope.signatures[0]?.keyid ?? "none",
      fix: "Sign the very bytes of the payload with the private half of publicKey.",
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(fromUtf8(fromBase64(envelope.payload)));
  } catch {
    value = undefined;
  }
  return { key, statement: parseDocument(confirmationSchema, value, "payload") };
}

function decoded(base64: string): Uint8Array<ArrayBuffer> {
  try {
    const bytes = fromBase64(base64);
    if (bytes.length === 32) return bytes;
  } catch {
    // Said below.
  }
  throw new ValidationError("This is no Ed25519 key", {
    path: "publicKey",
    expected: "32 bytes in base64",
    got: base64.slice(0, 60),
    fix: "Send the raw public key.",
  });
}

interface Run {
  recipe: Recipe;
  chain: Chain;
}

/** A file that holds its moments opens its own last leaf, and anybody can compute leaf 0. */
const LEAST_LEAVES = 3;

/** @throws {ValidationError} when there is nothing a replay could prove. */
function runOf(entry: Entry): Run {
  if (entry.recipe !== null && entry.chain !== null) {
    const run = { recipe: parseRecipe(entry.recipe), chain: parseChain(entry.chain) };
    if (run.chain.leaves.length >= LEAST_LEAVES) return run;
  }
  throw new ValidationError("This entry cannot be confirmed", {
    expected: `a recipe, and a chain of at least ${LEAST_LEAVES} checkpoints`,
    got: entry.recipe === null ? "no recipe" : "a chain that is shorter",
    fix: "Confirm another one.",
  });
}

function assertAbout({ subject, predicate }: Confirmation, entry: Entry, chain: Chain): void {
  const digests = Object.fromEntries(subject.map(({ name, digest }) => [name, digest.sha256]));
  const pairs: [string, string | undefined | null, string | null][] = [
    ["predicate.entry", predicate.entry, entry.id],
    ["subject", digests.model, entry.model_digest],
    ["subject", digests["chain-head"], chain.head],
    ["predicate.recipeHash", predicate.recipeHash, entry.recipe_hash],
  ];
  for (const [path, got, expected] of pairs) {
    if (got === expected) continue;
    throw new ValidationError("The confirmation is about another run", {
      path: `payload.${path}`,
      expected: expected ?? "nothing",
      got: got ?? "nothing",
      fix: "Replay the file of this entry and sign what came out.",
    });
  }
}

/** Another engine than the recipe names says something only where both are known to give the same bits. */
function assertEngineOf({ predicate: { engineDigest } }: Confirmation, { engine }: Recipe): void {
  if (canReplay(engineDigest, engine)) return;
  throw new ValidationError("The confirmation comes from an engine that is not the recipe's", {
    path: "payload.predicate.engineDigest",
    expected: `${engine}, or one known to give its bits`,
    got: engineDigest,
    fix: `Replay the recipe on /engines/${engine}.wasm.`,
  });
}

/** Who only copies the leaves of the file knows none of what they are hashes of. */
async function assertPossession(
  predicate: Confirmation["predicate"],
  { recipe, chain }: Run,
  openings: readonly Opening[],
): Promise<void> {
  const needed = openingsNeeded(predicate, chain);
  const { tags, nonce } = predicate;
  const falseAt = firstFalseOpening(recipe, chain, openings);
  const answers = await Promise.all(openings.map((each, j) => confirmationTag(nonce, j, each)));
  const wrongTag = answers.findIndex((answer, j) => answer !== tags[j]);
  if (openings.length === needed && tags.length === needed && falseAt < 0 && wrongTag < 0) return;
  const at = falseAt >= 0 ? falseAt : wrongTag;
  throw new ValidationError("The confirmation does not show that the run was replayed", {
    path: "openings",
    expected: `what each of ${needed} checkpoints is the hash of, and the answer to the nonce`,
    got: at < 0 ? `${openings.length} of them` : `something else for checkpoint ${at}`,
    fix: "Replay the recipe; the leaves in the file are not enough.",
  });
}

function staleNonce(nonce: string): ValidationError {
  return new ValidationError("This nonce cannot be answered", {
    path: "payload.predicate.nonce",
    expected: "one drawn for this entry, not used before and not older than three days",
    got: nonce,
    fix: "Draw one before the replay begins, and answer it once.",
  });
}

interface Stored extends SentConfirmation {
  key: PublicKey;
  statement: Confirmation;
  at: Date;
}

async function store(
  trx: Transaction<Database>,
  { queue }: ConfirmServices,
  entry: Entry,
  { key, envelope, statement: { predicate }, at }: Stored,
): Promise<TakenConfirmation> {
  const { verdict, firstDivergentStep, verifier } = predicate;
  const replayAsked = contradicts(entry, predicate) && await mayAsk(trx, entry.id, at) &&
    await queue.enqueueVerify(trx, entry.id, entry.training_flops ?? 0) !== null;
  const confirmation = await trx.insertInto("confirmation").values({
    ...{ id: randomId(), entry_id: entry.id, keyid: key.keyid, public_key: key.publicKey, verdict },
    first_divergent_step: firstDivergentStep,
    ...{ engine_family: verifier.engineFamily, isa: verifier.isa, runtime: verifier.runtime },
    ...{ envelope: jsonb(envelope), asked_replay: replayAsked, created_at: at },
  }).returningAll().executeTakeFirstOrThrow();
  await appendEvent(trx, "confirmation", {
    ...{ entry: entry.id, confirmation: confirmation.id, key: key.keyid, verdict },
    ...{ firstDivergentStep, engineFamily: verifier.engineFamily, isa: verifier.isa },
    ...(replayAsked && { replayAsked }),
  }, at);
  await recountRuntimes(trx, entry.id);
  return { confirmation, added: true, replayAsked };
}

/** A verdict of the board that this one speaks against; where there is none yet, it speaks first. */
function contradicts(
  { provenance }: Entry,
  { verdict }: Pick<Confirmation["predicate"], "verdict">,
): boolean {
  return (provenance === "exact" || provenance === "mismatch") && provenance !== verdict;
}

/** Whoever can sign could otherwise have the board train for ever. */
async function mayAsk(trx: Transaction<Database>, entryId: string, at: Date): Promise<boolean> {
  // Of two at once the second waits here, and counts the first.
  await sql`select pg_advisory_xact_lock(hashtextextended('confirmation replays', 0))`.execute(trx);
  const since = (days: number) => new Date(at.getTime() - days * DAY_MS);
  const { ofEntry, ofDay } = await trx.selectFrom("confirmation").where("asked_replay", "=", true)
    .where("created_at", ">", since(DAYS_BETWEEN))
    .select((eb) => [
      eb.fn.countAll<number>().filterWhere("entry_id", "=", entryId).as("ofEntry"),
      eb.fn.countAll<number>().filterWhere("created_at", ">", since(1)).as("ofDay"),
    ]).executeTakeFirstOrThrow();
  return ofEntry === 0 && ofDay < REPLAYS_PER_DAY;
}
