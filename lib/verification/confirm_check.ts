// What a visitor's confirmation has to be before it counts as one. Knows no database.

import { fromBase64, fromUtf8 } from "../bytes.ts";
import { canReplay } from "../engine/conforming.ts";
import { ValidationError } from "../errors.ts";
import { parseChain } from "./chain.ts";
import { segmentOfScope } from "./confirmed_scope.ts";
import {
  type Confirmation,
  confirmationSchema,
  firstFalseOpening,
  openingsNeeded,
} from "./confirmation_schema.ts";
import { type Envelope, IN_TOTO_PAYLOAD, keyIdOf, type PublicKey, signersOf } from "./dsse.ts";
import { answersTo, type Opening } from "./opening.ts";
import { parseRecipe } from "./parse_recipe.ts";
import { LEAST_INTERVALS } from "./public_segments.ts";
import type { Recipe } from "./recipe.ts";
import { parseDocument } from "./schema.ts";
import type { Chain, Segment } from "./types.ts";

export interface SentConfirmation {
  envelope: Envelope;
  /** Base64 of 32 bytes. */
  publicKey: string;
  /** Kept by nobody: what is compared with the leaves. */
  openings: readonly Opening[];
}

/** What of an entry a confirmation has to agree with. */
export interface ConfirmedEntry {
  id: string;
  model_digest: string | null;
  recipe_hash: string | null;
  recipe: unknown;
  chain: unknown;
}

export interface CheckedConfirmation {
  key: PublicKey;
  statement: Confirmation;
  /** Null for the whole run. */
  segment: Segment | null;
}

/**
 * @throws {ValidationError} when it is not signed by that key, is about something else, or does not
 * know what the leaves of what it replayed are made of.
 */
export async function checkConfirmation(
  entry: ConfirmedEntry,
  sent: SentConfirmation,
): Promise<CheckedConfirmation> {
  const { key, statement } = await signedStatement(sent);
  const run = runOf(entry);
  assertAbout(statement, entry, run.chain);
  assertEngineOf(statement, run.recipe);
  const segment = segmentOfScope(statement.predicate.scope);
  if (segment !== null) assertWithin(statement.predicate, segment, run.chain);
  await assertPossession(statement.predicate, run, sent.openings);
  return { key, statement, segment };
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

/** @throws {ValidationError} when there is nothing a replay could prove. */
function runOf(entry: ConfirmedEntry): Run {
  if (entry.recipe !== null && entry.chain !== null) {
    const run = { recipe: parseRecipe(entry.recipe), chain: parseChain(entry.chain) };
    // A file that holds its moments opens its own last leaf, and anybody can compute leaf 0.
    if (run.chain.leaves.length > LEAST_INTERVALS) return run;
  }
  throw new ValidationError("This entry cannot be confirmed", {
    expected: `a recipe, and a chain of at least ${LEAST_INTERVALS + 1} checkpoints`,
    got: entry.recipe === null ? "no recipe" : "a chain that is shorter",
    fix: "Confirm another one.",
  });
}

function assertAbout(
  { subject, predicate }: Confirmation,
  entry: ConfirmedEntry,
  chain: Chain,
): void {
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

/** A segment of the chain, long enough to show work; a difference that it names lies in it. */
function assertWithin(
  { verdict, firstDivergentStep }: Confirmation["predicate"],
  { from, to }: Segment,
  { leafSteps }: Chain,
): void {
  const last = leafSteps.length - 1;
  if (to > last || to - from < LEAST_INTERVALS) {
    throw new ValidationError("The confirmation is about no segment of this run", {
      path: "payload.predicate.scope",
      expected: `at least ${LEAST_INTERVALS} intervals between leaves 0 and ${last}`,
      got: `from leaf ${from} to leaf ${to}`,
      fix: "Replay one of those that /api/v1/models/{id}/segments lists.",
    });
  }
  if (verdict === "exact") return;
  const first = from === 0 ? 0 : leafSteps[from] + 1;
  const step = firstDivergentStep ?? -1;
  if (step >= first && step <= leafSteps[to]) return;
  throw new ValidationError("The difference lies outside the segment that was replayed", {
    path: "payload.predicate.firstDivergentStep",
    expected: `a step from ${first} to ${leafSteps[to]}`,
    got: String(firstDivergentStep),
    fix: "Name the step at which the replay of this segment parts from the file.",
  });
}

/** Who only copies the leaves of the file knows none of what they are hashes of. */
async function assertPossession(
  predicate: Confirmation["predicate"],
  { recipe, chain }: Run,
  openings: readonly Opening[],
): Promise<void> {
  const needed = openingsNeeded(predicate, chain);
  const { tags, nonce, scope } = predicate;
  const from = segmentOfScope(scope)?.from ?? 0;
  const falseAt = firstFalseOpening(recipe, chain, openings, from);
  const answers = await answersTo(nonce, openings, from);
  const wrongTag = answers.findIndex((answer, i) => answer !== tags[i]);
  if (openings.length === needed && tags.length === needed && falseAt < 0 && wrongTag < 0) return;
  const at = falseAt >= 0 ? falseAt : from + wrongTag;
  const none = falseAt < 0 && wrongTag < 0;
  throw new ValidationError("The confirmation does not show that the run was replayed", {
    path: "openings",
    expected: `what each of ${needed} checkpoints is the hash of, and the answer to the nonce`,
    got: none ? `${openings.length} of them` : `something else for checkpoint ${at}`,
    fix: "Replay the recipe; the leaves in the file are not enough.",
  });
}
