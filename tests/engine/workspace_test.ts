import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { BudgetError } from "../../lib/errors.ts";
import type { TrainerOptions } from "../../lib/engine/engine.ts";
import { Arena } from "../../lib/engine/kernels.ts";
import { layOut, trainingBytes } from "../../lib/engine/workspace.ts";
import { engineBinary, testEngine } from "../support/engine.ts";

function options(ctx: number, layers: number, dModel: number, batchSize: number): TrainerOptions {
  const schedule = { name: "constant" as const, warmupSteps: 0, minLearningRate: 0 };
  const adam = { learningRate: 1e-3, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1 };
  const heads = dModel / 32, dMlp = 4 * dModel;
  return {
    config: { ctx, layers, dModel, heads, dMlp, vocabSize: 256 },
    optimizer: { ...adam, gradClip: 1, schedule },
    batchSize,
    steps: 1,
    seed: 1,
  };
}

describe("the memory of a training run", () => {
  it("is what was said before", async () => {
    const module = await WebAssembly.compile(await engineBinary());
    for (const threads of [1, 3]) {
      const run = options(24, 2, 64, 3);
      const arena = new Arena(module, trainingBytes(run, threads));
      layOut((count) => arena.alloc4(count), run, threads);
      assert.equal(arena.byteLength, trainingBytes(run, threads));
    }
  });

  it("is under 1 GB for 9.6 million weights on two threads", () => {
    assert.ok(trainingBytes(options(256, 12, 256, 16), 2) < 1e9);
  });

  it("is refused beyond 4 GiB, with what to change", async () => {
    const engine = await testEngine();
    const tooLarge = options(1024, 24, 1024, 64);
    await assert.rejects(engine.createTrainer(tooLarge), (error: unknown) => {
      assert.ok(error instanceof BudgetError);
      assert.equal(error.problem.expected, "at most 4294967296 bytes");
      assert.equal(error.problem.got, `${trainingBytes(tooLarge)} bytes`);
      assert.match(error.problem.fix ?? "", /batchSize/);
      return true;
    });
  });
});
