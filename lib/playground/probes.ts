// The shapes a machine is measured by: as wide as models people train here.

import { trainingFlops } from "../verification/cost.ts";
import { type Recipe, trainerOptions } from "../verification/recipe.ts";
import type { Probe } from "./speed.ts";

const OPTIMIZER: Recipe["optimizer"] = {
  ...{ learningRate: 0.001, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0, gradClip: 1 },
  schedule: { name: "constant", warmupSteps: 0, minLearningRate: 0 },
  muon: { learningRate: 0.02, momentum: 0.95 },
};

/** Widths ascending. */
export function probes(): Probe[] {
  return [
    probe({ layers: 2, dModel: 16, heads: 2, ctx: 32, dMlp: 32, vocabSize: 256 }, 32),
    probe({ layers: 2, dModel: 64, heads: 4, ctx: 128, dMlp: 176, vocabSize: 512 }, 4),
    probe({ layers: 1, dModel: 256, heads: 4, ctx: 128, dMlp: 688, vocabSize: 1024 }, 2),
  ];
}

function probe(model: Recipe["model"], batchSize: number): Probe {
  const recipe = { model, batchSize, steps: 1, seed: 1, optimizer: OPTIMIZER };
  return {
    width: model.dModel,
    options: trainerOptions(recipe as Recipe),
    flops: trainingFlops(recipe),
    tokens: batchSize * model.ctx,
  };
}
