import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { BYTE_TOKENIZER } from "../../lib/tokenizers/tokenizer.ts";
import { loadInputs } from "../../lib/verification/inputs.ts";
import { parseRecipe } from "../../lib/verification/parse_recipe.ts";
import { type Recipe, recipeHash } from "../../lib/verification/recipe.ts";
import { runRecipe, type RunResult } from "../../lib/verification/replay.ts";
import type { RunCheckpoint } from "../../lib/verification/run_checkpoint.ts";
import { joinSegments, leavesToKeep, segmentsOf } from "../../lib/verification/segments.ts";
import type { Segment, VerificationResult } from "../../lib/verification/types.ts";
import { type VerifiableFile, verifyFile } from "../../lib/verification/verify.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import { testEngine } from "../support/engine.ts";
import { tinyRecipe } from "../support/tiny_recipe.ts";

const VERIFIER = {
  ...{ runtime: "test", engineFamily: "v8" as const, flags: [], isa: "x86_64", threads: 1 },
  selfTestDigest: "00",
};

describe("the states a replay keeps", () => {
  it("cut the run into parts of equal length", () => {
    assert.deepEqual(leavesToKeep({ leafCount: 13, parameters: 1000 }, 4), [3, 6, 9]);
    assert.deepEqual(leavesToKeep({ leafCount: 13, parameters: 1000 }, 1), []);
  });

  it("are fewer where the run is short or the model large", () => {
    assert.deepEqual(leavesToKeep({ leafCount: 3, parameters: 1000 }, 8), [1]);
    assert.deepEqual(leavesToKeep({ leafCount: 2, parameters: 1000 }, 8), []);
    assert.deepEqual(leavesToKeep({ leafCount: 101, parameters: 10_000_000 }, 8), [33, 67]);
    assert.deepEqual(leavesToKeep({ leafCount: 101, parameters: 100_000_000 }, 8), []);
  });

  it("bound the segments", () => {
    assert.deepEqual(segmentsOf(13, [3, 9]), [
      { from: 0, to: 3 },
      { from: 3, to: 9 },
      { from: 9, to: 12 },
    ]);
    assert.deepEqual(segmentsOf(13, []), [{ from: 0, to: 12 }]);
  });
});

describe("segments of a run", () => {
  let engine: Engine;
  let recipe: Recipe;
  let run: RunResult;
  const states: RunCheckpoint[] = [];
  beforeAll(async () => {
    engine = await testEngine();
    recipe = parseRecipe({ ...tinyRecipe({ checkpointInterval: 10 }), engine: engine.digest });
    run = await runRecipe({
      recipe,
      recipeHash: await recipeHash(recipe),
      engine,
      ...await loadInputs(recipe, () => Promise.reject(new Error("no corpus"))),
      onLeaf: (_, checkpoint) => void states.push(checkpoint),
    });
  });
  afterAll(() => engine.close());

  function file(change: Partial<VerifiableFile> = {}): VerifiableFile {
    return {
      config: recipe.model,
      dtype: "fp32",
      tokenizer: BYTE_TOKENIZER,
      step: run.state.step,
      weights: new Float32Array(run.state.weights),
      ...{ m: null, v: null, recipe, chain: run.chain },
      ...change,
    };
  }

  function verify(claim: VerifiableFile, segment?: Segment): Promise<VerificationResult> {
    return verifyFile({
      file: claim,
      ...{ engine, segment, verifier: VERIFIER, claimedScores: [], nowMs: () => 0 },
      resume: segment && segment.from > 0 ? states[segment.from] : undefined,
      loadData: () => Promise.reject(new Error("no data")),
    });
  }

  const verifyAll = (claim: VerifiableFile) =>
    Promise.all(
      segmentsOf(run.chain.leaves.length, [2, 4]).map((segment) => verify(claim, segment)),
    );

  it("say together what the whole replay says", async () => {
    const parts = await verifyAll(file());
    assert.deepEqual(parts.map(({ verdict }) => verdict), ["sampled", "sampled", "exact"]);
    const joined = joinSegments(parts.reverse());
    const whole = await verify(file());
    assert.equal(whole.verdict, "exact");
    assert.deepEqual({ ...joined, verifiers: whole.verifiers }, whole);
    assert.equal(joined.verifiers.length, 3);
  });

  it("name the first interval that differs, whichever of them finds it", async () => {
    for (const at of [0, 1, 3, 6]) {
      const leaves = run.chain.leaves.with(at, "0".repeat(64));
      const claim = file({ chain: { ...run.chain, leaves } });
      const joined = joinSegments(await verifyAll(claim));
      assert.equal(joined.verdict, "mismatch");
      assert.equal(joined.firstDivergentStep, (await verify(claim)).firstDivergentStep);
    }
  });

  it("find edited weights where the run ends", async () => {
    const weights = new Float32Array(run.state.weights);
    weights[5] += 1;
    const parts = await verifyAll(file({ weights }));
    assert.deepEqual(parts.map(({ verdict }) => verdict), ["sampled", "sampled", "mismatch"]);
    assert.equal(joinSegments(parts).weightDifference?.index, 5);
  });

  it("refuse a state that is not that of its leaf", async () => {
    const { state } = states[2];
    const weights = new Float32Array(state.weights);
    weights[0] += 1;
    const resume = { ...states[2], state: { ...state, weights } };
    const segment = { from: 2, to: 4 };
    const damaged = verifyFile({
      ...{ file: file(), engine, segment, resume, verifier: VERIFIER, claimedScores: [] },
      nowMs: () => 0,
      loadData: () => Promise.reject(new Error("no data")),
    });
    await assert.rejects(damaged, /does not match its leaf/);
  });

  it("say nothing of a run of which a stretch is missing", async () => {
    const [first, , last] = await verifyAll(file());
    assert.throws(() => joinSegments([first, last]), /Expected a segment from leaf 2, got 4/);
    assert.throws(() => joinSegments([last]), /Expected a segment from leaf 0/);
  });
});
