// The workshop of a cheat: a run of the real engine with one thing changed, its chain recomputed so
// that it is consistent with itself.

import { createBatcher, type TokenBatch } from "../../lib/corpora/batch.ts";
import { CORPORA } from "../../lib/corpora/registry.ts";
import type { Engine, Trainer, TrainState } from "../../lib/engine/engine.ts";
import { instantiateEngine } from "../../lib/engine/instantiate.ts";
import { BYTE_TOKENIZER } from "../../lib/tokenizers/tokenizer.ts";
import { ChainBuilder } from "../../lib/verification/chain.ts";
import { loadInputs } from "../../lib/verification/inputs.ts";
import { parseRecipe } from "../../lib/verification/parse_recipe.ts";
import {
  type Recipe,
  recipeHash,
  rowsPerStep,
  trainerOptions,
} from "../../lib/verification/recipe.ts";
import type { RunCheckpoint } from "../../lib/verification/run_checkpoint.ts";
import type { Chain, VerificationResult } from "../../lib/verification/types.ts";
import {
  type VerifiableFile,
  verifyFile,
  type VerifyOptions,
} from "../../lib/verification/verify.ts";
import { loadEngineBinary } from "../../wasm/load.ts";
import { describeVerifier } from "../../workers/verifier.ts";
import type { Found } from "./attack.ts";

const SHAKESPEARE = CORPORA.find(({ id }) => id === "tinyshakespeare")!;

/** One engine for all attacks: they run one after the other. */
let opened: Promise<{ engine: Engine; selfTestDigest: string }> | undefined;

export function openEngine() {
  return opened ??= (async () => {
    const engine = await instantiateEngine(await loadEngineBinary());
    return { engine, selfTestDigest: await engine.selfTest() };
  })();
}

export async function closeEngine(): Promise<void> {
  const open = await opened;
  opened = undefined;
  open?.engine.close();
}

/** 24 steps with a checkpoint every 4, on a corpus and a task: seven thousand weights. */
export async function honestRecipe(change: Partial<Recipe> = {}): Promise<Recipe> {
  const { engine } = await openEngine();
  return parseRecipe({
    spec: "exact/1",
    engine: engine.digest,
    model: { layers: 1, dModel: 16, heads: 2, ctx: 32, dMlp: 32, vocabSize: 256 },
    tokenizer: "bytes",
    data: [
      { corpus: SHAKESPEARE.id, sha256: SHAKESPEARE.sha256, weight: 1 },
      { generator: "sort-6", version: 1, params: {}, weight: 1 },
    ],
    optimizer: {
      learningRate: 0.003,
      beta1: 0.9,
      beta2: 0.95,
      epsilon: 1e-8,
      weightDecay: 0.1,
      gradClip: 1,
      schedule: { name: "cosine", warmupSteps: 4, minLearningRate: 0.0003 },
    },
    batchSize: 4,
    steps: 24,
    seed: 7,
    checkpointInterval: 4,
    author: "Mallory",
    ...change,
  });
}

/** What the cheat does differently; without any of it the run is honest. */
export interface Deed {
  /** Recipe that is really run; the file declares another. */
  really?: Recipe;
  /** Batch of a step, given how to make the honest one of any step. */
  batch?: (step: number, honest: (step: number) => TokenBatch) => TokenBatch;
  /** Changes bytes of the corpus. */
  corpus?: (bytes: Uint8Array) => void;
  /** Changes the state after a step; the run goes on from it. */
  after?: (state: TrainState) => TrainState;
  /** Is shown the state of every leaf, as its author would keep it. */
  keep?: (checkpoint: RunCheckpoint) => void;
}

/** Runs the recipe, as changed, and gives the file of it. Chain and weights fit each other. */
export async function forge(declared: Recipe, deed: Deed = {}): Promise<Forged> {
  const { engine } = await openEngine();
  const recipe = deed.really ?? declared;
  const makeBatch = await batcher(recipe, deed);
  const chain = new ChainBuilder(declared, await recipeHash(declared));
  const trainer = await engine.createTrainer(trainerOptions(recipe));
  let lossNats = 0;
  try {
    const leaf = async (state: TrainState) => {
      await chain.add(state, lossNats);
      const leaves = [...chain.leaves];
      deed.keep?.({ state, leaves, lastLoss: lossNats, lossHistory: [], devHistory: [] });
    };
    await leaf(changed(trainer, deed));
    for (let step = 1; step <= recipe.steps; step++) {
      ({ lossNats } = await trainer.trainStep(makeBatch(step)));
      const state = changed(trainer, deed);
      if (step === chain.nextStep) await leaf(state);
    }
    return asFile(declared, trainer.state(), chain.result());
  } finally {
    trainer.close();
  }
}

export type Forged = VerifiableFile & { chain: Chain };

function changed(trainer: Trainer, { after }: Deed): TrainState {
  const state = trainer.state();
  if (after === undefined) return state;
  const other = after(state);
  if (other !== state) trainer.restore(other);
  return other;
}

async function batcher(recipe: Recipe, deed: Deed): Promise<(step: number) => TokenBatch> {
  const { sources, tokenizer } = await loadInputs(recipe, readData);
  const bytes = sources.get(SHAKESPEARE.id);
  const used = new Map(sources);
  if (bytes && deed.corpus) {
    const copy = new Uint8Array(bytes);
    deed.corpus(copy);
    used.set(SHAKESPEARE.id, copy);
  }
  const { data, seed, model: { ctx } } = recipe;
  const batchSize = rowsPerStep(recipe);
  const honest = createBatcher({ data, sources: used, tokenizer, ctx, batchSize, seed });
  return (step) => deed.batch?.(step, honest) ?? honest(step);
}

function asFile(recipe: Recipe, { step, weights, m, v }: TrainState, chain: Chain): Forged {
  return {
    config: recipe.model,
    dtype: "fp32",
    ...{ step, chain },
    weights: new Float32Array(weights),
    m: new Float32Array(m),
    v: new Float32Array(v),
    tokenizer: BYTE_TOKENIZER,
    recipe: JSON.parse(JSON.stringify(recipe)),
  };
}

/** Replays a file as the server does. */
export async function replay(
  file: VerifiableFile,
  change: Partial<VerifyOptions> = {},
): Promise<VerificationResult> {
  const { engine, selfTestDigest } = await openEngine();
  return await verifyFile({
    file,
    engine,
    loadData: readData,
    claimedScores: [],
    verifier: describeVerifier({ engine, selfTestDigest, native: null }, []),
    nowMs: () => performance.now(),
    ...change,
  });
}

/** The verdict on a file, as an attack ends. */
export async function verdictOn(
  file: VerifiableFile,
  change: Partial<VerifyOptions> = {},
): Promise<Found> {
  const { verdict, firstDivergentStep, reasons } = await replay(file, change);
  return { outcome: verdict, step: firstDivergentStep, detail: reasons.join(" ") };
}

export function readData(path: string): Promise<Uint8Array> {
  return Deno.readFile(new URL(`../../data/${path}`, import.meta.url));
}

/** Weights with the lowest bit of one of them flipped. */
export function withFlippedBit(values: Float32Array, index: number): Float32Array<ArrayBuffer> {
  const copy = new Float32Array(values);
  new Uint32Array(copy.buffer)[index] ^= 1;
  return copy;
}
