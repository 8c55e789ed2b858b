// A recipe small enough to train in a test.

import { CORPORA } from "../../lib/corpora/registry.ts";
import type { Recipe } from "../../lib/verification/recipe.ts";

export function exampleRecipe(change: Partial<Recipe> = {}): Recipe {
  return {
    spec: "exact/1",
    engine: "ab".repeat(32),
    model: { layers: 1, dModel: 8, heads: 2, ctx: 48, dMlp: 16, vocabSize: 256 },
    tokenizer: "bytes",
    data: [
      { corpus: "tinyshakespeare", sha256: CORPORA[1].sha256, weight: 1 },
      { generator: "sort-6", version: 1, params: {}, weight: 2 },
    ],
    optimizer: {
      learningRate: 0.001,
      beta1: 0.9,
      beta2: 0.95,
      epsilon: 1e-8,
      weightDecay: 0.1,
      gradClip: 1,
      schedule: { name: "cosine", warmupSteps: 2, minLearningRate: 0.0001 },
    },
    batchSize: 2,
    steps: 10,
    seed: 42,
    checkpointInterval: 4,
    author: "Ada",
    ...change,
  };
}

/** Reads a path below data/. */
export function readData(file: string): Promise<Uint8Array> {
  return Deno.readFile(new URL(`../../data/${file}`, import.meta.url).pathname);
}
