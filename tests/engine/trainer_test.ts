import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import type { Batch, Trainer, TrainerOptions } from "../../lib/engine/engine.ts";
import { DivergedError, ValidationError } from "../../lib/errors.ts";
import { tensorSpecs } from "../../lib/format/config.ts";
import { initialState, lossAndGradients, trainStep } from "../oracle/trainer.ts";
import { testEngine } from "../support/engine.ts";
import { assertSame64, assertSameBits } from "./numbers.ts";
import { MODERN, variant } from "./architectures.ts";
import { batchOf, loudWeights, OPTIMIZER, run } from "./runs.ts";

const engine = await testEngine();

// layers, dModel, heads, ctx, dMlp, vocabSize; batch
const RUNS: [string, TrainerOptions][] = [
  ["one position of one token", run([1, 4, 1, 1, 4, 4], 1)],
  ["odd lengths everywhere", run([2, 24, 3, 19, 44, 36], 3)],
  ["one head, a narrow MLP", run([1, 16, 1, 5, 8, 20], 2)],
  ["more than a pass of rows", run([1, 8, 2, 65, 12, 12], 4, { steps: 2 })],
  ["a vocabulary of bytes", run([1, 12, 3, 16, 48, 256], 2)],
  [
    "a linear schedule without clipping",
    run([2, 8, 2, 17, 20, 28], 2, {
      seed: 2 ** 40 + 3,
      optimizer: {
        ...OPTIMIZER,
        gradClip: 0,
        weightDecay: 0,
        schedule: { name: "linear", warmupSteps: 0, minLearningRate: 0 },
      },
    }),
  ],
  [
    "z-loss and a decay of all weights",
    run([1, 16, 2, 7, 24, 20], 3, {
      optimizer: { ...OPTIMIZER, zLoss: 0.01, weightDecayMask: "all" },
    }),
  ],
  [
    "a wsd schedule, no decay of the embeddings",
    run([2, 8, 2, 5, 20, 16], 2, {
      steps: 5,
      optimizer: {
        ...OPTIMIZER,
        weightDecayMask: "no-embeddings",
        schedule: { name: "wsd", warmupSteps: 1, decaySteps: 2, minLearningRate: 0 },
      },
    }),
  ],
  [
    "gradients of three micro-batches",
    run([2, 12, 3, 7, 20, 16], 2, { accumulationSteps: 3, steps: 4 }),
  ],
  [
    "Muon on square, wide and tall matrices",
    run([2, 16, 2, 7, 24, 20], 2, {
      steps: 4,
      optimizer: { ...OPTIMIZER, muon: { learningRate: 0.02, momentum: 0.95 } },
    }),
  ],
  [
    "Muon on matrices of several blocks of the norm, unclipped",
    run([1, 48, 3, 5, 100, 12], 1, {
      steps: 2,
      optimizer: {
        ...OPTIMIZER,
        gradClip: 0,
        weightDecayMask: "no-embeddings",
        muon: { learningRate: 0.1, momentum: 0 },
      },
    }),
  ],
];

async function steps(trainer: Trainer, options: TrainerOptions, from: number, to: number) {
  const results = [];
  for (let i = from; i < to; i++) results.push(await trainer.trainStep(batchOf(options, i)));
  return results;
}

function assertSameState(
  got: ReturnType<Trainer["state"]>,
  want: ReturnType<Trainer["state"]>,
  what: string,
): void {
  assert.equal(got.step, want.step);
  assertSameBits(got.weights, want.weights, `${what}: weights`);
  assertSameBits(got.m, want.m, `${what}: m`);
  assertSameBits(got.v, want.v, `${what}: v`);
}

