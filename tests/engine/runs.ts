// Tiny training runs: shapes chosen for their awkward sizes, batches for their unscored targets.

import type { Batch, OptimizerConfig, TrainerOptions } from "../../lib/engine/engine.ts";
import type { ModelConfig } from "../../lib/format/config.ts";
import { parameterCount } from "../../lib/format/config.ts";
import { ids, noise } from "./numbers.ts";

export const OPTIMIZER: OptimizerConfig = {
  learningRate: 0.01,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.1,
  gradClip: 1,
  schedule: { name: "cosine", warmupSteps: 1, minLearningRate: 0.001 },
};

export function config(
  [layers, dModel, heads, ctx, dMlp, vocabSize]: readonly number[],
): ModelConfig {
  return { layers, dModel, heads, ctx, dMlp, vocabSize };
}

export function run(
  shape: readonly number[],
  batchSize: number,
  change: Partial<TrainerOptions> = {},
): TrainerOptions {
  return { config: config(shape), optimizer: OPTIMIZER, batchSize, steps: 3, seed: 77, ...change };
}

/** Batch number `step`; every seventh target is not scored. */
export function batchOf(options: TrainerOptions, step: number): Batch {
  const { config, batchSize, accumulationSteps = 1 } = options;
  const rows = batchSize * accumulationSteps * config.ctx;
  const targets = ids(rows, 500 + step, config.vocabSize);
  return {
    tokens: ids(rows, 100 + step, config.vocabSize),
    targets: rows < 7 ? targets : targets.map((target, r) => r % 7 === 6 ? -1 : target),
  };
}

/** Weights large enough that a model has opinions. */
export function loudWeights(config: ModelConfig, seed: number): Float32Array<ArrayBuffer> {
  return noise(parameterCount(config), seed, 3).map((value) => value * 0.25);
}
