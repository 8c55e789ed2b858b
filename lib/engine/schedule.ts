// Learning rate of each step, binary64 with exact operations only.

import type { OptimizerConfig } from "./engine.ts";

/**
 * Learning rate of step `step` (1..steps). Warm-up: peak·step/warmupSteps. After it, with
 * p = (step − warmup)/(steps − warmup): cosine min + (peak − min)·(0.5·(1 + cos πp)),
 * linear peak + (min − peak)·p. wsd (Hu et al. 2024, MiniCPM): peak, then linear over the last
 * decaySteps. `cosPi` comes from the engine.
 */
export function learningRateAt(
  step: number,
  steps: number,
  optimizer: OptimizerConfig,
  cosPi: (p: number) => number,
): number {
  const { learningRate: peak, schedule } = optimizer;
  const { warmupSteps, minLearningRate: min } = schedule;
  if (step <= warmupSteps) return peak * step / warmupSteps;
  if (schedule.name === "constant") return peak;
  const flat = schedule.name === "wsd" ? steps - (schedule.decaySteps ?? 0) : warmupSteps;
  if (step <= flat) return peak;
  const p = (step - flat) / Math.max(1, steps - flat);
  if (schedule.name !== "cosine") return peak + (min - peak) * p;
  return min + (peak - min) * (0.5 * (1 + cosPi(p)));
}
