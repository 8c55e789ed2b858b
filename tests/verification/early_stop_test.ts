import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { devSet } from "../../lib/corpora/dev_set.ts";
import { DivergedError, IntegrityError } from "../../lib/errors.ts";
import { readTinygpt } from "../../lib/format/read.ts";
import { BYTE_TOKENIZER } from "../../lib/tokenizers/tokenizer.ts";
import {
  replayBudget,
  trainedPart,
  trainingFlops,
  trainingTokens,
} from "../../lib/verification/cost.ts";
import { endStep, hasEnded, isHistoryAt } from "../../lib/verification/early_stop.ts";
import { loadInputs } from "../../lib/verification/inputs.ts";
import {
  decodeCheckpoint,
  encodeCheckpoint,
  trainedFile,
} from "../../lib/verification/model_file.ts";
import { parseRecipe } from "../../lib/verification/parse_recipe.ts";
import {
  type EarlyStop,
  missingInputs,
  type Recipe,
  recipeHash,
} from "../../lib/verification/recipe.ts";
import { type RunOptions, runRecipe } from "../../lib/verification/replay.ts";
import type { RunCheckpoint } from "../../lib/verification/run_checkpoint.ts";
import { type VerifiableFile, verifyFile } from "../../lib/verification/verify.ts";
import { lossAndGradients } from "../oracle/trainer.ts";
import { testEngine } from "../support/engine.ts";
import { exampleRecipe, readData } from "./example.ts";
import { sumEngine } from "./sum_engine.ts";

const SHAKESPEARE = exampleRecipe().data[0] as { corpus: string; sha256: string };
const TEXT = { corpus: SHAKESPEARE.corpus, sha256: SHAKESPEARE.sha256, bytes: 150 };
const BPE = {
  type: "bpe" as const,
  vocabSize: 260,
  maxEntryBytes: 32,
  trainedOn: { corpus: SHAKESPEARE.corpus, sha256: SHAKESPEARE.sha256 },
  sha256: "00".repeat(32),
};
const EXAMPLES = { generator: "sort-6", version: 1, params: {}, rows: 6 };
const STOP: EarlyStop = { dev: EXAMPLES, interval: 3, patience: 2, minDelta: 0.1 };

/** Falls up to step 6: the run with STOP ends at step 12, in the middle of an interval of 5. */
const lossAt = (step: number) => step <= 6 ? 5 - step / 2 : 2;

const recipeOf = (change: Partial<Recipe> = {}) =>
  exampleRecipe({ steps: 20, checkpointInterval: 5, earlyStop: STOP, ...change });

async function train(recipe: Recipe, change: Partial<RunOptions> = {}) {
  return await runRecipe({
    recipe,
    recipeHash: await recipeHash(recipe),
    ...await loadInputs(recipe, readData),
    engine: sumEngine({ devLossAt: lossAt }),
    ...change,
  });
}

describe("the rule of early stop", () => {
  const ends = (losses: number[], patience: number, minDelta = 0) =>
    hasEnded({ ...STOP, patience, minDelta }, losses.map((loss, i) => ({ step: 3 * i + 3, loss })));

  it("ends a run after `patience` evaluations in a row that did not improve on the best", () => {
    assert.equal(ends([], 1), false);
    assert.equal(ends([3], 1), false);
    assert.equal(ends([3, 3], 1), true);
    assert.equal(ends([3, 4, 2.9, 3], 2), false);
    assert.equal(ends([3, 4, 2.9, 3, 2.95], 2), true);
  });

  it("counts as better only what is better by more than minDelta", () => {
    assert.equal(ends([3, 2.75], 1, 0.25), true);
    assert.equal(ends([3, 2.625], 1, 0.25), false);
    assert.equal(ends([3, 2.875, 2.75, 2.625], 3, 0.5), true, "the best stays that of 3");
  });

  it("knows which evaluations are due, and at which steps a run can have ended", () => {
    const history = [3, 6].map((step) => ({ step, loss: 1 }));
    assert.ok(isHistoryAt(STOP, history, 6) && isHistoryAt(STOP, history, 8));
    assert.ok(!isHistoryAt(STOP, history, 9) && !isHistoryAt(STOP, history, 5));
    assert.ok(!isHistoryAt(STOP, [{ step: 3, loss: 1 }, { step: 5, loss: 1 }], 6));
    const steps = [0, 3, 4, 18, 20, 21, NaN].map((step) => endStep(recipeOf(), step));
    assert.deepEqual(steps, [20, 3, 20, 18, 20, 20, 20]);
    assert.equal(endStep(exampleRecipe({ steps: 20 }), 3), 20);
  });
});

