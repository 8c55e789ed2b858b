// Recipes to begin with, from ten thousand weights to ten million. Knows no page and no clock.

import { findCorpus } from "../corpora/registry.ts";
import type { Recipe } from "../verification/recipe.ts";

export interface Preset {
  id: string;
  name: string;
  /** What it learns, one sentence. */
  teaches: string;
  /** The benchmark it is made for. */
  benchmark: string;
  recipe: Omit<Recipe, "engine" | "author" | "seed">;
}

type Model = Recipe["model"];

/** RMS norm, no biases, the head tied to the embedding: most weights go into what is computed. */
const LEAN = { norm: "rmsnorm", head: "tied", biases: false } as const;

function taskModel(layers: number, dModel: number, heads: number, ctx: number): Model {
  const arch = { ...LEAN, positions: "learned", mlp: "gelu", kvHeads: heads } as const;
  return { layers, dModel, heads, ctx, dMlp: 2 * dModel, vocabSize: 256, arch };
}

function textModel(
  shape: Pick<Model, "layers" | "dModel" | "heads" | "ctx" | "dMlp" | "vocabSize">,
): Model {
  const positions = { positions: "rotary", rotaryBase: 10_000 } as const;
  return { ...shape, arch: { ...LEAN, ...positions, mlp: "swiglu", kvHeads: shape.heads } };
}

/** A corpus by its registered name. */
function named(corpus: string): { corpus: string; sha256: string } {
  return { corpus, sha256: findCorpus(corpus)!.sha256 };
}

/** Byte-pair encodings whose merges were computed once: `deno task cli tokenizer`. */
export const TOKENIZERS = {
  plays: {
    type: "bpe",
    vocabSize: 512,
    maxEntryBytes: 16,
    trainedOn: named("tinyshakespeare"),
    sha256: "f0795988aff47988fb47533a527442ffb3d72c31e2e38151c3fb90d38e7b249a",
  },
  facts: {
    type: "bpe",
    vocabSize: 1024,
    maxEntryBytes: 16,
    trainedOn: named("tinystories-train-full"),
    sha256: "e7550303b0b8d4c10ff7cb653f9c5ce02178ea91750fae3d70d4a236d69766c3",
  },
  stories: {
    type: "bpe",
    vocabSize: 2048,
    maxEntryBytes: 16,
    trainedOn: named("tinystories-train-full"),
    sha256: "a4a137fb8ceec43449a52814404c64fe7f833b8ab16add6518f4e1028e2e1c33",
  },
} as const satisfies Record<string, Recipe["tokenizer"]>;

const MUON = { learningRate: 0.02, momentum: 0.95 };

/** Falls along a cosine: short runs of a generated task. */
function taskOptimizer(learningRate: number): Recipe["optimizer"] {
  return {
    ...{ learningRate, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.001, gradClip: 1 },
    schedule: { name: "cosine", warmupSteps: 50, minLearningRate: learningRate / 100 },
    muon: MUON,
  };
}

/** Stays at its peak, then falls in a line over the last half: docs/gallery.md says why. */
function textOptimizer(learningRate: number, steps: number): Recipe["optimizer"] {
  const schedule = { name: "wsd", minLearningRate: 0 } as const;
  return {
    ...{ learningRate, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, gradClip: 1 },
    schedule: { ...schedule, warmupSteps: Math.round(steps / 50), decaySteps: steps / 2 },
    muon: MUON,
  };
}

/** A dev set that only draws a curve: there are never so many evaluations that it ends the run. */
const ONLY_WATCH = { patience: 1000, minDelta: 0 };

function taskRun(
  generator: string,
  params: Record<string, number>,
  { learningRate, ...sizes }: Pick<Recipe, "model" | "steps" | "batchSize"> & {
    learningRate: number;
  },
): Preset["recipe"] {
  const source = { generator, version: 1, params };
  return {
    spec: "exact/1",
    tokenizer: "bytes",
    data: [{ ...source, weight: 1 }],
    optimizer: taskOptimizer(learningRate),
    ...sizes,
    checkpointInterval: sizes.steps / 20,
    earlyStop: { dev: { ...source, rows: 64 }, interval: sizes.steps / 20, ...ONLY_WATCH },
  };
}

function textRun(
  corpora: Record<string, number>,
  sizes: Pick<Recipe, "model" | "tokenizer" | "steps" | "batchSize"> & {
    learningRate: number;
  },
): Preset["recipe"] {
  const { learningRate, ...rest } = sizes;
  const [first] = Object.keys(corpora);
  return {
    spec: "exact/1",
    data: Object.entries(corpora).map(([id, weight]) => ({ ...named(id), weight })),
    optimizer: textOptimizer(learningRate, sizes.steps),
    ...rest,
    checkpointInterval: sizes.steps / 50,
    earlyStop: {
      dev: { ...named(first), bytes: 16_384 },
      interval: sizes.steps / 25,
      ...ONLY_WATCH,
    },
  };
}

