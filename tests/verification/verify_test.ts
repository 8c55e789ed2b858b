import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { CONFORMING_ENGINES } from "../../lib/engine/conforming.ts";
import type { TinygptFile } from "../../lib/format/read.ts";
import { packAs } from "../../lib/format/write.ts";
import { BYTE_TOKENIZER } from "../../lib/tokenizers/tokenizer.ts";
import { chainHead } from "../../lib/verification/chain.ts";
import { combineVerifications } from "../../lib/verification/combine.ts";
import { trainingFlops } from "../../lib/verification/cost.ts";
import { loadInputs } from "../../lib/verification/inputs.ts";
import { parseRecipe } from "../../lib/verification/parse_recipe.ts";
import { type Recipe, recipeHash } from "../../lib/verification/recipe.ts";
import { runRecipe } from "../../lib/verification/replay.ts";
import { buildStatement, describeVerdict, statementDigest } from "../../lib/verification/report.ts";
import { rescore } from "../../lib/verification/rescore.ts";
import type { RunCheckpoint } from "../../lib/verification/run_checkpoint.ts";
import { type Chain, VERDICTS, type VerificationResult } from "../../lib/verification/types.ts";
import {
  type VerifiableFile,
  verifyFile,
  type VerifyOptions,
} from "../../lib/verification/verify.ts";
import { exampleRecipe, readData } from "./example.ts";
import { type SumEngine, sumEngine } from "./sum_engine.ts";

const VERIFIER = {
  runtime: "test",
  engineFamily: "v8" as const,
  flags: [],
  isa: "x86_64",
  threads: 1,
  selfTestDigest: "00",
};

async function trained(
  recipe: Recipe = exampleRecipe(),
  dtype: TinygptFile["dtype"] = "fp32",
): Promise<VerifiableFile & { chain: Chain }> {
  const inputs = await loadInputs(recipe, readData);
  const hash = await recipeHash(recipe);
  const { state, chain } = await runRecipe({
    recipe,
    recipeHash: hash,
    ...inputs,
    engine: sumEngine(),
  });
  const moments = dtype === "fp32";
  return {
    config: recipe.model,
    dtype,
    tokenizer: inputs.tokenizer,
    step: state.step,
    weights: packAs(state.weights, dtype, recipe.model),
    m: moments ? new Float32Array(state.m) : null,
    v: moments ? new Float32Array(state.v) : null,
    recipe: JSON.parse(JSON.stringify(recipe)),
    chain,
  };
}

function verify(file: VerifiableFile, change: Partial<VerifyOptions> = {}) {
  let clockMs = 0;
  return verifyFile({
    file,
    engine: sumEngine(),
    loadData: readData,
    claimedScores: [],
    verifier: VERIFIER,
    nowMs: () => clockMs += 5,
    ...change,
  });
}

/** The chain of other leaves, with a head that follows from them. */
async function rechained(chain: Chain, recipe: Recipe, leaves: string[]): Promise<Chain> {
  return { ...chain, leaves, head: chainHead(await recipeHash(recipe), recipe.seed, leaves) };
}

function assertMismatch(result: VerificationResult, step: number, reason: RegExp): void {
  assert.equal(result.verdict, "mismatch");
  assert.equal(result.firstDivergentStep, step);
  assert.match(result.reasons.join(" "), reason);
}

