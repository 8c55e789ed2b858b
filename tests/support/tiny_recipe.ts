// A recipe that trains in well under a second: the sort-6 task on seven thousand weights.

import type { Recipe } from "../../lib/verification/recipe.ts";

/** Without an engine: the command line takes the one at hand. */
export type EnginelessRecipe = Omit<Recipe, "engine">;

export function tinyRecipe(change: Partial<EnginelessRecipe> = {}): EnginelessRecipe {
  return {
    spec: "exact/1",
    model: { layers: 1, dModel: 16, heads: 2, ctx: 32, dMlp: 32, vocabSize: 256 },
    tokenizer: "bytes",
    data: [{ generator: "sort-6", version: 1, params: {}, weight: 1 }],
    optimizer: {
      learningRate: 0.003,
      beta1: 0.9,
      beta2: 0.95,
      epsilon: 1e-8,
      weightDecay: 0.1,
      gradClip: 1,
      schedule: { name: "cosine", warmupSteps: 10, minLearningRate: 0.0003 },
    },
    batchSize: 8,
    steps: 60,
    seed: 7,
    checkpointInterval: 10,
    author: "Test",
    ...change,
  };
}
