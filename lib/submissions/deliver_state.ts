// Takes in a state that the author of a run was asked for: it has to be the very one that a leaf of
// the submitted file is the hash of. Server only.

import { IntegrityError, NotFoundError, ValidationError } from "../errors.ts";
import type { Services } from "../services.ts";
import type { StoredBlob } from "../storage/blobs.ts";
import type { Entry } from "../storage/entry_schema.ts";
import { appendEvent } from "../storage/ledger.ts";
import { claimBlob, removeUnusedBlob } from "../storage/unused_blobs.ts";
import { parseChain } from "../verification/chain.ts";
import { configDifference } from "../verification/compare.ts";
import { parseRecipe } from "../verification/parse_recipe.ts";
import { stateBytes } from "../verification/segments.ts";
import { beginWhenWhole } from "../verification/ask_states.ts";
import {
  holdWaitingCheck,
  putSpotState,
  type SpotCheck,
  spotCheckOf,
} from "../verification/spot_check_store.ts";
import { leafOfState, readStoredState, type StoredState } from "../verification/state_digests.ts";
import { type Claimant, mustOwn } from "./ownership.ts";
import { mustHaveStateRoom } from "./quota_store.ts";
import { requireStanding } from "./require.ts";
import type { Counted } from "./senders.ts";

export type DeliveryServices = Pick<
  Services,
  "db" | "blobs" | "queue" | "events" | "config" | "now"
>;

export interface Delivery {
  entryId: string;
  claimant: Claimant;
  sender: Counted;
  /** Of the file, as its sender knows it. */
  sha256?: string;
  /** The upload it comes from, which is not counted beside it. */
  upload?: string;
}

export interface Delivered {
  leaf: number;
  step: number;
  /** States that are still waited for. */
  missing: number;
}

/**
 * Which leaf it is of stands in the state itself. One that is refused changes nothing.
 *
 * @throws {NotFoundError} when the entry is none, or no states of it are waited for.
 * @throws {AuthenticationError|PermissionError} when it is not the claimant's.
 * @throws {BudgetError} when the file is larger than a state of that model can be.
 * @throws {FormatError} when it is no state.
 * @throws {ValidationError} when it is another one than the leaf says, or was not asked for.
 * @throws {QuotaError} when there is no room for it.
 */
export async function deliverState(
  services: DeliveryServices,
  delivery: Delivery,
  body: ReadableStream<Uint8Array>,
): Promise<Delivered> {
  const { db, blobs } = services;
  let stored: StoredBlob;
  let entry: Entry;
  try {
    entry = await requireStanding(db, delivery.entryId);
    mustOwn(entry, delivery.claimant);
    const check = await requireWaitingCheck(db, entry);
    const size = { leafCount: check.of + 1, parameters: entry.parameters ?? 0 };
    stored = await blobs.put(body, { maxBytes: stateBytes(size) });
  } catch (error) {
    await body.cancel().catch(() => {});
    throw error;
  }
  try {
    mustBe(delivery.sha256, stored.digest);
    const state = await readStoredState(blobs, stored);
    await mustBeOfRun(state, entry);
    return await take(services, entry, delivery, { state, stored });
  } catch (error) {
    await removeUnusedBlob(services, stored.digest);
    throw error;
  }
}

/** @throws {NotFoundError} when no states of the entry are waited for. */
export async function requireWaitingCheck(db: Services["db"], entry: Entry): Promise<SpotCheck> {
  const check = await spotCheckOf(db, entry);
  if (check !== null && isWaiting(check)) return check;
  throw nothingWanted(check);
}

function isWaiting({ replay }: SpotCheck): boolean {
  return replay.state === "open" && replay.deadline !== null;
}

function nothingWanted(check: SpotCheck | null): NotFoundError {
  return new NotFoundError("No states of this model are waited for", {
    expected: "a spot check that waits for its author",
    got: check === null
      ? "no spot check"
      : check.replay.state === "open"
      ? "one that has all its states and is under way"
      : "one that has ended",
    fix: "See on the status page of the model how far it is.",
  });
}