describe("a run with a dev set", () => {
  it("ends where its evaluations say, with a leaf there and its losses told", async () => {
    const engine = sumEngine({ devLossAt: lossAt });
    const run = await train(recipeOf(), { engine });
    assert.equal(run.state.step, 12);
    assert.deepEqual([engine.stepsTrained, engine.open], [12, 0]);
    assert.deepEqual(run.chain.leafSteps, [0, 5, 10, 12]);
    assert.deepEqual(run.devHistory.map(({ step }) => step), [3, 6, 9, 12]);
    assert.deepEqual(run.devHistory.map(({ loss }) => loss), [3.5, 2, 2, 2]);
    assert.equal(run.lossHistory.at(-1)!.step, 12);
  });

  it("trains to its last step when the dev loss keeps falling", async () => {
    const engine = sumEngine({ devLossAt: (step) => 9 - step / 4 });
    const run = await train(recipeOf(), { engine });
    assert.deepEqual(run.chain.leafSteps, [0, 5, 10, 15, 20]);
    assert.equal(run.devHistory.length, 6);
  });

  it("gives the same bits when resumed at any leaf, the last included", async () => {
    for (const checkpointInterval of [5, 4]) {
      const recipe = recipeOf({ checkpointInterval });
      const saved: Uint8Array<ArrayBuffer>[] = [];
      const hash = await recipeHash(recipe);
      const keep = (_: number, checkpoint: RunCheckpoint) => {
        saved.push(encodeCheckpoint(recipe, { checkpoint, recipeHash: hash, trainWallMs: 0 }));
      };
      const whole = await train(recipe, { onLeaf: keep });
      assert.equal(whole.state.step, 12);
      assert.equal(saved.length, 4);
      for (const bytes of saved) {
        const resume = decodeCheckpoint(bytes).checkpoint;
        assert.deepEqual(await train(recipe, { resume }), whole);
      }
    }
  });

  it("refuses a checkpoint whose evaluations are not those due", async () => {
    const saved: RunCheckpoint[] = [];
    await train(recipeOf(), { onLeaf: (_, checkpoint) => void saved.push(checkpoint) });
    const { devHistory } = saved[2];
    for (const other of [[], devHistory.slice(1), [...devHistory, { step: 12, loss: 1 }]]) {
      const resume = { ...saved[2], devHistory: other };
      await assert.rejects(train(recipeOf(), { resume }), IntegrityError);
    }
  });

  it("diverges when the dev loss is not finite", async () => {
    const engine = sumEngine({ devLossAt: (step) => step < 6 ? 1 : NaN });
    await assert.rejects(
      train(recipeOf(), { engine }),
      (error) => error instanceof DivergedError && error.step === 6,
    );
  });

  it("is evaluated by the engine as by the oracle, and ends on its own", async () => {
    const engine = await testEngine();
    for (const dev of [TEXT, EXAMPLES]) {
      const earlyStop = { dev, interval: 2, patience: 2, minDelta: 0.05 };
      const { optimizer } = exampleRecipe();
      // Too small a rate to gain 0.05 nats in two steps.
      const recipe = recipeOf({ earlyStop, optimizer: { ...optimizer, learningRate: 1e-4 } });
      const run = await train(recipe, { engine });
      assert.equal(run.state.step, 6);
      const { model: config, seed } = recipe;
      const rows = devSet({ dev, ctx: config.ctx, seed, ...await loadInputs(recipe, readData) });
      const options = { config, optimizer: recipe.optimizer, batchSize: 1, steps: 1, seed };
      const { lossNats } = lossAndGradients(options, run.state.weights, rows);
      assert.ok(Object.is(run.devHistory.at(-1)!.loss, lossNats));
    }
  });
});

