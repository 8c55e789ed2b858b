// Replays a file's recipe and compares leaves, weights and scores bit for bit. A mismatch is data.

import type { Engine } from "../engine/engine.ts";
import { ValidationError } from "../errors.ts";
import { modelDigest } from "../format/digest.ts";
import type { TinygptFile } from "../format/read.ts";
import { packAs } from "../format/write.ts";
import { chainHead, parseChain } from "./chain.ts";
import { firstDifference, firstLeafDifference } from "./compare.ts";
import { trainingFlops } from "./cost.ts";
import { loadInputs, type RunInputs, tokenizerDifference, TokenizerError } from "./inputs.ts";
import { parseRecipe } from "./parse_recipe.ts";
import { type Recipe, recipeHash } from "./recipe.ts";
import { replacedEngine } from "./replay_engine.ts";
import {
  type Claim,
  endsBefore,
  type Replayed,
  type ReplayOptions,
  replayUntilDifference,
} from "./replay_claim.ts";
import { type ClaimedScore, knownClaims, rescore } from "./rescore.ts";
import type { RunCheckpoint } from "./run_checkpoint.ts";
import {
  enginesOf,
  type Finding,
  mismatch,
  type StaticFacts,
  staticFinding,
} from "./static_finding.ts";
import type { VerificationResult, VerifierInfo, WeightDifference } from "./types.ts";

export interface VerifyOptions extends StaticFacts, ReplayOptions {
  file: VerifiableFile;
  engine: Engine;
  /** Reads a path below data/: corpora and benchmark files. */
  loadData: (file: string) => Promise<Uint8Array>;
  /** Published scores to recompute from the replayed weights. */
  claimedScores: readonly ClaimedScore[];
  verifier: VerifierInfo;
  /** A monotonic clock in milliseconds. */
  nowMs: () => number;
}

export type VerifiableFile = Pick<
  TinygptFile,
  "config" | "dtype" | "tokenizer" | "step" | "weights" | "m" | "v" | "recipe" | "chain"
>;

/**
 * Verifies one file. Whatever the file claims ends as a verdict.
 *
 * @throws {IntegrityError} when corpora, benchmark data or the resumed checkpoint are damaged.
 */
export async function verifyFile(options: VerifyOptions): Promise<VerificationResult> {
  const { engine, verifier, nowMs } = options;
  const startMs = nowMs();
  const finding = await check(options);
  const { segment = null } = options;
  return {
    recipeHash: null,
    engineDigest: engine.digest,
    firstDivergentStep: null,
    leavesCompared: 0,
    claimedHead: null,
    recomputedHead: null,
    segment,
    weightDifference: null,
    losses: [],
    trainedDigest: null,
    scores: [],
    verifiers: [verifier],
    ...finding,
    cost: { flops: finding.cost?.flops ?? 0, wallMs: nowMs() - startMs },
  };
}

async function check(options: VerifyOptions): Promise<Finding> {
  const { file } = options;
  if (file.recipe === null || file.recipe === undefined) {
    const reason = "The file carries no recipe: it was not trained by an exact engine.";
    return { verdict: "external", reasons: [reason] };
  }
  let claim: Claim;
  try {
    const recipe = parseRecipe(file.recipe);
    claim = { recipe, hash: await recipeHash(recipe), chain: parseChain(file.chain) };
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    return { verdict: "rejected", reasons: [error.message] };
  }
  const known = { recipeHash: claim.hash, claimedHead: claim.chain.head };
  const cut = await tokenizerDifference(file.tokenizer, claim.recipe.tokenizer);
  const found = staticFinding(claim, options) ??
    (cut === null
      ? await replayFinding(claim, options)
      : mismatch(0, `The tokenizer differs: ${cut}.`));
  const replaced = replacedEngine(enginesOf(claim, options));
  return {
    ...known,
    ...found,
    reasons: [...found.reasons, ...replaced === null ? [] : [replaced]],
  };
}