describe("a training run", () => {
  for (const [name, options] of RUNS) {
    it(`equals the oracle's in every bit: ${name}`, async () => {
      const trainer = await engine.createTrainer(options);
      const state = initialState(options);
      assertSameState(trainer.state(), state, "before the first step");
      for (let i = 0; i < options.steps; i++) {
        const batch = batchOf(options, i);
        const want = trainStep(options, state, batch);
        const got = await trainer.trainStep(batch);
        assertSame64(got.lossNats, want.lossNats, "loss");
        assertSame64(got.gradNorm, want.gradNorm, "gradient norm");
        assertSame64(got.learningRate, want.learningRate, "learning rate");
        assertSameState(trainer.state(), state, `after step ${i + 1}`);
      }
      trainer.close();
    });
  }

  it("does not show in how many micro-batches its steps were computed", async () => {
    const shape = [2, 24, 3, 19, 44, 36];
    const trained = async (batchSize: number, accumulationSteps?: number) => {
      const options = run(shape, batchSize, {
        accumulationSteps,
        optimizer: { ...OPTIMIZER, zLoss: 0.01 },
      });
      const trainer = await engine.createTrainer(options);
      const told = await steps(trainer, options, 0, options.steps);
      const loss = await trainer.evaluate(batchOf(run(shape, 7), 9));
      const state = trainer.state();
      trainer.close();
      return { told, loss, state };
    };
    const whole = await trained(8);
    for (const [batchSize, accumulationSteps] of [[4, 2], [2, 4], [1, 8]]) {
      const parts = await trained(batchSize, accumulationSteps);
      assert.deepEqual(parts.told, whole.told);
      assertSame64(parts.loss, whole.loss, "loss of other rows");
      assertSameState(parts.state, whole.state, `${accumulationSteps} of ${batchSize}`);
    }
  });

  it("does not show micro-batches in other architectures and with Muon either", async () => {
    const trained = async (batchSize: number, accumulationSteps?: number) => {
      const model = variant([2, 16, 4, 9, 12, 20], { ...MODERN, kvHeads: 2 });
      const options = {
        ...run([2, 16, 4, 9, 12, 20], batchSize, { accumulationSteps }),
        config: model,
        optimizer: { ...OPTIMIZER, muon },
      };
      const trainer = await engine.createTrainer(options);
      await steps(trainer, options, 0, options.steps);
      const state = trainer.state();
      trainer.close();
      return state;
    };
    const whole = await trained(4);
    assertSameState(await trained(2, 2), whole, "2 of 2");
    assertSameState(await trained(1, 4), whole, "4 of 1");
  });

  const muon = { learningRate: 0.02, momentum: 0.95 };
  const restored: [string, TrainerOptions][] = [
    ["its states", run([2, 16, 2, 11, 32, 24], 2, { steps: 6 })],
    [
      "its states, with Muon and micro-batches",
      run([1, 16, 2, 5, 20, 24], 1, {
        steps: 6,
        accumulationSteps: 2,
        optimizer: { ...OPTIMIZER, muon },
      }),
    ],
  ];
  for (const [name, options] of restored) {
    it(`equals itself when it is restored from any of ${name}`, () => restoredEqually(options));
  }

  async function restoredEqually(options: TrainerOptions): Promise<void> {
    const straight = await engine.createTrainer(options);
    await steps(straight, options, 0, 6);
    for (const cut of [0, 1, 4, 5]) {
      const first = await engine.createTrainer(options);
      const before = await steps(first, options, 0, cut);
      // Another seed: nothing of the second trainer's own start may show.
      const second = await engine.createTrainer({ ...options, seed: 1 });
      await steps(second, options, 0, 2);
      second.restore(first.state());
      assert.equal(second.step, before.length);
      await steps(second, options, cut, 6);
      assertSameState(second.state(), straight.state(), `cut at ${cut}`);
    }
  }

  it("is not disturbed by evaluating between steps", async () => {
    const options = run([1, 16, 2, 9, 32, 24], 2);
    const plain = await engine.createTrainer(options);
    const watched = await engine.createTrainer(options);
    for (let i = 0; i < 3; i++) {
      const loss = await watched.evaluate(batchOf(options, i));
      await watched.evaluate(batchOf(options, 50 + i));
      const stepped = await watched.trainStep(batchOf(options, i));
      assertSame64(loss, stepped.lossNats, "loss of the same batch");
    }
    await steps(plain, options, 0, 3);
    assertSameState(watched.state(), plain.state(), "after evaluation");
  });

  it("gives a copy of its state, and takes one", async () => {
    const options = run([1, 8, 2, 4, 16, 12], 1);
    const trainer = await engine.createTrainer(options);
    const state = trainer.state();
    const kept = structuredClone(state);
    await steps(trainer, options, 0, 1);
    assertSameState(state, kept, "a state handed out");
    trainer.restore(state);
    state.weights.fill(0);
    assertSameState(trainer.state(), kept, "a state handed in");
  });

  it("learns: the loss of one batch falls", async () => {
    const options = run([1, 16, 2, 8, 32, 16], 2, { steps: 60 });
    const trainer = await engine.createTrainer(options);
    const batch = batchOf(options, 0);
    const first = await trainer.trainStep(batch);
    let last = first;
    for (let i = 1; i < 60; i++) last = await trainer.trainStep(batch);
    assert.ok(first.lossNats > 2.5 && last.lossNats < 0.2, `${first.lossNats} → ${last.lossNats}`);
  });
});

