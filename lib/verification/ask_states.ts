// Spot checks on their way: asked for, begun, tried again, cleaned up after.

import type { Kysely, Transaction } from "kysely";
import { toHex } from "../bytes.ts";
import type { JobQueue } from "../queue/queue.ts";
import type { BlobStore } from "../storage/blobs.ts";
import type { Entry } from "../storage/entry_schema.ts";
import { appendEvent } from "../storage/ledger.ts";
import type { Replay } from "../storage/replay_schema.ts";
import type { Database } from "../storage/schema.ts";
import { removeUnusedBlob } from "../storage/unused_blobs.ts";
import { chainOrNull } from "./chain.ts";
import { replayBudget } from "./cost.ts";
import { recipeOrNull } from "./parse_recipe.ts";
import type { Recipe } from "./recipe.ts";
import { putReplay } from "./replay_store.ts";
import type { VerifyJobResult } from "./result_schema.ts";
import {
  drawSegments,
  planSpotCheck,
  type SpotLimits,
  spotParts,
  type SpotPlan,
} from "./spot_check.ts";
import {
  FAILED_CHECKS_LIMIT,
  holdWaitingCheck,
  newestCheck,
  spotCheckOf,
} from "./spot_check_store.ts";
import type { Chain } from "./types.ts";

/** Those settings of a server that a spot check goes by. */
interface SpotConfig {
  replayFlops: number;
  replayBytes: number;
  spotSegments: number;
  spotDays: number;
  keptBytes: number;
  storedBytes: number;
}

const DAY_MS = 24 * 3600_000;

/** States are counted against what their author may keep here: no more is asked for. */
function limitsOf(config: SpotConfig): SpotLimits {
  const { replayFlops, replayBytes, spotSegments, keptBytes, storedBytes } = config;
  return {
    ...{ flops: replayFlops, memoryBytes: replayBytes, segments: spotSegments },
    stateBytes: Math.min(keptBytes, storedBytes / 2),
  };
}

/** A run that can be cut where its leaves are. */
interface Checkable {
  recipe: Recipe;
  chain: Chain;
}

/** What becomes of a replay that was over the budget: a spot check, or its verdict with a reason. */
export type OverBudget = { asked: true } | { asked: false; run: VerifyJobResult };

/**
 * Asks the author for the states of segments that are drawn now, where a run is over the budget of
 * operations and nothing else is wrong with it. An entry has one nonce as long as it stands: whoever
 * lets the time run out gains no other draw.
 */
export async function askForStates(
  trx: Transaction<Database>,
  { queue, config }: { queue: JobQueue; config: SpotConfig },
  { entryId, run, at }: { entryId: string; run: VerifyJobResult; at: Date },
): Promise<OverBudget> {
  const entry = await trx.selectFrom("entry").selectAll().where("id", "=", entryId)
    .executeTakeFirstOrThrow();
  const found = overFlopsAlone(entry, run, config);
  if (found === null) return { asked: false, run };
  const plan = planOf(entry, found, config);
  if ("why" in plan) return { asked: false, run: because(run, plan.why) };
  const earlier = await newestCheck(trx, entryId);
  if (entry.provenance === "sampled" && earlier?.state === "done") return { asked: true };
  const of = found.chain.leaves.length - 1;
  const nonce = earlier?.nonce ?? toHex(crypto.getRandomValues(new Uint8Array(32)));
  const draw = { nonce, recipeHash: entry.recipe_hash ?? "", of, count: plan.count };
  const drawn = await drawSegments(draw);
  const replayId = await putReplay(trx, {
    ...{ entryId, task: "sample", askedBy: null, nonce, parts: spotParts(of, drawn) },
    ...{ deadline: new Date(at.getTime() + config.spotDays * DAY_MS), found: run },
  });
  if (replayId === null) return { asked: true };
  await appendEvent(trx, "spot-check", {
    ...{ entry: entryId, check: replayId, nonce, recipe: entry.recipe_hash, segments: of, drawn },
    ...(earlier && { again: true }),
  }, at);
  await beginWhenWhole(trx, queue, entry);
  return { asked: true };
}

