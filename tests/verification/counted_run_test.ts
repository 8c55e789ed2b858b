// The formula of docs/flops.md against what the engine is really asked to multiply.

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createBatcher } from "../../lib/corpora/batch.ts";
import { instantiateEngine } from "../../lib/engine/instantiate.ts";
import type { Accelerate } from "../../lib/engine/kernels.ts";
import { BYTE_TOKENIZER } from "../../lib/tokenizers/tokenizer.ts";
import { trainingFlops } from "../../lib/verification/cost.ts";
import { type Recipe, rowsPerStep, trainerOptions } from "../../lib/verification/recipe.ts";
import { engineBinary } from "../support/engine.ts";
import { exampleRecipe } from "./example.ts";

/** Kernels that add up the multiply-adds they are asked for, 2 operations each. */
function counting(count: { flops: number }): Accelerate {
  return (_memory, kernels) => ({
    ...kernels,
    gemm(...args) {
      const [m, n, k] = args.slice(8, 11) as number[];
      count.flops += 2 * m * n * k;
      kernels.gemm(...args);
    },
    gemmPacked(...args) {
      const [m, n, k] = args.slice(5, 8) as number[];
      count.flops += 2 * m * n * k;
      kernels.gemmPacked(...args);
    },
    attention(...args) {
      const [T, , , hd, h0, h1] = args.slice(4, 10) as number[];
      count.flops += (h1 - h0) * causalProduct(T, hd) * 2;
      kernels.attention(...args);
    },
    attentionBackward(...args) {
      const [T, , , hd, h0, h1] = args.slice(7, 13) as number[];
      count.flops += (h1 - h0) * causalProduct(T, hd) * 4;
      kernels.attentionBackward(...args);
    },
  });
}

/** One product over the causal half: scores, or values by their shares. Backward has four. */
function causalProduct(T: number, hd: number): number {
  return T * (T + 1) / 2 * 2 * hd;
}

async function counted(recipe: Recipe): Promise<number> {
  const count = { flops: 0 };
  const engine = await instantiateEngine(await engineBinary(), { accelerate: counting(count) });
  const trainer = await engine.createTrainer(trainerOptions(recipe));
  const rows = createBatcher({
    ...{ data: recipe.data, sources: new Map(), tokenizer: BYTE_TOKENIZER },
    ...{ ctx: recipe.model.ctx, batchSize: rowsPerStep(recipe), seed: recipe.seed },
  });
  try {
    for (let step = 1; step <= recipe.steps; step++) await trainer.trainStep(rows(step));
  } finally {
    trainer.close();
    engine.close();
  }
  return count.flops;
}

const sorter = exampleRecipe({
  steps: 2,
  data: [{ generator: "sort-6", version: 1, params: {}, weight: 1 }],
});

describe("the FLOPs of a recipe", () => {
  const { model, optimizer } = sorter;
  const recipes: Record<string, Recipe> = {
    "a plain one": sorter,
    "several layers and micro-batches": {
      ...sorter,
      model: { ...model, layers: 3, dModel: 16, dMlp: 40 },
      accumulationSteps: 3,
    },
    "shared heads and SwiGLU": {
      ...sorter,
      model: {
        ...{ ...model, dModel: 16, heads: 4 },
        arch: {
          ...{ norm: "rmsnorm", positions: "rotary", mlp: "swiglu", head: "untied" },
          ...{ biases: false, kvHeads: 2, rotaryBase: 10_000 },
        },
      },
    },
    Muon: { ...sorter, optimizer: { ...optimizer, muon: { learningRate: 0.02, momentum: 0.9 } } },
  };
  for (const [name, recipe] of Object.entries(recipes)) {
    it(`are those that a run of it is counted to take: ${name}`, async () => {
      assert.equal(await counted(recipe), trainingFlops(recipe));
    });
  }
});
