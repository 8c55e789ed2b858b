// What a run costs, computed from its recipe and never typed in. The formula is in docs/flops.md.

import { devRows } from "../corpora/dev_set.ts";
import { byMuon } from "../engine/parameters.ts";
import { trainingBytes } from "../engine/workspace.ts";
import { architectureOf } from "../format/architecture.ts";
import { keyValueWidth, type ModelConfig, tensorSpecs } from "../format/config.ts";
import { endStep } from "./early_stop.ts";
import { type Recipe, rowsPerStep, trainerOptions } from "./recipe.ts";

/** What one replay may take. */
export interface ReplayLimits {
  flops: number;
  /** Engine memory: WebAssembly addresses 4 GiB. */
  memoryBytes: number;
}

/** Of a board whose operator has set none. */
export const DEFAULT_REPLAY_LIMITS: ReplayLimits = { flops: 2e15, memoryBytes: 2 * 2 ** 30 };

/** The part of a recipe that its cost follows from. */
type Costed = Pick<Recipe, "steps" | "batchSize" | "accumulationSteps" | "model"> & {
  optimizer?: Pick<Recipe["optimizer"], "muon">;
  earlyStop?: Recipe["earlyStop"];
};

/** Positions trained on: steps × rows of a step × ctx, padding of generated rows included. */
export function trainingTokens(recipe: Costed): number {
  return recipe.steps * rowsPerStep(recipe) * recipe.model.ctx;
}

/**
 * Floating-point operations of all matrix products of the run, a multiply-add counted as 2: forward
 * once, backward twice, Muon's with each step, evaluations of a dev set forward only. Attention
 * counts the causal half; norms, softmax, activations, rotary positions and AdamW are left out.
 */
export function trainingFlops(recipe: Costed): number {
  const { layers, dModel: C, dMlp: F, ctx: T, vocabSize: V } = recipe.model;
  const mlpMatrices = architectureOf(recipe.model).mlp === "swiglu" ? 3 : 2;
  const projections = 2 * (2 * C * C + 2 * C * keyValueWidth(recipe.model) + mlpMatrices * C * F);
  const head = 2 * C * V;
  // Row t meets keys 0..t, once for the scores and once for the values: Σ 4·C·(t + 1).
  const attention = 2 * C * T * (T + 1);
  const forwardPerRow = T * (layers * projections + head) + layers * attention;
  const muon = recipe.optimizer?.muon ? muonFlops(recipe.model) : 0;
  const evaluations = recipe.earlyStop
    ? Math.floor(recipe.steps / recipe.earlyStop.interval) * devRows(recipe.earlyStop.dev, T)
    : 0;
  return (3 * forwardPerRow * rowsPerStep(recipe) + muon) * recipe.steps +
    forwardPerRow * evaluations;
}

/** The recipe as far as a run of it came that says it ended at `step`: its dev set may end it early. */
export function trainedPart(recipe: Recipe, step: number): Recipe {
  return { ...recipe, steps: endStep(recipe, step) };
}

/** One step's Newton–Schulz products: five times X·Xᵀ, the square of that, and a product with X. */
function muonFlops(model: ModelConfig): number {
  return muonSides(model).reduce(
    (sum, [side, long]) => sum + 5 * (4 * side * side * long + 2 * side ** 3),
    0,
  );
}

/** [smaller, longer] side of every matrix Muon takes. */
function muonSides(model: ModelConfig): [side: number, long: number][] {
  return tensorSpecs(model).filter(byMuon).map(({ shape: [rows, columns] }) => [
    Math.min(rows, columns),
    Math.max(rows, columns),
  ]);
}

export interface ReplayBudget {
  flops: number;
  tokens: number;
  /** WebAssembly memory of one thread: state, gradients and the activations of one batch. */
  memoryBytes: number;
}

/** Whether so much is not attempted. */
export function isOver(
  { flops, memoryBytes }: Pick<ReplayBudget, "flops" | "memoryBytes">,
  limits: ReplayLimits,
): boolean {
  return flops > limits.flops || memoryBytes > limits.memoryBytes;
}

/** What a full replay of the recipe needs. */
export function replayBudget(recipe: Recipe): ReplayBudget {
  return {
    flops: trainingFlops(recipe),
    tokens: trainingTokens(recipe),
    memoryBytes: trainingBytes(trainerOptions(recipe)),
  };
}