describe("the gradient", () => {
  it("agrees with finite differences of the loss in every tensor", async () => {
    const options = run([2, 8, 2, 6, 12, 16], 2);
    const trainer = await engine.createTrainer(options);
    const batch = batchOf(options, 0);
    const weights = loudWeights(options.config, 31);
    const { grads } = lossAndGradients(options, weights, batch);
    const lossAt = async (index: number, change: number) => {
      const { step, m, v } = trainer.state();
      const moved = weights.slice();
      moved[index] += change;
      trainer.restore({ step, m, v, weights: moved });
      return { loss: await trainer.evaluate(batch), at: moved[index] };
    };
    for (const { name, offset, size } of tensorSpecs(options.config)) {
      for (const index of [offset, offset + (size >> 1), offset + size - 1]) {
        const up = await lossAt(index, 2 ** -7), down = await lossAt(index, -(2 ** -7));
        const slope = (up.loss - down.loss) / (up.at - down.at);
        const error = Math.abs(slope - grads[index]);
        assert.ok(error < 2e-3 + 0.02 * Math.abs(slope), `${name}: ${slope} and ${grads[index]}`);
      }
    }
  });
});

describe("a run that diverges", () => {
  it("ends with the step's number and leaves the state as it was", async () => {
    const options = run([1, 8, 2, 4, 16, 12], 2);
    const trainer = await engine.createTrainer(options);
    await steps(trainer, options, 0, 2);
    const state = trainer.state();
    state.weights.fill(1e30);
    trainer.restore(state);
    await assert.rejects(
      trainer.trainStep(batchOf(options, 2)),
      (error) => error instanceof DivergedError && error.step === 3,
    );
    assert.equal(trainer.step, 2);
    assertSameState(trainer.state(), state, "after divergence");
  });

  it("hands out no state with a value that is not finite", async () => {
    const trainer = await engine.createTrainer(run([1, 8, 2, 4, 16, 12], 2));
    const state = trainer.state();
    state.v[5] = Infinity;
    trainer.restore(state);
    assert.throws(() => trainer.state(), DivergedError);
  });
});

describe("what cannot be computed is refused", () => {
  const good = run([1, 8, 2, 4, 16, 12], 2);

  it("a shape whose rows are not whole vectors", async () => {
    const shapes: [number[], string][] = [
      [[1, 12, 2, 4, 16, 12], "dModel / heads"],
      [[1, 8, 3, 4, 16, 12], "dModel / heads"],
      [[1, 8, 2, 4, 18, 12], "dMlp"],
      [[1, 8, 2, 4, 16, 65], "vocabSize"],
      [[0, 8, 2, 4, 16, 12], "layers"],
      [[1, 8, 2, 1.5, 16, 12], "ctx"],
      [[1, 8, 2, NaN, 16, 12], "ctx"],
    ];
    for (const [shape, field] of shapes) {
      await assert.rejects(
        engine.createTrainer(run(shape, 2)),
        (error) => error instanceof ValidationError && error.path === `model.${field}`,
        String(shape),
      );
    }
  });

  it("ids outside the vocabulary, a batch of the wrong size, nothing to score", async () => {
    const trainer = await engine.createTrainer(good);
    const batch = batchOf(good, 0);
    const withToken = (id: number) => batch.tokens.map((token, r) => r === 3 ? id : token);
    const bad: Batch[] = [
      { ...batch, tokens: withToken(12) },
      { ...batch, tokens: withToken(-1) },
      { ...batch, targets: batch.targets.map(() => 12) },
      { ...batch, targets: batch.targets.map(() => -1) },
      { ...batch, tokens: batch.tokens.subarray(1) },
      { ...batch, targets: new Int32Array(9) },
      { tokens: batch.tokens.subarray(2), targets: batch.targets.subarray(2) },
    ];
    const before = trainer.state();
    for (const refused of bad) {
      await assert.rejects(trainer.trainStep(refused), ValidationError);
      await assert.rejects(trainer.evaluate(refused), ValidationError);
    }
    assertSameState(trainer.state(), before, "after refusals");
  });

  it("a state of another shape", async () => {
    const trainer = await engine.createTrainer(good);
    const state = trainer.state();
    for (const part of ["weights", "m", "v"] as const) {
      assert.throws(
        () => trainer.restore({ ...state, [part]: state[part].slice(1) }),
        ValidationError,
      );
    }
  });
});
