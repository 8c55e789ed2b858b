// Which runs of a tab keep their states, for a board that will ask their author for some of them.

import { leafSteps } from "../verification/chain.ts";
import { replayBudget, type ReplayLimits } from "../verification/cost.ts";
import type { Recipe } from "../verification/recipe.ts";
import { stateBytes } from "../verification/segments.ts";
import { parameterCount } from "../format/config.ts";

/** Most of a browser's room that the states of one run may take. */
export const MOST_STATES_BYTES = 2 * 1024 ** 3;

/** States of a run that a board may ask for, all of them: which ones is drawn later. */
export interface StatesPlan {
  count: number;
  /** Of all together, at most. */
  byteLength: number;
  /** Whether a tab keeps them. */
  kept: boolean;
}

/**
 * Null where a board with these limits asks for none: it replays the run whole, or cannot spot-check
 * it, because a segment takes too much memory or the dev set decides where the run ends.
 */
export function statesPlan(recipe: Recipe, limits: ReplayLimits): StatesPlan | null {
  const { flops, memoryBytes } = replayBudget(recipe);
  if (flops <= limits.flops || memoryBytes > limits.memoryBytes || recipe.earlyStop) return null;
  const leafCount = leafSteps(recipe).length;
  const size = stateBytes({ leafCount, parameters: parameterCount(recipe.model) });
  // Leaf 0 follows from the seed.
  const count = leafCount - 1;
  return { count, byteLength: count * size, kept: count * size <= MOST_STATES_BYTES };
}