describe("verifyFile on honest files", () => {
  it("finds a replay equal in leaves, weights and scores: exact", async () => {
    const file = await trained();
    const claimedScores = await publishedScores(file);
    const result = await verify(file, { claimedScores });
    assert.equal(result.verdict, "exact");
    assert.deepEqual(result.reasons, []);
    assert.equal(result.leavesCompared, 4);
    assert.equal(result.recomputedHead, file.chain.head);
    assert.equal(result.recipeHash, await recipeHash(exampleRecipe()));
    assert.deepEqual(result.scores.map(({ benchmark, equal }) => [benchmark, equal]), [
      ["tinystories-ppl", true],
      ["sort-6", true],
    ]);
    assert.equal(result.cost.flops, trainingFlops(exampleRecipe()));
    assert.ok(result.cost.wallMs > 0);
  });

  it("packs the replayed weights as the file did", async () => {
    for (const dtype of ["fp16", "int4"] as const) {
      assert.equal((await verify(await trained(exampleRecipe(), dtype))).verdict, "exact");
    }
  });

  it("goes on from a checkpoint of an interrupted replay", async () => {
    const file = await trained();
    const saved: RunCheckpoint[] = [];
    await verify(file, { onCheckpoint: (checkpoint) => void saved.push(checkpoint) });
    assert.equal(saved.length, 4);
    const engine = sumEngine();
    const result = await verify(file, { engine, resume: saved[2] });
    assert.equal(result.verdict, "exact");
    assert.equal(engine.stepsTrained, 2);
  });

  it("reports its progress in steps", async () => {
    const steps: number[] = [];
    await verify(await trained(), { onProgress: ({ step }) => steps.push(step) });
    assert.deepEqual(steps, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("leaves out scores of benchmarks that are gone, and says so", async () => {
    const claimedScores = [{ benchmark: "chess", version: 1, score: 3 }];
    const result = await verify(await trained(), { claimedScores });
    assert.equal(result.verdict, "exact");
    assert.match(result.reasons[0], /1 scores of retired benchmarks/);
  });
});

describe("verifyFile on dishonest files", () => {
  it("names the last step when one weight was edited", async () => {
    const file = await trained();
    file.weights[256 * 8 + 5] += 0.5;
    const result = await verify(file);
    assertMismatch(result, 10, /1 value differs, first position_embedding.weight at 5/);
    assert.equal(result.weightDifference!.tensor, "position_embedding.weight");
    assert.equal(result.weightDifference!.index, 5);
    assert.equal(result.weightDifference!.differing, 1);
    assert.deepEqual(result.weightDifference!.tensors.map(({ tensor }) => tensor), [
      "position_embedding.weight",
    ]);
    assert.ok(Math.abs(result.weightDifference!.tensors[0].largest - 0.5) < 1e-6);
  });

  it("counts what differs in each tensor, and by how much at most", async () => {
    const file = await trained();
    file.weights[3] += 0.25;
    file.weights[9] -= 2;
    file.weights[256 * 8 + 5] += 0.5;
    const { weightDifference } = await verify(file);
    const { differing, tensors, tensor, index } = weightDifference!;
    assert.deepEqual([differing, tensor, index], [3, "token_embedding.weight", 3]);
    assert.deepEqual(tensors.map((found) => [found.tensor, found.differing]), [
      ["token_embedding.weight", 2],
      ["position_embedding.weight", 1],
    ]);
    assert.ok(Math.abs(tensors[0].largest - 2) < 1e-6);
  });

  it("compares weights at a difference in the last checkpoint, and has none to compare before", async () => {
    const file = await trained();
    const changed = (at: number) => file.chain.leaves.with(at, "0".repeat(64));
    const weights = file.weights.map((weight, i) => i === 7 ? weight + 1 : weight);
    const late = await verify({ ...file, weights, chain: { ...file.chain, leaves: changed(3) } });
    assert.equal(late.weightDifference?.index, 7);
    assert.match(late.reasons[0], /checkpoint of step 10 differs/);
    const early = await verify({ ...file, weights, chain: { ...file.chain, leaves: changed(1) } });
    assert.equal(early.weightDifference, null);
    assert.equal(early.firstDivergentStep, 4);
  });

  it("tells the hash it computed of the first checkpoint that differs", async () => {
    const file = await trained();
    const leaves = file.chain.leaves.with(2, "0".repeat(64));
    const { leafDifference } = await verify({ ...file, chain: { ...file.chain, leaves } });
    assert.deepEqual(leafDifference, {
      leaf: 2,
      claimed: "0".repeat(64),
      recomputed: file.chain.leaves[2],
    });
    assert.equal((await verify(file)).leafDifference, undefined);
  });

  it("gives the losses of the replay as far as it came", async () => {
    const file = await trained();
    const leaves = file.chain.leaves.with(1, "0".repeat(64));
    const early = await verify({ ...file, chain: { ...file.chain, leaves } });
    assert.deepEqual(early.losses.map(({ step }) => step), [1, 2, 3, 4]);
    const whole = await verify(file);
    assert.equal(whole.losses.length, 10);
    assert.deepEqual(whole.losses.slice(0, 4), early.losses);
  });

  it("tells 0 from −0 and sees an edited moment", async () => {
    const file = await trained();
    file.m![0] = file.m![0] === 0 ? -0 : 0;
    assertMismatch(await verify(file), 10, /token_embedding.weight \(m\) at 0/);
  });

  it("names the interval in which another seed, rate or order of data begins to differ", async () => {
    const file = await trained();
    assertMismatch(
      await verify({ ...file, recipe: exampleRecipe({ seed: 43 }) }),
      0,
      /step 0 differs/,
    );
    const data = exampleRecipe().data.toReversed();
    assertMismatch(await verify({ ...file, recipe: exampleRecipe({ data }) }), 4, /step 4 differs/);
  });

  it("names the interval of a chain spliced from two runs", async () => {
    const recipe = exampleRecipe({ steps: 40 });
    const file = await trained(recipe);
    const foreign = await trained(exampleRecipe({ steps: 40, seed: 43 }));
    const leaves = [...file.chain.leaves.slice(0, 2), ...foreign.chain.leaves.slice(2)];
    const spliced = { ...foreign, recipe, chain: await rechained(file.chain, recipe, leaves) };
    const engine = sumEngine();
    assertMismatch(await verify(spliced, { engine }), 8, /step 8 differs/);
    // A few more were taken while the leaf of the eighth was hashed.
    assert.ok(engine.stepsTrained >= 8 && engine.stepsTrained <= 12, `${engine.stepsTrained}`);
    assert.equal(engine.open, 0);
  });

  it("sees a head that does not follow, and leaves left out or moved", async () => {
    const file = await trained();
    const { chain } = file;
    const head = await verify({ ...file, chain: { ...chain, head: "00".repeat(32) } });
    assertMismatch(head, 10, /head does not follow/);
    const fewer = { ...chain, leaves: chain.leaves.slice(0, 3), leafSteps: [0, 4, 10] };
    assertMismatch(await verify({ ...file, chain: fewer }), 8, /checkpoints are not those/);
    const short = { ...chain, leaves: chain.leaves.slice(0, 3) };
    assertMismatch(await verify({ ...file, chain: short }), 10, /checkpoints are not those/);
    assertMismatch(await verify({ ...file, chain: { ...chain, interval: 5 } }), 0, /interval/);
  });

  it("sees a shape or a step that is not the recipe's, before or after the replay", async () => {
    const file = await trained();
    const config = { ...file.config, heads: 1 };
    const engine = sumEngine();
    const shape = await verify({ ...file, config }, { engine });
    assertMismatch(shape, 0, /heads is 1 in the file and 2 in the recipe/);
    assert.equal(engine.stepsTrained, 0);
    assertMismatch(await verify({ ...file, step: 11 }), 10, /states step 11/);
  });

  it("sees a score that is not the weights'", async () => {
    const file = await trained();
    const claimedScores = await publishedScores(file);
    claimedScores[0].score *= 1 + Number.EPSILON;
    const result = await verify(file, { claimedScores });
    assertMismatch(result, 10, /differs on tinystories-ppl v2/);
    assert.deepEqual(result.scores.map(({ equal }) => equal), [false, true]);
  });

  it("names the checkpoint a run never reached when the recipe diverges", async () => {
    const engine = sumEngine({ divergesAt: 6 });
    const result = await verify(await trained(), { engine });
    assertMismatch(result, 8, /diverges at step 6/);
    assert.equal(result.leavesCompared, 2);
  });

  it("does not trust a resumed checkpoint over the claim", async () => {
    const saved: RunCheckpoint[] = [];
    const onCheckpoint = (checkpoint: RunCheckpoint) => void saved.push(checkpoint);
    await verify(await trained(), { onCheckpoint });
    const recipe = exampleRecipe({ seed: 43 });
    const foreign = { ...await trained(recipe), recipe };
    assertMismatch(await verify(foreign, { resume: saved[1] }), 0, /step 0 differs/);
  });
});

describe("verifyFile on files it cannot replay", () => {
  it("calls a file without a recipe external", async () => {
    const result = await verify({ ...await trained(), recipe: null });
    assert.equal(result.verdict, "external");
    assert.equal(result.recipeHash, null);
  });

  it("rejects a malformed recipe or chain, saying where", async () => {
    const file = await trained();
    const recipe = await verify({ ...file, recipe: { ...exampleRecipe(), steps: 1e12 } });
    assert.equal(recipe.verdict, "rejected");
    assert.match(recipe.reasons[0], /recipe\.steps/);
    const chain = await verify({ ...file, chain: null });
    assert.equal(chain.verdict, "rejected");
    assert.match(chain.reasons[0], /chain/);
  });

  it("cannot reproduce another engine, unknown data or a run over the budget", async () => {
    const file = await trained();
    const engine = await verify(file, { engine: sumEngine({ digest: "cd".repeat(32) }) });
    const data = [{ corpus: "my-diary", sha256: "00".repeat(32), weight: 1 }];
    const corpus = await verify({ ...file, recipe: exampleRecipe({ data }) });
    const flops = await verify(file, { budgetFlops: 1000 });
    const memory = await verify(file, { budgetBytes: 1000 });
    for (const result of [engine, corpus, flops, memory]) {
      assert.equal(result.verdict, "not-reproducible");
      assert.equal(result.reasons.length, 1);
    }
  });

  it("replays on any engine that conforms, and names both", async () => {
    const [declared, atHand] = CONFORMING_ENGINES;
    const file = await trained(exampleRecipe({ engine: declared }));
    const result = await verify(file, { engine: sumEngine({ digest: atHand }) });
    assert.equal(result.verdict, "exact");
    assert.equal(result.engineDigest, atHand);
    const recipe = parseRecipe(file.recipe);
    const times = { startedAt: "2026-01-01T00:00:00Z", finishedAt: "2026-01-01T00:01:00Z" };
    const { predicate } = buildStatement({ result, recipe, modelDigest: "ab", ...times });
    assert.equal(predicate.declaredEngineDigest, declared);
    assert.equal(predicate.engineDigest, atHand);
    // One that is not on the list stands for itself alone.
    const other = await verify(file, { engine: sumEngine({ digest: "cd".repeat(32) }) });
    assert.equal(other.verdict, "not-reproducible");
  });

  it("lets failures of its own surroundings through", async () => {
    const loadData = () => Promise.reject(new Error("disk on fire"));
    await assert.rejects(async () => verify(await trained(), { loadData }), /disk on fire/);
  });
});

describe("combineVerifications", () => {
  it("confirms a verdict both give, with both verifiers named", async () => {
    const file = await trained();
    const exact = combineVerifications(await verify(file), await verify(file));
    assert.equal(exact.verdict, "exact");
    assert.equal(exact.verifiers.length, 2);
    file.weights[0] += 1;
    const mismatch = combineVerifications(await verify(file), await verify(file));
    assertMismatch(mismatch, 10, /1 value differs/);
    assert.equal(mismatch.reasons.length, 1);
  });

  it("blames the engine, not the entry, when verifiers recompute different values", async () => {
    const file = await trained();
    const buggy = (bias: number): SumEngine => sumEngine({ bias });
    const wrong = await verify(file, { engine: buggy(1) });
    const otherwise = await verify(file, { engine: buggy(2) });
    assertMismatch(wrong, 4, /step 4/);
    for (const second of [await verify(file), otherwise]) {
      const combined = combineVerifications(wrong, second);
      assert.equal(combined.verdict, "engine-divergent");
      assert.equal(combined.firstDivergentStep, null);
    }
  });

  it("gives no verdict when the second replay could not run", async () => {
    const file = await trained();
    const first = await verify(file, { engine: sumEngine({ bias: 1 }) });
    const second = await verify(file, { engine: sumEngine({ digest: "cd".repeat(32) }) });
    assert.equal(combineVerifications(first, second).verdict, "error");
  });
});

describe("the report", () => {
  const times = { startedAt: "2025-01-01T00:00:00Z", finishedAt: "2025-01-01T00:00:05Z" };

  it("states subject, claim, recomputed values and verdict, with a digest of its own", async () => {
    const file = await trained();
    const result = await verify(file, { claimedScores: await publishedScores(file) });
    const input = { result, recipe: exampleRecipe(), modelDigest: "ee".repeat(32), ...times };
    const statement = buildStatement(input);
    assert.deepEqual(statement.subject, [
      { name: "model", digest: { sha256: "ee".repeat(32) } },
      { name: "chain-head", digest: { sha256: file.chain.head } },
    ]);
    const { predicate } = statement;
    assert.equal(predicate.verdict, "exact");
    assert.equal(predicate.seed, 42);
    assert.deepEqual(predicate.claim, predicate.recomputed);
    assert.equal(predicate.benchmarks[0].dataDigest?.length, 64);
    const stored = JSON.parse(JSON.stringify(statement));
    assert.equal(await statementDigest(stored), await statementDigest(buildStatement(input)));
  });

  it("can be made of a file without a recipe", async () => {
    const result = await verify({ ...await trained(), recipe: null });
    const statement = buildStatement({
      result,
      recipe: null,
      modelDigest: "ee".repeat(32),
      ...times,
    });
    assert.equal(statement.subject.length, 1);
    assert.equal((await statementDigest(statement)).length, 64);
  });

  it("says every verdict in plain words", async () => {
    const result = await verify(await trained());
    assert.equal(
      describeVerdict(result),
      "Trained again from its recipe: all 4 checkpoints, the weights and 0 scores are equal to the last bit.",
    );
    const sentences = VERDICTS.map((verdict) => describeVerdict({ ...result, verdict }));
    assert.equal(new Set(sentences).size, VERDICTS.length);
  });
});

async function publishedScores(file: VerifiableFile) {
  const claimed = ["tinystories-ppl", "sort-6"].map((benchmark) => ({
    benchmark,
    version: benchmark === "sort-6" ? 1 : 2,
    score: 0,
  }));
  const { config, weights } = file;
  const nowMs = () => 0;
  const engine = sumEngine();
  const scores = await rescore({
    engine,
    config,
    weights,
    tokenizer: BYTE_TOKENIZER,
    claimed,
    loadData: readData,
    nowMs,
  });
  return scores.map(({ benchmark, version, recomputed }) => ({
    benchmark,
    version,
    score: recomputed,
  }));
}
