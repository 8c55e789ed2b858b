import assert from "node:assert/strict";
import { afterAll, describe, it } from "@std/testing/bdd";
import { ValidationError } from "../../lib/errors.ts";
import type { Engine, TrainerOptions } from "../../lib/engine/engine.ts";
import { instantiateEngine } from "../../lib/engine/instantiate.ts";
import { type ModelConfig, tensorSpecs } from "../../lib/format/config.ts";
import { spawnComputeThread } from "../../workers/spawn_thread.ts";
import { loss64 } from "../oracle/float64_model.ts";
import { generate, nextLogits, scoreSequence } from "../oracle/generate.ts";
import { initialState, lossAndGradients, trainStep } from "../oracle/trainer.ts";
import { engineBinary } from "../support/engine.ts";
import { MODERN, variant, VARIANTS } from "./architectures.ts";
import { assertSame64, assertSameBits, ids } from "./numbers.ts";
import { batchOf, loudWeights, OPTIMIZER } from "./runs.ts";

const binary = await engineBinary();
/** Engines of 1, 2 and 3 threads. */
const engines: Engine[] = [];
for (const threads of [1, 2, 3]) {
  engines.push(await instantiateEngine(binary, { threads, spawn: spawnComputeThread }));
}
const [alone] = engines;

function endAll(): void {
  for (const engine of engines) engine.close();
}

function run(config: ModelConfig, batchSize: number, steps = 2): TrainerOptions {
  return { config, optimizer: OPTIMIZER, batchSize, steps, seed: 77 };
}

describe("a model of any architecture", () => {
  afterAll(endAll);

  for (const [name, shape] of VARIANTS) {
    it(`trains to the oracle's bits on 1, 2 and 3 threads: ${name}`, async () => {
      const options = run(shape, 3), state = initialState(options);
      const trainers = await Promise.all(engines.map((engine) => engine.createTrainer(options)));
      for (const trainer of trainers) {
        assertSameBits(trainer.state().weights, state.weights, "initial weights");
      }
      for (let i = 0; i < options.steps; i++) {
        const batch = batchOf(options, i), want = trainStep(options, state, batch);
        for (const trainer of trainers) {
          const got = await trainer.trainStep(batch);
          assertSame64(got.lossNats, want.lossNats, "loss");
          assertSame64(got.gradNorm, want.gradNorm, "gradient norm");
          const { weights, m, v } = trainer.state();
          assertSameBits(weights, state.weights, "weights");
          assertSameBits(m, state.m, "m");
          assertSameBits(v, state.v, "v");
        }
      }
      for (const trainer of trainers) trainer.close();
    });

    it(`has the gradient of the float64 loss: ${name}`, () => {
      const options = run(shape, 2), batch = batchOf(options, 0);
      const weights = loudWeights(shape, 31);
      const { grads, lossNats } = lossAndGradients(options, weights, batch);
      const exact = Float64Array.from(weights);
      const lossAt = (index: number, value: number) => {
        const moved = exact.slice();
        moved[index] = value;
        return loss64(shape, moved, batch.tokens, batch.targets);
      };
      const loss = lossAt(0, exact[0]);
      assert.ok(Math.abs(lossNats - loss) < 1e-6 * loss, `${lossNats} and ${loss}`);
      const scale = Math.sqrt(grads.reduce((sum, g) => sum + g * g, 0));
      for (const { name, offset, size } of tensorSpecs(shape)) {
        for (const index of [offset + (size >> 2), offset + size - 1]) {
          const h = 2 ** -16;
          const slope = (lossAt(index, exact[index] + h) - lossAt(index, exact[index] - h)) /
            (2 * h);
          const error = Math.abs(slope - grads[index]);
          assert.ok(error < 1e-6 * scale, `${name}: ${slope} and ${grads[index]} of ${scale}`);
        }
      }
    });

    it(`scores and continues texts as the oracle does, from a cache: ${name}`, async () => {
      const weights = loudWeights(shape, 3), { ctx, vocabSize } = shape;
      const text = (length: number, seed: number) => [...ids(length, seed, vocabSize)];
      const texts = [2, 3, ctx, ctx + 1].map((length) => text(length, length));
      // The last one runs past the context: the window slides.
      const prompts = [1, 3, ctx - 1].map((n) => text(n, 60 + n));
      const sampling = { temperature: 0.9, seed: 6 };
      for (const engine of engines.slice(0, 2)) {
        const model = await engine.loadModel(shape, weights);
        const scores = await model.scoreSequences(texts);
        texts.forEach((tokens, i) => {
          assertSameBits(scores[i], scoreSequence(shape, weights, tokens), `text ${i}`);
        });
        assertSameBits(
          await model.nextLogits(texts[2]),
          nextLogits(shape, weights, texts[2]),
          "logits",
        );
        const written = await model.generate(prompts, { ...sampling, maxTokens: 4 });
        prompts.forEach((prompt, row) => {
          assert.deepEqual(written[row], generate(shape, weights, prompt, 4, sampling, row));
        });
        const [second] = await model.generate([prompts[0]], { ...sampling, maxTokens: 4 });
        assert.deepEqual(second, written[0]);
        model.close();
      }
    });
  }

  it("goes on from a state of its run as if never interrupted", async () => {
    const options = run(variant([2, 16, 4, 9, 20, 16], { ...MODERN, kvHeads: 2 }), 2, 4);
    const straight = await alone.createTrainer(options);
    const first = await alone.createTrainer(options);
    const second = await engines[1].createTrainer({ ...options, seed: 1 });
    for (let i = 0; i < 2; i++) await first.trainStep(batchOf(options, i));
    second.restore(first.state());
    for (let i = 2; i < 4; i++) await second.trainStep(batchOf(options, i));
    for (let i = 0; i < 4; i++) await straight.trainStep(batchOf(options, i));
    assert.deepEqual(second.state(), straight.state());
    for (const trainer of [straight, first, second]) trainer.close();
  });

  // Heads of 32 columns, and large enough that a single row is shared by threads.
  for (const [heads, kvHeads] of [[8, 4], [4, 2], [8, 1]]) {
    it(`continues a text alike on any number of threads, ${heads} heads on ${kvHeads}`, async () => {
      const shape = variant([2, 32 * heads, heads, 24, 1024, 256], { ...MODERN, kvHeads });
      const weights = loudWeights(shape, 5);
      const prompts = [[1, 2, 3], [4], [5, 6]];
      const results = [];
      for (const engine of engines) {
        const model = await engine.loadModel(shape, weights);
        const written = await model.generate(prompts, { temperature: 1, seed: 4, maxTokens: 5 });
        const [one] = await model.generate(prompts, { temperature: 1, seed: 4, maxTokens: 5 });
        const logits = await model.nextLogits([1, 2]);
        results.push({ written, one, logits });
        model.close();
      }
      for (const other of results.slice(1)) assert.deepEqual(other, results[0]);
    });
  }

  it("is refused when its block is not in its one form", async () => {
    const shape = variant([1, 8, 2, 4, 16, 12], {});
    await assert.rejects(
      alone.createTrainer(run(shape, 2)),
      (error) => error instanceof ValidationError && error.path === "model.arch",
    );
    const uneven = variant([1, 16, 4, 4, 16, 12], { kvHeads: 3 });
    await assert.rejects(
      alone.loadModel(uneven, loudWeights(uneven, 1)),
      (error) => error instanceof ValidationError && error.path === "model.arch.kvHeads",
    );
  });
});
