// Where a segment starts when the state comes from somebody else. Knows no network.

import { toHex } from "../bytes.ts";
import { FormatError, IntegrityError } from "../errors.ts";
import { leafHash, parseChain } from "./chain.ts";
import { trainingTokens } from "./cost.ts";
import { decodeCheckpoint } from "./model_file.ts";
import type { Recipe } from "./recipe.ts";
import type { RunCheckpoint } from "./run_checkpoint.ts";

const FIX = "Nothing is said of the model by this. Replay the whole run, which needs no state.";

/**
 * The state in these bytes, proven to be the one that the file's leaf is the hash of. Whatever else
 * its header says is thrown away: leaves come from the file, and the curve begins here.
 *
 * @throws {IntegrityError} when it is another one: whoever gave it is wrong, not the entry.
 */
export async function startState(
  bytes: Uint8Array,
  { recipe, chain, leaf }: { recipe: Recipe; chain: unknown; leaf: number },
): Promise<RunCheckpoint> {
  const { leaves, leafSteps } = parseChain(chain);
  const { state, lastLoss } = decoded(bytes);
  const step = leafSteps[leaf], claimed = leaves[leaf];
  const tokens = trainingTokens({ ...recipe, steps: step });
  // With the numbers of that leaf, whatever step the state says it is of.
  const got = toHex(await leafHash({ ...state, j: leaf, step, tokens, lossNats: lastLoss }));
  if (state.step !== step || got !== claimed) {
    throw new IntegrityError("The state that was given is not the one of this run", {
      expected: `step ${step}, whose leaf is ${claimed}`,
      got: `step ${state.step}, whose leaf is ${got}`,
      fix: FIX,
    });
  }
  return { state, leaves: leaves.slice(0, leaf + 1), lastLoss, lossHistory: [], devHistory: [] };
}

function decoded(bytes: Uint8Array): RunCheckpoint {
  try {
    return decodeCheckpoint(bytes).checkpoint;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new IntegrityError(`The state that was given cannot be read: ${error.message}`, {
      fix: FIX,
    });
  }
}