async function replayFinding(claim: Claim, options: VerifyOptions): Promise<Finding> {
  const { recipe, hash, chain } = claim;
  let inputs: RunInputs;
  try {
    inputs = await loadInputs(recipe, options.loadData);
  } catch (error) {
    if (error instanceof TokenizerError) return mismatch(0, `${error.message}.`);
    if (!(error instanceof ValidationError)) throw error;
    return { verdict: "rejected", reasons: [error.message] };
  }
  const replayed = await replayUntilDifference(claim, inputs, options);
  const { leaves, checkpoint, divergedAt } = replayed;
  const part = endsBefore(chain, options.segment);
  const claimed = part ? chain.leaves.slice(0, part.to + 1) : chain.leaves;
  const differs = firstLeafDifference(claimed, leaves);
  const lastStep = divergedAt ?? checkpoint!.state.step;
  const facts = {
    // The leaf a segment starts from was given.
    leavesCompared: leaves.length - (options.segment?.from ? options.segment.from + 1 : 0),
    recomputedHead: chainHead(hash, recipe.seed, leaves),
    losses: checkpoint?.lossHistory ?? [],
    cost: {
      flops: trainingFlops({ ...recipe, steps: lastStep - (options.resume?.state.step ?? 0) }),
      wallMs: 0,
    },
  };
  if (divergedAt !== null) {
    const reason = `The recipe diverges at step ${divergedAt}: its loss is not finite.`;
    // The leaves may all agree: the file then ends before the run does.
    return { ...facts, ...mismatch(chain.leafSteps.at(leaves.length) ?? divergedAt, reason) };
  }
  if (differs >= 0) return { ...facts, ...leafMismatch(claim, differs, replayed, options) };
  if (part) return { ...facts, verdict: "sampled", reasons: [] };
  const end = checkpoint!;
  const trainedDigest = await modelDigest(recipe.model, end.state.weights, inputs.tokenizer);
  const found = await endFinding(claim, facts.recomputedHead, end, options);
  return { ...facts, trainedDigest, ...found };
}

/** The checkpoint that differs, or an end of the run where the file has none or the other way round. */
function leafMismatch(
  claim: Claim,
  differs: number,
  { leaves, checkpoint }: Replayed,
  options: VerifyOptions,
): Finding {
  const { chain, chain: { leafSteps } } = claim;
  const claimed = leafSteps.at(differs) ?? Infinity, last = leaves.length - 1;
  const replayed = differs < last ? claimed : differs > last ? Infinity : checkpoint!.state.step;
  const step = Math.min(claimed, replayed);
  const reason = claimed === replayed
    ? `The checkpoint of step ${step} differs.`
    : `The run does not end at step ${leafSteps.at(-1)}, as the file says.`;
  return {
    ...mismatch(step, reason),
    weightDifference: endDifference(claim, checkpoint!, options),
    leafDifference: {
      leaf: differs,
      claimed: chain.leaves[differs] ?? null,
      recomputed: leaves[differs] ?? null,
    },
  };
}

/** Where the run ends the file's arrays can be compared too: a checkpoint before left a hash only. */
function endDifference(
  { recipe: { model: config }, chain }: Claim,
  { state }: RunCheckpoint,
  { file }: VerifyOptions,
): WeightDifference | null {
  if (state.step !== chain.leafSteps.at(-1) || file.step !== state.step) return null;
  return firstDifference(config, file.weights, packAs(state.weights, file.dtype, config)) ??
    (file.m && firstDifference(config, file.m, state.m, "m")) ??
    (file.v && firstDifference(config, file.v, state.v, "v"));
}

/** Every leaf agrees: now the head, the arrays in the file and the scores. */
async function endFinding(
  claim: Claim,
  head: string,
  checkpoint: RunCheckpoint,
  options: VerifyOptions,
): Promise<Finding> {
  const { recipe, chain } = claim;
  const { state } = checkpoint;
  const { file } = options;
  const { model: config } = recipe, { step: steps } = state;
  if (chain.head !== head) {
    return mismatch(steps, "The chain's head does not follow from its leaves.");
  }
  if (file.step !== steps) {
    return mismatch(steps, `The file states step ${file.step}, the run ends at step ${steps}.`);
  }
  const weights = packAs(state.weights, file.dtype, config);
  const weightDifference = endDifference(claim, checkpoint, options);
  if (weightDifference) {
    const { tensor, index, differing } = weightDifference;
    const values = differing === 1 ? "1 value differs" : `${differing} values differ`;
    const reason = `${values}, first ${tensor} at ${index}.`;
    return { ...mismatch(steps, reason), weightDifference };
  }
  return await scoreFinding(weights, recipe, options);
}

async function scoreFinding(
  weights: Float32Array,
  recipe: Recipe,
  options: VerifyOptions,
): Promise<Finding> {
  const { engine, claimedScores, loadData, nowMs, onProgress, signal } = options;
  const { model: config, steps } = recipe;
  const scores = await rescore({
    engine,
    config,
    weights,
    tokenizer: options.file.tokenizer,
    claimed: claimedScores,
    loadData,
    nowMs,
    signal,
    onProgress: (fraction) => onProgress?.({ stage: "scoring", fraction, step: steps }),
  });
  const wrong = scores.filter(({ equal }) => !equal);
  if (wrong.length > 0) {
    const names = wrong.map(({ benchmark, version }) => `${benchmark} v${version}`).join(", ");
    return { ...mismatch(steps, `The published score differs on ${names}.`), scores };
  }
  const skipped = claimedScores.length - knownClaims(claimedScores).length;
  const reasons = skipped === 0 ? [] : [`${skipped} scores of retired benchmarks not compared.`];
  return { verdict: "exact", reasons, scores };
}
