import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { DivergedError, IntegrityError } from "../../lib/errors.ts";
import { loadInputs } from "../../lib/verification/inputs.ts";
import { type Recipe, recipeHash } from "../../lib/verification/recipe.ts";
import { decodeCheckpoint, encodeCheckpoint } from "../../lib/verification/model_file.ts";
import { runRecipe } from "../../lib/verification/replay.ts";
import type { RunCheckpoint, Snapshot } from "../../lib/verification/run_checkpoint.ts";
import { MAX_LOSS_POINTS } from "../../lib/verification/types.ts";
import { exampleRecipe, readData } from "./example.ts";
import { sumEngine } from "./sum_engine.ts";

async function inputs(recipe: Recipe = exampleRecipe()) {
  return {
    recipe,
    recipeHash: await recipeHash(recipe),
    ...await loadInputs(recipe, readData),
  };
}

const sortOnly = (change: Partial<Recipe>) =>
  exampleRecipe({ data: [{ generator: "sort-6", version: 1, params: {}, weight: 1 }], ...change });

describe("runRecipe", () => {
  it("leaves a leaf at step 0, at every interval and at the end", async () => {
    const indices: number[] = [];
    const engine = sumEngine();
    const run = await runRecipe({
      ...await inputs(),
      engine,
      onLeaf: (index) => void indices.push(index),
    });
    assert.deepEqual(run.chain.leafSteps, [0, 4, 8, 10]);
    assert.deepEqual(indices, [0, 1, 2, 3]);
    assert.equal(run.state.step, 10);
    assert.equal(run.lossHistory.length, 10);
    assert.equal(run.lossHistory.at(-1)!.loss, run.finalLoss);
    assert.equal(engine.open, 0);
  });

  it("gives the same bits when resumed at any leaf", async () => {
    const checkpoints: RunCheckpoint[] = [];
    const whole = await runRecipe({
      ...await inputs(),
      engine: sumEngine(),
      onLeaf: (_, checkpoint) => void checkpoints.push(checkpoint),
    });
    for (const resume of checkpoints) {
      const engine = sumEngine();
      assert.deepEqual(await runRecipe({ ...await inputs(), engine, resume }), whole);
      assert.equal(engine.stepsTrained, 10 - resume.state.step);
    }
  });

  it("gives the same bits when resumed before any step, between two leaves too", async () => {
    const taken: Snapshot[] = [];
    const beforeStep = async (snapshot: () => Promise<Snapshot>) =>
      void taken.push(await snapshot());
    const whole = await runRecipe({ ...await inputs(), engine: sumEngine(), beforeStep });
    assert.deepEqual(taken.map(({ checkpoint }) => checkpoint.state.step), [...Array(10).keys()]);
    assert.deepEqual(taken.flatMap(({ digest }, i) => digest === null ? i : []), [0, 4, 8]);
    const recipe = exampleRecipe(), hash = await recipeHash(recipe);
    for (const snapshot of taken) {
      const bytes = encodeCheckpoint(recipe, { ...snapshot, recipeHash: hash, trainWallMs: 0 });
      const { checkpoint: resume, digest: resumeDigest } = decodeCheckpoint(bytes);
      const engine = sumEngine();
      const run = await runRecipe({ ...await inputs(), engine, resume, resumeDigest });
      assert.deepEqual(run, whole);
      assert.equal(engine.stepsTrained, 10 - resume.state.step);
    }
  });

  it("believes a state between two leaves by its taker's digest alone", async () => {
    const taken: Snapshot[] = [];
    const beforeStep = async (snapshot: () => Promise<Snapshot>) =>
      void taken.push(await snapshot());
    const run = { ...await inputs(), engine: sumEngine() };
    await runRecipe({ ...run, beforeStep });
    const { checkpoint: resume, digest: resumeDigest } = taken[6];
    await assert.rejects(runRecipe({ ...run, resume }), IntegrityError);
    await assert.rejects(
      runRecipe({ ...run, resume, resumeDigest: taken[7].digest }),
      IntegrityError,
    );
    const weights = resume.state.weights.slice();
    weights[0] += 1;
    const damaged = { ...resume, state: { ...resume.state, weights } };
    await assert.rejects(runRecipe({ ...run, resume: damaged, resumeDigest }), IntegrityError);
    // Past the next leaf, which it does not have.
    const short = { ...taken[9].checkpoint, leaves: resume.leaves };
    await assert.rejects(
      runRecipe({ ...run, resume: short, resumeDigest: taken[9].digest }),
      IntegrityError,
    );
  });

  it("refuses a checkpoint that is not what its leaf says", async () => {
    let resume: RunCheckpoint | undefined;
    const run = { ...await inputs(), engine: sumEngine() };
    await runRecipe({ ...run, onLeaf: (_, checkpoint) => void (resume ??= checkpoint) });
    const weights = resume!.state.weights.slice();
    weights[3] += 1;
    const damaged = { ...resume!, state: { ...resume!.state, weights } };
    await assert.rejects(runRecipe({ ...run, resume: damaged }), IntegrityError);
    const misplaced = { ...resume!, leaves: [...resume!.leaves, ...resume!.leaves] };
    await assert.rejects(runRecipe({ ...run, resume: misplaced }), IntegrityError);
  });

  it("keeps a loss curve of bounded length that ends at the last step", async () => {
    for (const steps of [511, 512, 1021, 1500]) {
      const recipe = sortOnly({ steps, checkpointInterval: steps });
      const { lossHistory } = await runRecipe({ ...await inputs(recipe), engine: sumEngine() });
      assert.ok(lossHistory.length <= MAX_LOSS_POINTS && lossHistory.length > 250);
      assert.equal(lossHistory.at(-1)!.step, steps);
    }
  });

  it("stops when told to and closes the trainer", async () => {
    const engine = sumEngine();
    const stop = new AbortController();
    const onStep = ({ step }: { step: number }) => step === 3 && stop.abort(new Error("enough"));
    const run = runRecipe({ ...await inputs(), engine, onStep, signal: stop.signal });
    await assert.rejects(run, /enough/);
    assert.deepEqual([engine.open, engine.stepsTrained], [0, 3]);
  });

  it("passes divergence on", async () => {
    const engine = sumEngine({ divergesAt: 7 });
    await assert.rejects(runRecipe({ ...await inputs(), engine }), DivergedError);
    assert.equal(engine.open, 0);
  });
});
