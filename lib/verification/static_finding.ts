// What can be told of a claim without training: whether it can be replayed, and what is wrong with
// it already. Knows no file and no engine but their descriptions.

import type { Engine } from "../engine/engine.ts";
import type { TinygptFile } from "../format/read.ts";
import { leafSteps } from "./chain.ts";
import { configDifference, firstScheduleDifference } from "./compare.ts";
import { DEFAULT_REPLAY_LIMITS, replayBudget } from "./cost.ts";
import { endStep } from "./early_stop.ts";
import { missingInputs, type Recipe } from "./recipe.ts";
import type { Claim } from "./replay_claim.ts";
import { missingEngine } from "./replay_engine.ts";
import type { Chain, Segment, Verdict, VerificationResult } from "./types.ts";

/** What a check found, laid over a result in which nothing was found yet. */
export type Finding = Partial<VerificationResult> & { verdict: Verdict; reasons: string[] };

/** What `staticFinding` looks at. */
export interface StaticFacts {
  file: Pick<TinygptFile, "config">;
  engine: Pick<Engine, "digest">;
  /** Why `engine` is not the one the recipe names although that was to be had; null where it is. */
  instead?: string | null;
  /** Ids of the uploaded corpora whose texts are at hand. */
  uploads?: ReadonlySet<string>;
  /** Larger replays are not attempted. */
  budgetFlops?: number;
  budgetBytes?: number;
  /** Only this part of the run. */
  segment?: Segment;
}

/** The engine that a recipe names, and the one at hand. */
export function enginesOf(
  { recipe }: Pick<Claim, "recipe">,
  { engine, instead = null }: StaticFacts,
) {
  return { declared: recipe.engine, used: engine.digest, instead };
}

/** What can be told without training: the verdict a replay would end with, or null. */
export function staticFinding(
  { recipe, chain }: Pick<Claim, "recipe" | "chain">,
  options: StaticFacts,
): Finding | null {
  const { file } = options;
  const config = configDifference(file.config, recipe.model);
  if (config !== null) return mismatch(0, `The model's shape differs: ${config}.`);
  const steps = endStep(recipe, chain.leafSteps.at(-1)!);
  const step = firstScheduleDifference(chain.leafSteps, leafSteps({ ...recipe, steps }));
  if (step !== null || chain.leaves.length !== chain.leafSteps.length) {
    return mismatch(step ?? recipe.steps, "The checkpoints are not those the recipe asks for.");
  }
  if (chain.interval !== recipe.checkpointInterval) {
    return mismatch(0, "The chain states another checkpoint interval than the recipe.");
  }
  const reasons = missingInputs(recipe, options.uploads);
  const engine = missingEngine(enginesOf({ recipe }, options));
  if (engine !== null) reasons.push(engine);
  reasons.push(...overBudget(recipe, chain, options));
  return reasons.length > 0 ? { verdict: "not-reproducible", reasons } : null;
}

/** Of the segment alone, where there is one. */
function overBudget(recipe: Recipe, { leafSteps }: Chain, options: StaticFacts): string[] {
  const { segment } = options;
  const { budgetFlops = DEFAULT_REPLAY_LIMITS.flops } = options;
  const { budgetBytes = DEFAULT_REPLAY_LIMITS.memoryBytes } = options;
  const steps = segment ? leafSteps[segment.to] - leafSteps[segment.from] : recipe.steps;
  const { flops, memoryBytes } = replayBudget({ ...recipe, steps });
  const reasons: string[] = [];
  if (flops > budgetFlops) {
    reasons.push(`a replay takes ${flops} floating-point operations, the budget is ${budgetFlops}`);
  }
  if (memoryBytes > budgetBytes) {
    reasons.push(
      `a replay takes about ${memoryBytes} bytes of memory, the budget is ${budgetBytes}`,
    );
  }
  return reasons;
}

/** A difference that is there at this step. */
export function mismatch(step: number, reason: string): Finding {
  return { verdict: "mismatch", firstDivergentStep: step, reasons: [reason] };
}