function mustBe(expected: string | undefined, got: string): void {
  if (expected === undefined || expected === got) return;
  throw new IntegrityError("The bytes of this state are not those that were announced", {
    expected: `SHA-256 ${expected}`,
    got: `SHA-256 ${got}`,
    fix: "Send it again.",
  });
}

/** @throws {ValidationError} when a leaf of the submitted file is not the hash of this state. */
async function mustBeOfRun(state: StoredState, entry: Entry): Promise<void> {
  const recipe = parseRecipe(entry.recipe), chain = parseChain(entry.chain);
  const leaf = state.leaves.length - 1;
  if (state.recipeHash !== entry.recipe_hash) {
    throw anotherState("recipe", `recipe ${entry.recipe_hash}`, `recipe ${state.recipeHash}`);
  }
  const shape = configDifference(state.config, recipe.model);
  if (shape !== null) throw anotherState("model", "the shape of the recipe", shape);
  const differs = state.leaves.findIndex((each, i) => each !== chain.leaves[i]);
  if (differs >= 0) {
    const claimed = chain.leaves[differs] ?? "none, the run ends before";
    throw anotherState(`leaf ${differs}`, `leaf ${claimed}`, `leaf ${state.leaves[differs]}`);
  }
  const own = await leafOfState(state, recipe);
  if (own !== chain.leaves[leaf] || state.step !== chain.leafSteps[leaf]) {
    throw anotherState(
      `leaf ${leaf}`,
      `leaf ${chain.leaves[leaf]} of step ${chain.leafSteps[leaf]}`,
      `leaf ${own} of step ${state.step}`,
    );
  }
}

function anotherState(what: string, expected: string, got: string): ValidationError {
  return new ValidationError(
    `This is not the state that the submitted file claims: ${what} differs`,
    {
      path: "state",
      expected,
      got,
      fix: "Send the state that the very run of the submitted file left at that step: " +
        "deno task cli train --keep-states trains it again, to the same bits.",
    },
  );
}

interface Checked {
  state: StoredState;
  stored: StoredBlob;
}

async function take(
  services: DeliveryServices,
  entry: Entry,
  { sender, upload }: Delivery,
  { state, stored }: Checked,
): Promise<Delivered> {
  const { db, blobs, queue, events, config, now } = services;
  const leaf = state.leaves.length - 1;
  const { digest, byteLength } = stored;
  const delivered = await db.transaction().execute(async (trx) => {
    const check = await holdWaitingCheck(trx, entry);
    if (check === null) throw nothingWanted(await spotCheckOf(trx, entry));
    const wanted = check.states.find((each) => each.leaf === leaf);
    if (wanted === undefined) throw notAskedFor(check, leaf);
    const missing = check.states.filter((each) => !each.delivered && each !== wanted).length;
    if (wanted.delivered) return { leaf, step: state.step, missing };
    const question = { sender, now: now(), exceptUpload: upload };
    await mustHaveStateRoom(trx, config, question, { byteLength });
    await claimBlob(trx, blobs, stored);
    await putSpotState(trx, { entryId: entry.id, leaf, digest, byteLength });
    const payload = { entry: entry.id, check: check.replay.id, leaf, state: digest };
    await appendEvent(trx, "spot-state", payload, now());
    await beginWhenWhole(trx, queue, entry);
    return { leaf, step: state.step, missing };
  });
  // The same state in other bytes, sent a second time.
  await removeUnusedBlob(services, digest);
  events.publish(entry.id);
  return delivered;
}

function notAskedFor({ states }: SpotCheck, leaf: number): ValidationError {
  const wanted = states.filter(({ delivered }) => !delivered).map(({ leaf }) => leaf);
  return new ValidationError("This state was not asked for", {
    path: "state",
    expected: `the state of leaf ${wanted.join(", ")}`,
    got: `that of leaf ${leaf}`,
    fix: "Send those that the status page of the model names.",
  });
}