describe("verifying a run that ended early", () => {
  async function fileOf(recipe: Recipe, devLossAt = lossAt): Promise<VerifiableFile> {
    const run = await train(recipe, { engine: sumEngine({ devLossAt }) });
    const bytes = trainedFile({
      recipe,
      tokenizer: BYTE_TOKENIZER,
      run,
      dtype: "fp32",
      trainWallMs: 1,
    });
    assert.deepEqual(readTinygpt(bytes).header.raw.devHistory, run.devHistory);
    return readTinygpt(bytes);
  }
  let clockMs = 0;
  const verify = (file: VerifiableFile, engine = sumEngine({ devLossAt: lossAt })) =>
    verifyFile({
      file,
      engine,
      loadData: readData,
      claimedScores: [],
      verifier: {
        runtime: "test",
        engineFamily: "v8",
        flags: [],
        isa: "x86_64",
        threads: 1,
        selfTestDigest: "00",
      },
      nowMs: () => clockMs++,
    });

  it("finds the same end: exact", async () => {
    for (const checkpointInterval of [5, 4]) {
      const recipe = recipeOf({ checkpointInterval });
      const result = await verify(await fileOf(recipe));
      assert.deepEqual(result.reasons, []);
      assert.equal(result.verdict, "exact");
      assert.equal(result.leavesCompared, 4);
      assert.equal(result.cost.flops, trainingFlops({ ...recipe, steps: 12 }));
    }
  });

  it("finds a run that was ended too early or too late, whether or not at a checkpoint", async () => {
    const early = (step: number) => step <= 3 ? 3 : 4, late = (step: number) => 9 - step;
    const later = (step: number) => step <= 9 ? 9 - step : 3;
    const cases: [devLossAt: typeof lossAt, interval: number, step: number, reason: RegExp][] = [
      [early, 5, 9, /does not end at step 9/],
      [early, 3, 12, /does not end at step 9/],
      [late, 5, 12, /does not end at step 20/],
      [late, 4, 16, /does not end at step 20/],
      [later, 5, 12, /does not end at step 15/],
    ];
    for (const [devLossAt, checkpointInterval, step, reason] of cases) {
      const result = await verify(await fileOf(recipeOf({ checkpointInterval }), devLossAt));
      assert.equal(result.verdict, "mismatch");
      assert.match(result.reasons[0], reason);
      assert.equal(result.firstDivergentStep, step);
    }
  });

  it("names the step at which the run diverges after the file's last checkpoint", async () => {
    const recipe = recipeOf({ checkpointInterval: 4 });
    const file = await fileOf(recipe);
    const engine = sumEngine({ devLossAt: (step) => 9 - step / 4, divergesAt: 14 });
    const result = await verify(file, engine);
    assert.equal(result.verdict, "mismatch");
    assert.match(result.reasons[0], /diverges at step 14/);
    assert.equal(result.firstDivergentStep, 14);
    assert.equal(result.leavesCompared, 4);
  });

  it("refuses an end at which nothing was evaluated", async () => {
    const file = await fileOf(recipeOf());
    const chain = structuredClone(file.chain) as { leafSteps: number[] };
    chain.leafSteps[3] = 11;
    const result = await verify({ ...file, chain });
    assert.equal(result.verdict, "mismatch");
    assert.match(result.reasons[0], /not those the recipe asks for/);
  });
});

describe("a recipe with early stop", () => {
  it("is accepted, with text or examples", () => {
    for (const dev of [TEXT, EXAMPLES]) {
      const recipe = recipeOf({ earlyStop: { ...STOP, dev } });
      assert.deepEqual(parseRecipe(recipe), recipe);
      assert.deepEqual(missingInputs(recipe), []);
    }
  });

  it("says what cannot be evaluated and how to mend it", () => {
    const only = (data: Recipe["data"]) => ({ data });
    const cases: [Partial<EarlyStop>, Partial<Recipe>, string, RegExp][] = [
      [{ interval: 21 }, {}, "earlyStop.interval", /lower interval/],
      [{ interval: 1 }, { steps: 40_000, checkpointInterval: 4000 }, "earlyStop.interval", /4 or/],
      [{ patience: 0 }, {}, "earlyStop.patience", /at least 1/],
      [{ dev: { ...TEXT, bytes: 1 } }, {}, "earlyStop.dev.bytes", /at least 2/],
      [
        { dev: { ...TEXT, bytes: 32 } },
        { tokenizer: BPE, model: { ...exampleRecipe().model, vocabSize: 260 } },
        "earlyStop.dev.bytes",
        /raise bytes/,
      ],
      [{ dev: { ...EXAMPLES, params: { digits: 3 } } }, {}, "earlyStop.dev.params", /digits/],
      [
        { dev: EXAMPLES },
        { model: { ...exampleRecipe().model, ctx: 30 }, ...only([{ ...SHAKESPEARE, weight: 1 }]) },
        "earlyStop.dev.generator",
        /context of 31/,
      ],
      [
        { dev: { ...EXAMPLES, rows: 4096 } },
        { model: { ...exampleRecipe().model, ctx: 8192 } },
        "earlyStop.dev",
        /lower rows/,
      ],
    ];
    for (const [stop, change, path, message] of cases) {
      assert.throws(
        () => parseRecipe(recipeOf({ earlyStop: { ...STOP, ...stop }, ...change })),
        (error: Error & { path?: string }) => error.path === path && message.test(error.message),
        path,
      );
    }
  });

  it("names data that is not at hand", () => {
    const unknown = { corpus: "my-diary", sha256: "00".repeat(32), bytes: 100 };
    const retired = { ...EXAMPLES, version: 9 };
    for (const dev of [unknown, retired]) {
      assert.equal(missingInputs(recipeOf({ earlyStop: { ...STOP, dev } })).length, 1);
    }
  });

  it("costs its evaluations, and no more than the part that was trained", () => {
    const recipe = recipeOf(), { earlyStop: _none, ...plain } = recipe;
    const perRow = trainingFlops({ ...plain, batchSize: 1, steps: 1 }) / 3;
    assert.equal(trainingFlops(recipe) - trainingFlops(plain), 6 * 6 * perRow);
    assert.equal(replayBudget(recipe).flops, trainingFlops(recipe));
    assert.equal(trainingTokens(trainedPart(recipe, 12)), 12 * 2 * 48);
    assert.equal(trainingTokens(trainedPart(recipe, 11)), 20 * 2 * 48);
  });
});
