// The run that the costs of proof are measured on, and its parts.

import type { Engine } from "../../lib/engine/engine.ts";
import { instantiateEngine } from "../../lib/engine/instantiate.ts";
import { BYTE_TOKENIZER } from "../../lib/tokenizers/tokenizer.ts";
import { loadInputs } from "../../lib/verification/inputs.ts";
import { parseRecipe } from "../../lib/verification/parse_recipe.ts";
import { type Recipe, recipeHash } from "../../lib/verification/recipe.ts";
import { runRecipe, type RunResult } from "../../lib/verification/replay.ts";
import type { RunCheckpoint } from "../../lib/verification/run_checkpoint.ts";
import type { Segment, VerificationResult } from "../../lib/verification/types.ts";
import { type VerifiableFile, verifyFile } from "../../lib/verification/verify.ts";
import { loadEngineBinary } from "../../wasm/load.ts";
import { spawnComputeThread } from "../../workers/spawn_thread.ts";
import { describeVerifier } from "../../workers/verifier.ts";

export interface Opened {
  engine: Engine;
  selfTestDigest: string;
}

export async function open(threads: number): Promise<Opened> {
  const engine = await instantiateEngine(await loadEngineBinary(), {
    threads,
    spawn: spawnComputeThread,
  });
  return { engine, selfTestDigest: await engine.selfTest() };
}

/** 0.12 M weights on the task of sorting, 96 steps; a checkpoint every `checkpointInterval`. */
export function benchRecipe({ engine }: Opened, checkpointInterval: number): Recipe {
  return parseRecipe({
    spec: "exact/1",
    engine: engine.digest,
    model: { layers: 2, dModel: 64, heads: 2, ctx: 64, dMlp: 256, vocabSize: 256 },
    tokenizer: "bytes",
    data: [{ generator: "sort-6", version: 1, params: {}, weight: 1 }],
    optimizer: {
      learningRate: 0.001,
      beta1: 0.9,
      beta2: 0.95,
      epsilon: 1e-8,
      weightDecay: 0.1,
      gradClip: 1,
      schedule: { name: "constant", warmupSteps: 0, minLearningRate: 0 },
    },
    batchSize: 8,
    steps: 96,
    seed: 1,
    checkpointInterval,
    author: "bench",
  });
}

const noData = () => Promise.reject(new Error("This run reads no corpus"));

export async function train(
  { engine }: Opened,
  recipe: Recipe,
  onLeaf?: (index: number, checkpoint: RunCheckpoint) => void,
): Promise<RunResult> {
  const inputs = await loadInputs(recipe, noData);
  return await runRecipe({
    recipe,
    recipeHash: await recipeHash(recipe),
    engine,
    ...inputs,
    onLeaf,
  });
}

export function fileOf(recipe: Recipe, { state, chain }: RunResult): VerifiableFile {
  return {
    config: recipe.model,
    dtype: "fp32",
    tokenizer: BYTE_TOKENIZER,
    step: state.step,
    weights: new Float32Array(state.weights),
    ...{ m: null, v: null, recipe, chain },
  };
}

export function replay(
  opened: Opened,
  file: VerifiableFile,
  part: { segment?: Segment; resume?: RunCheckpoint } = {},
): Promise<VerificationResult> {
  return verifyFile({
    file,
    engine: opened.engine,
    loadData: noData,
    claimedScores: [],
    verifier: describeVerifier({ ...opened, native: null }, []),
    nowMs: () => performance.now(),
    ...part,
  });
}