/** The smallest first. */
export const PRESETS: readonly Preset[] = [
  {
    id: "sorter",
    name: "Sorter",
    teaches: "Puts six digits in order. The first run for everybody.",
    benchmark: "sort-6",
    recipe: taskRun("sort-6", {}, {
      model: taskModel(3, 16, 2, 31),
      steps: 1500,
      batchSize: 32,
      learningRate: 0.01,
    }),
  },
  {
    id: "reverser",
    name: "Reverser",
    teaches: "Writes a word of up to sixteen letters backwards.",
    benchmark: "reverse-16",
    recipe: taskRun("reverse-16", { minLength: 4, maxLength: 16 }, {
      model: taskModel(2, 32, 2, 44),
      steps: 3000,
      batchSize: 32,
      learningRate: 0.01,
    }),
  },
  {
    id: "bard-small",
    name: "Small bard",
    teaches: "Writes in the manner of Shakespeare's plays, roughly.",
    benchmark: "shakespeare-ppl",
    recipe: textRun({ tinyshakespeare: 1 }, {
      model: textModel({ layers: 2, dModel: 64, heads: 4, ctx: 128, dMlp: 176, vocabSize: 512 }),
      tokenizer: TOKENIZERS.plays,
      steps: 1000,
      batchSize: 8,
      learningRate: 0.006,
    }),
  },
  {
    id: "facts",
    name: "Facts",
    teaches: "Knows what dogs say and what a broom is for, in plain sentences.",
    benchmark: "multiple-choice-mini",
    recipe: textRun({ "facts-train": 4, "tinystories-train-full": 1 }, {
      model: textModel({ layers: 3, dModel: 64, heads: 4, ctx: 72, dMlp: 176, vocabSize: 1024 }),
      tokenizer: TOKENIZERS.facts,
      steps: 2000,
      batchSize: 14,
      learningRate: 0.006,
    }),
  },
  {
    id: "bard",
    name: "Bard",
    teaches: "The same plays with four times the weights; it keeps to speakers and lines.",
    benchmark: "shakespeare-ppl",
    recipe: textRun({ tinyshakespeare: 1 }, {
      model: textModel({ layers: 4, dModel: 96, heads: 3, ctx: 192, dMlp: 256, vocabSize: 512 }),
      tokenizer: TOKENIZERS.plays,
      steps: 1000,
      batchSize: 8,
      learningRate: 0.004,
    }),
  },
  {
    id: "stories-1m",
    name: "Storyteller, 1 M",
    teaches: "Tells small stories in simple English.",
    benchmark: "tinystories-ppl",
    recipe: textRun({ "tinystories-train-full": 1 }, {
      model: textModel({ layers: 4, dModel: 128, heads: 4, ctx: 128, dMlp: 344, vocabSize: 2048 }),
      tokenizer: TOKENIZERS.stories,
      steps: 2000,
      batchSize: 12,
      learningRate: 0.004,
    }),
  },
  {
    id: "stories-3m",
    name: "Storyteller, 3 M",
    teaches: "Longer memory and a better ear; for an evening of a laptop.",
    benchmark: "tinystories-ppl",
    recipe: textRun({ "tinystories-train-full": 1 }, {
      model: textModel({ layers: 5, dModel: 208, heads: 4, ctx: 192, dMlp: 560, vocabSize: 2048 }),
      tokenizer: TOKENIZERS.stories,
      steps: 3000,
      batchSize: 12,
      learningRate: 0.003,
    }),
  },
  {
    id: "stories-10m",
    name: "Storyteller, 10 M",
    teaches: "As large as a tab should train; for a machine that may run for a day.",
    benchmark: "tinystories-ppl",
    recipe: textRun({ "tinystories-train-full": 1 }, {
      model: textModel({
        ...{ layers: 5, dModel: 384, heads: 6, ctx: 256, dMlp: 1024, vocabSize: 2048 },
      }),
      tokenizer: TOKENIZERS.stories,
      steps: 3000,
      batchSize: 12,
      learningRate: 0.002,
    }),
  },
];

/** Whoever trains, until a name is written in. */
export const NOBODY = "Playground";

/** The preset as a whole recipe for the engine of this digest. */
export function presetRecipe(preset: Preset, engine: string, author = NOBODY): Recipe {
  return { ...structuredClone(preset.recipe), engine, seed: 1, author };
}
