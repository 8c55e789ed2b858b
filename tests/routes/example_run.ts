// A recipe, its chain and a report on it, well-formed but never trained.

import { CORPORA } from "../../lib/corpora/registry.ts";
import { chainHead, leafSteps } from "../../lib/verification/chain.ts";
import { parseRecipe } from "../../lib/verification/parse_recipe.ts";
import { recipeHash } from "../../lib/verification/recipe.ts";
import { buildStatement } from "../../lib/verification/report.ts";
import type { Chain, LossPoint, VerificationResult } from "../../lib/verification/types.ts";

export const EXAMPLE_RECIPE = parseRecipe({
  spec: "exact/1",
  engine: "e".repeat(64),
  model: { layers: 4, dModel: 128, heads: 4, ctx: 128, dMlp: 512, vocabSize: 256 },
  tokenizer: "bytes",
  data: [{ corpus: CORPORA[0].id, sha256: CORPORA[0].sha256, weight: 1 }],
  optimizer: {
    learningRate: 0.003,
    beta1: 0.9,
    beta2: 0.95,
    epsilon: 1e-8,
    weightDecay: 0.1,
    gradClip: 1,
    schedule: { name: "cosine", warmupSteps: 100, minLearningRate: 0.0003 },
  },
  batchSize: 16,
  steps: 6000,
  seed: 42,
  checkpointInterval: 500,
  author: "gallery",
});

const STEPS = leafSteps(EXAMPLE_RECIPE);
const LEAVES = STEPS.map((step) => step.toString(16).padStart(4, "0").repeat(16));

export const EXAMPLE_CHAIN: Chain = {
  interval: EXAMPLE_RECIPE.checkpointInterval,
  leafSteps: STEPS,
  leaves: LEAVES,
  head: chainHead(await recipeHash(EXAMPLE_RECIPE), EXAMPLE_RECIPE.seed, LEAVES),
};

/** Those of a replay that stopped at step 2500, and parted from the file after step 2000. */
function partedLosses(losses: LossPoint[]): LossPoint[] {
  return losses.filter(({ step }) => step <= 2500)
    .map(({ step, loss }) => ({
      step,
      loss: step <= 2000 ? loss : loss + 0.04 * (step / 500 - 4),
    }));
}

/** The statement of a replay that agreed, or of one that parted at step 2500. */
export async function exampleStatement(
  verdict: "exact" | "mismatch",
  losses: LossPoint[] = [],
) {
  const exact = verdict === "exact";
  const result: VerificationResult = {
    verdict,
    recipeHash: await recipeHash(EXAMPLE_RECIPE),
    engineDigest: "e".repeat(64),
    firstDivergentStep: exact ? null : 2500,
    reasons: exact ? [] : ["The checkpoint of step 2500 has another hash."],
    leavesCompared: exact ? LEAVES.length : 6,
    claimedHead: EXAMPLE_CHAIN.head,
    recomputedHead: exact ? EXAMPLE_CHAIN.head : "d".repeat(64),
    weightDifference: null,
    ...(exact ? {} : {
      leafDifference: { leaf: 5, claimed: LEAVES[5], recomputed: "c".repeat(64) },
    }),
    losses: exact ? losses : partedLosses(losses),
    segment: null,
    trainedDigest: null,
    scores: exact
      ? [{ benchmark: "sort-6", version: 1, claimed: 100, recomputed: 100, equal: true }]
      : [],
    verifiers: [{
      runtime: "Deno 2.9.6 (V8 15.0)",
      engineFamily: "v8",
      flags: ["--no-liftoff"],
      isa: "x86_64",
      threads: 1,
      selfTestDigest: "5".repeat(64),
    }],
    cost: { flops: 4.1e13, wallMs: 812_000 },
  };
  return buildStatement({
    result,
    recipe: EXAMPLE_RECIPE,
    modelDigest: "a".repeat(64),
    startedAt: "2026-11-21T10:00:00.000Z",
    finishedAt: "2026-11-21T10:13:32.000Z",
  });
}
