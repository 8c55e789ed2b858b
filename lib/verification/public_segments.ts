// Which parts of a run anybody may replay alone, from states that are given to everybody. Runs
// nothing and knows no SQL.

import { trainingFlops } from "./cost.ts";
import type { Recipe } from "./recipe.ts";
import { segmentsOf } from "./segments.ts";
import type { Chain, Segment } from "./types.ts";

/** Fewer checkpoints than that, and all of them could be opened without a step of training. */
export const LEAST_INTERVALS = 2;

/** A kept state that is given out: 12 bytes a parameter, and a header. */
export interface PublicState {
  /** SHA-256 of its file. */
  sha256: string;
  byteLength: number;
}

/** A part of a run that can be replayed alone. */
export interface PublicSegment extends Segment {
  fromStep: number;
  toStep: number;
  flops: number;
  /** In which it starts; null for the seed. */
  state: PublicState | null;
}

/** A state of a leaf, as a board keeps it. */
export interface HeldState extends PublicState {
  leaf: number;
}

/**
 * Leaves whose states may be given out. Whoever has a state can open its leaf without training, as
 * everybody can leaf 0 and a file with moments its last one, so between any two of these there is
 * another leaf.
 *
 * @param kept ascending.
 */
export function publicLeaves(leafCount: number, kept: readonly number[]): number[] {
  const last = leafCount - 1;
  const chosen: number[] = [];
  for (const leaf of kept) {
    const before = chosen.at(-1) ?? 0;
    if (leaf - before >= LEAST_INTERVALS && last - leaf >= LEAST_INTERVALS) chosen.push(leaf);
  }
  return chosen;
}

/**
 * The run cut at its public states; none where there are none, or where its dev set ends it: that
 * follows from evaluations which no leaf proves.
 */
export function publicSegments(
  { recipe, chain: { leafSteps } }: { recipe: Recipe; chain: Pick<Chain, "leafSteps"> },
  kept: readonly HeldState[],
): PublicSegment[] {
  const leaves = publicLeaves(leafSteps.length, kept.map(({ leaf }) => leaf));
  if (recipe.earlyStop || leaves.length === 0) return [];
  return segmentsOf(leafSteps.length, leaves).map(({ from, to }) => {
    const [fromStep, toStep] = [leafSteps[from], leafSteps[to]];
    const start = kept.find(({ leaf }) => leaf === from);
    return {
      ...{ from, to, fromStep, toStep },
      flops: trainingFlops({ ...recipe, steps: toStep - fromStep }),
      state: start ? { sha256: start.sha256, byteLength: start.byteLength } : null,
    };
  });
}
