// Runs a claimed recipe and compares its leaves with those of the claim as they come.

import type { Engine } from "../engine/engine.ts";
import { DivergedError } from "../errors.ts";
import type { RunInputs } from "./inputs.ts";
import type { Recipe } from "./recipe.ts";
import { runCheckpoints } from "./replay.ts";
import type { RunCheckpoint } from "./run_checkpoint.ts";
import type { Chain, Segment } from "./types.ts";

/** A claim that passed every check that needs no training. */
export interface Claim {
  recipe: Recipe;
  hash: string;
  chain: Chain;
}

export interface ReplayOptions {
  engine: Engine;
  /** Continues a replay, interrupted or held before; its leaves are compared like any other. */
  resume?: RunCheckpoint;
  /** Only this part of the run; `resume` is then its start, or a state within it. */
  segment?: Segment;
  /** Awaited after each leaf that equals the claim: the place to save it for `resume`. */
  onCheckpoint?: (checkpoint: RunCheckpoint) => void | Promise<void>;
  onProgress?: (progress: VerifyProgress) => void;
  signal?: AbortSignal;
}

export interface VerifyProgress {
  stage: "replaying" | "scoring";
  /** Fraction of the stage done, 0..1. */
  fraction: number;
  /** Steps replayed so far. */
  step: number;
}

export interface Replayed {
  /** Leaves recomputed, the first that differs included. */
  leaves: readonly string[];
  checkpoint: RunCheckpoint | undefined;
  /** Step at which training stopped being finite, or null. */
  divergedAt: number | null;
}

/** The segment, when it ends before the run does. */
export function endsBefore({ leaves }: Chain, segment: Segment | undefined): Segment | null {
  return segment !== undefined && segment.to < leaves.length - 1 ? segment : null;
}

/** Trains until a leaf differs, the run ends or the segment does. */
export async function replayUntilDifference(
  { recipe, hash, chain }: Claim,
  inputs: RunInputs,
  options: ReplayOptions,
): Promise<Replayed> {
  const { engine, resume, segment, signal, onProgress, onCheckpoint } = options;
  let checkpoint = resume;
  if (resume?.leaves.some((leaf, i) => leaf !== chain.leaves[i])) {
    return { leaves: resume.leaves, checkpoint, divergedAt: null };
  }
  const run = runCheckpoints({
    recipe,
    recipeHash: hash,
    engine,
    ...inputs,
    resume,
    signal,
    toLeaf: segment?.to,
    onStep: ({ step }) => onProgress?.({ stage: "replaying", fraction: step / recipe.steps, step }),
  });
  try {
    for await (checkpoint of run) {
      const last = checkpoint.leaves.length - 1;
      if (checkpoint.leaves[last] !== chain.leaves[last]) break;
      await onCheckpoint?.(checkpoint);
    }
  } catch (error) {
    if (!(error instanceof DivergedError)) throw error;
    return { leaves: checkpoint?.leaves ?? [], checkpoint, divergedAt: error.step };
  }
  return { leaves: checkpoint!.leaves, checkpoint, divergedAt: null };
}