/** The run, when the number of operations is all that speaks against its replay. */
function overFlopsAlone(
  entry: Entry,
  { result }: VerifyJobResult,
  { replayFlops, replayBytes }: SpotConfig,
): Checkable | null {
  const recipe = recipeOrNull(entry.recipe), chain = chainOrNull(entry.chain);
  if (result.verdict !== "not-reproducible" || result.reasons.length !== 1) return null;
  if (recipe === null || chain === null) return null;
  const { flops, memoryBytes } = replayBudget(recipe);
  return flops > replayFlops && memoryBytes <= replayBytes ? { recipe, chain } : null;
}

function planOf(entry: Entry, { recipe, chain }: Checkable, config: SpotConfig): SpotPlan {
  if (entry.account_id === null && entry.withdrawal_digest === null) {
    return { count: 0, why: "nobody is known as its author, who would have to deliver its states" };
  }
  return planSpotCheck({ recipe, chain, parameters: entry.parameters ?? 0 }, limitsOf(config));
}

function because(run: VerifyJobResult, why: string): VerifyJobResult {
  const reasons = [...run.result.reasons, `it cannot be spot-checked: ${why}`];
  return { ...run, result: { ...run.result, reasons } };
}

/** Enqueues the segments once every state is here. Within the transaction that brought the last. */
export async function beginWhenWhole(
  trx: Transaction<Database>,
  queue: JobQueue,
  entry: Entry,
): Promise<boolean> {
  const check = await holdWaitingCheck(trx, entry);
  if (check === null || check.states.some(({ delivered }) => !delivered)) return false;
  const { replay, parts } = check;
  const { leafSteps } = chainOrNull(entry.chain)!;
  const steps = Math.max(1, leafSteps.at(-1)!);
  await trx.updateTable("replay").set({ deadline: null }).where("id", "=", replay.id).execute();
  await queue.enqueueParts(trx, entry.id, entry.training_flops ?? 0, {
    ...{ replayId: replay.id, task: "sample" },
    shares: parts.map(({ from, to }) => (leafSteps[to] - leafSteps[from]) / steps),
  });
  return true;
}

/**
 * Starts a check anew that failed by a fault of ours: its states are here still.
 *
 * @returns false when that has happened too often.
 */
export async function tryCheckAgain(
  trx: Transaction<Database>,
  queue: JobQueue,
  { entry_id, nonce, found }: Replay,
): Promise<boolean> {
  const { failed } = await trx.selectFrom("replay").where("entry_id", "=", entry_id)
    .where("task", "=", "sample").where("state", "=", "failed")
    .select((eb) => eb.fn.countAll<number>().as("failed")).executeTakeFirstOrThrow();
  if (failed >= FAILED_CHECKS_LIMIT) return false;
  const entry = await trx.selectFrom("entry").selectAll().where("id", "=", entry_id)
    .executeTakeFirstOrThrow();
  const before = await spotCheckOf(trx, entry);
  if (before === null) return false;
  await putReplay(trx, {
    ...{ entryId: entry_id, task: "sample", askedBy: null, nonce: nonce ?? undefined },
    ...{ parts: before.parts, deadline: new Date(0), found },
  });
  return await beginWhenWhole(trx, queue, entry);
}

/** What the replay said that was over the budget, with why it stays at that. */
export function missedResult(
  { found }: Pick<Replay, "found">,
  why: string,
): VerifyJobResult {
  return because(found as VerifyJobResult, why);
}

/** States that no open check starts from; how many. */
export async function removeSpotStates(
  { db, blobs }: { db: Kysely<Database>; blobs: BlobStore },
): Promise<number> {
  const gone = await db.deleteFrom("spot_state").where((eb) =>
    eb.not(eb.exists(
      eb.selectFrom("replay").select("id").whereRef("replay.entry_id", "=", "spot_state.entry_id")
        .where("task", "=", "sample").where("state", "=", "open"),
    ))
  ).returning("digest").execute();
  for (const { digest } of gone) await removeUnusedBlob({ db, blobs }, digest);
  return gone.length;
}
