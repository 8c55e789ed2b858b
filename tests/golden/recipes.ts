// Tiny training runs whose results are kept: each schedule, odd shapes, architectures, both generators.

import { createBatcher } from "../../lib/corpora/batch.ts";
import { CounterRandom } from "../../lib/corpora/philox.ts";
import type { DataSource } from "../../lib/corpora/sources.ts";
import type { Engine, OptimizerConfig, Trainer, TrainerOptions } from "../../lib/engine/engine.ts";
import { devSet } from "../../lib/corpora/dev_set.ts";
import { type DevPoint, hasEnded } from "../../lib/verification/early_stop.ts";
import type { EarlyStop } from "../../lib/verification/recipe.ts";
import { float64le, toHex } from "../../lib/bytes.ts";
import { BYTE_TOKENIZER } from "../../lib/tokenizers/tokenizer.ts";
import { tensorDigest } from "../../lib/format/digest.ts";

interface GoldenRun extends TrainerOptions {
  data: DataSource[];
  earlyStop?: EarlyStop;
  /** Starts from large uniform weights: the usual ones never reach the tails of exp and erf. */
  loud?: boolean;
}

/** What a run leaves: SHA-256 of weights and moments, the last loss as eight bytes in hexadecimal. */
export interface GoldenDigests {
  weights: string;
  m: string;
  v: string;
  lossBits: string;
}

const OPTIMIZER: OptimizerConfig = {
  learningRate: 0.003,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.1,
  gradClip: 1,
  schedule: { name: "cosine", warmupSteps: 4, minLearningRate: 3e-4 },
};
const SORT: DataSource = { generator: "sort-6", version: 1, params: {}, weight: 1 };
const REVERSE: DataSource = {
  generator: "reverse-16",
  version: 1,
  params: { minLength: 2, maxLength: 8 },
  weight: 2,
};

const MODERN = {
  norm: "rmsnorm",
  positions: "rotary",
  rotaryBase: 10_000,
  mlp: "swiglu",
  head: "untied",
  biases: false,
} as const;

const COSINE: GoldenRun = {
  config: { layers: 2, dModel: 32, heads: 2, ctx: 32, dMlp: 64, vocabSize: 256 },
  optimizer: OPTIMIZER,
  batchSize: 8,
  steps: 20,
  seed: 1,
  data: [SORT],
};

