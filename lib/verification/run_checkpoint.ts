// A checkpoint of a run: what it holds, and whether it is what its leaf says. Runs nothing.

import { toHex } from "../bytes.ts";
import type { TrainState } from "../engine/engine.ts";
import { IntegrityError } from "../errors.ts";
import { leafHash, leafSteps } from "./chain.ts";
import { trainingTokens } from "./cost.ts";
import { type DevPoint, hasEnded, isHistoryAt } from "./early_stop.ts";
import type { Recipe } from "./recipe.ts";
import type { LossPoint } from "./types.ts";

/** All that is needed to go on with a run as if it had never stopped. */
export interface RunCheckpoint {
  state: TrainState;
  /** Leaves up to this state, hexadecimal. It is that of the last, or between two. */
  leaves: string[];
  /** Loss of step `state.step`; 0 at step 0. */
  lastLoss: number;
  lossHistory: LossPoint[];
  /** Evaluations of the dev set so far; none without one. They decide when the run ends. */
  devHistory: DevPoint[];
}

/** A checkpoint of any step. */
export interface Snapshot {
  checkpoint: RunCheckpoint;
  /** What proves it whole where no leaf does: `stateDigest` of a state between two; null at one. */
  digest: string | null;
}

/**
 * A damaged checkpoint must not cost a whole run and end as a false mismatch.
 *
 * @param digest of a state between two leaves, by who took it; without one it must be that of a leaf.
 * @throws {IntegrityError} when `resume` is not what its last leaf, or its digest, says.
 */
export async function assertResumable(
  recipe: Recipe,
  resume: RunCheckpoint,
  digest: string | null = null,
): Promise<void> {
  const { state: { step }, devHistory, leaves } = resume;
  const { earlyStop } = recipe;
  const fix = "Delete the checkpoint and start the run again.";
  if (earlyStop && !isHistoryAt(earlyStop, devHistory, step)) {
    throw new IntegrityError(`The checkpoint of step ${step} lacks evaluations of its dev set`, {
      expected: `one every ${earlyStop.interval} steps`,
      got: `${devHistory.length} up to step ${devHistory.at(-1)?.step ?? 0}`,
      fix,
    });
  }
  const j = leaves.length - 1;
  const ended = earlyStop && hasEnded(earlyStop, devHistory);
  const due = leafSteps(ended ? { ...recipe, steps: step } : recipe);
  const between = digest !== null && due[j] < step && step < due[j + 1];
  const want = between ? digest : leaves[j];
  const got = await stateDigest(recipe, resume);
  if (want === got && (between || due[j] === step)) return;
  throw new IntegrityError(`The checkpoint of step ${step} does not match its leaf`, {
    expected: `leaf ${want} of step ${between ? step : due[j]}`,
    got: `leaf ${got} of step ${step}`,
    fix,
  });
}

/** The checkpoint, with its digest where it is of no leaf. */
export async function snapshotOf(recipe: Recipe, checkpoint: RunCheckpoint): Promise<Snapshot> {
  const { state, leaves } = checkpoint;
  const isLeaf = leafSteps(recipe)[leaves.length - 1] === state.step;
  return { checkpoint, digest: isLeaf ? null : await stateDigest(recipe, checkpoint) };
}

/** The hash of a state as a leaf has it, whether or not a leaf is due there. Hexadecimal. */
async function stateDigest(
  recipe: Recipe,
  { state, leaves, lastLoss }: RunCheckpoint,
): Promise<string> {
  const tokens = trainingTokens({ ...recipe, steps: state.step });
  return toHex(await leafHash({ ...state, j: leaves.length - 1, tokens, lossNats: lastLoss }));
}