export const GOLDEN_RUNS: Record<string, GoldenRun> = {
  "cosine": COSINE,
  "cosine, by four micro-batches": { ...COSINE, batchSize: 2, accumulationSteps: 4 },
  "linear": {
    config: { layers: 1, dModel: 40, heads: 2, ctx: 29, dMlp: 92, vocabSize: 256 },
    optimizer: {
      ...OPTIMIZER,
      schedule: { name: "linear", warmupSteps: 3, minLearningRate: 0 },
    },
    batchSize: 5,
    steps: 16,
    seed: 20,
    data: [REVERSE],
  },
  "constant, without clipping or decay": {
    config: { layers: 2, dModel: 24, heads: 3, ctx: 43, dMlp: 44, vocabSize: 256 },
    optimizer: {
      ...OPTIMIZER,
      weightDecay: 0,
      gradClip: 0,
      schedule: { name: "constant", warmupSteps: 0, minLearningRate: 0 },
    },
    batchSize: 7,
    steps: 12,
    seed: 2 ** 40 + 9,
    data: [SORT, REVERSE],
  },
  "cosine without warm-up, tight clipping": {
    config: { layers: 1, dModel: 20, heads: 5, ctx: 31, dMlp: 28, vocabSize: 260 },
    optimizer: {
      ...OPTIMIZER,
      learningRate: 0.02,
      gradClip: 0.1,
      schedule: { name: "cosine", warmupSteps: 0, minLearningRate: 0 },
    },
    batchSize: 11,
    steps: 12,
    seed: 3,
    data: [SORT],
  },
  "warm-up only, four layers": {
    config: { layers: 4, dModel: 16, heads: 1, ctx: 65, dMlp: 64, vocabSize: 256 },
    optimizer: {
      ...OPTIMIZER,
      beta2: 0.999,
      schedule: { name: "linear", warmupSteps: 30, minLearningRate: 1e-5 },
    },
    batchSize: 9,
    steps: 8,
    seed: 4,
    data: [REVERSE, SORT],
  },
  "large weights": {
    config: { layers: 2, dModel: 24, heads: 3, ctx: 31, dMlp: 44, vocabSize: 256 },
    optimizer: OPTIMIZER,
    batchSize: 4,
    steps: 5,
    seed: 6,
    data: [SORT],
    loud: true,
  },
  "ended by its dev set": {
    config: { layers: 1, dModel: 16, heads: 2, ctx: 31, dMlp: 32, vocabSize: 256 },
    optimizer: OPTIMIZER,
    batchSize: 4,
    steps: 40,
    seed: 10,
    data: [SORT],
    earlyStop: {
      dev: { generator: "sort-6", version: 1, params: {}, rows: 7 },
      interval: 4,
      patience: 2,
      minDelta: 0.1,
    },
  },
  "muon": {
    config: { layers: 2, dModel: 24, heads: 3, ctx: 31, dMlp: 68, vocabSize: 256 },
    optimizer: { ...OPTIMIZER, muon: { learningRate: 0.02, momentum: 0.95 } },
    batchSize: 6,
    steps: 10,
    seed: 9,
    data: [SORT],
  },
  "RMS norm, rotary, SwiGLU, untied, no biases, shared keys": {
    config: {
      ...{ layers: 2, dModel: 48, heads: 4, ctx: 31, dMlp: 52, vocabSize: 256 },
      arch: { ...MODERN, kvHeads: 2 },
    },
    optimizer: OPTIMIZER,
    batchSize: 5,
    steps: 10,
    seed: 10,
    data: [SORT],
  },
  "rotary beside layer norm and GELU, one key for all heads, large weights": {
    config: {
      ...{ layers: 2, dModel: 24, heads: 3, ctx: 33, dMlp: 44, vocabSize: 256 },
      arch: {
        norm: "layernorm",
        positions: "rotary",
        rotaryBase: 500,
        mlp: "gelu",
        head: "tied",
        biases: true,
        kvHeads: 1,
      },
    },
    optimizer: OPTIMIZER,
    batchSize: 4,
    steps: 5,
    seed: 11,
    data: [SORT],
    loud: true,
  },
  "SwiGLU with biases, RMS norm, learned positions, by two micro-batches, large weights": {
    config: {
      ...{ layers: 1, dModel: 24, heads: 2, ctx: 31, dMlp: 36, vocabSize: 256 },
      arch: {
        norm: "rmsnorm",
        positions: "learned",
        mlp: "swiglu",
        head: "untied",
        biases: true,
        kvHeads: 2,
      },
    },
    optimizer: OPTIMIZER,
    batchSize: 2,
    accumulationSteps: 2,
    steps: 5,
    seed: 12,
    data: [SORT],
    loud: true,
  },
  "wsd, z-loss, everything decays": {
    config: { layers: 1, dModel: 24, heads: 2, ctx: 31, dMlp: 60, vocabSize: 256 },
    optimizer: {
      ...OPTIMIZER,
      zLoss: 1e-3,
      weightDecayMask: "all",
      schedule: { name: "wsd", warmupSteps: 2, decaySteps: 5, minLearningRate: 0 },
    },
    batchSize: 6,
    steps: 12,
    seed: 8,
    data: [SORT],
  },
};

async function endsEarly(
  { earlyStop, config: { ctx }, seed }: GoldenRun,
  trainer: Trainer,
  history: DevPoint[],
): Promise<boolean> {
  if (!earlyStop || trainer.step % earlyStop.interval !== 0) return false;
  const rows = devSet({
    dev: earlyStop.dev,
    sources: new Map(),
    tokenizer: BYTE_TOKENIZER,
    ctx,
    seed,
  });
  history.push({ step: trainer.step, loss: await trainer.evaluate(rows) });
  return hasEnded(earlyStop, history);
}

/** Uniform in −0.75..0.75. */
function loudWeights(count: number, seed: number): Float32Array {
  const random = new CounterRandom(seed, { stream: 99, step: 0, row: 0 });
  return Float32Array.from({ length: count }, () => (random.next() / 2 ** 32 - 0.5) * 1.5);
}

/** Trains every run to its end. */
export async function goldenDigests(engine: Engine): Promise<Record<string, GoldenDigests>> {
  const digests: Record<string, GoldenDigests> = {};
  for (const [name, run] of Object.entries(GOLDEN_RUNS)) {
    digests[name] = await digestsOf(engine, run);
  }
  return digests;
}

async function digestsOf(engine: Engine, run: GoldenRun): Promise<GoldenDigests> {
  const { config: { ctx }, batchSize, accumulationSteps = 1, seed, data } = run;
  const rows = batchSize * accumulationSteps;
  const batch = createBatcher({
    data,
    sources: new Map(),
    tokenizer: BYTE_TOKENIZER,
    ctx,
    batchSize: rows,
    seed,
  });
  const trainer = await engine.createTrainer(run);
  if (run.loud) {
    const state = trainer.state();
    trainer.restore({ ...state, weights: loudWeights(state.weights.length, seed) });
  }
  let lossNats = 0;
  const history: DevPoint[] = [];
  for (let step = 1; step <= run.steps; step++) {
    lossNats = (await trainer.trainStep(batch(step))).lossNats;
    if (await endsEarly(run, trainer, history)) break;
  }
  const { weights, m, v } = trainer.state();
  trainer.close();
  return {
    weights: await tensorDigest(weights),
    m: await tensorDigest(m),
    v: await tensorDigest(v),
    lossBits: toHex(float64le(lossNats)),
  };
}
