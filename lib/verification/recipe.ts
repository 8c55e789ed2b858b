// What an entry declares: a recipe from which every bit of the model follows (docs/provenance.md).

import * as z from "zod";
import { findGenerator } from "../corpora/generators.ts";
import { findCorpus, isUploadId } from "../corpora/registry.ts";
import type { NamedCorpus } from "../corpora/sources.ts";
import { architectureSchema } from "../format/architecture.ts";
import type { TrainerOptions } from "../engine/engine.ts";
import {
  BYTE_TOKENS,
  MAX_ENTRY_BYTES,
  MAX_VOCAB_SIZE,
  MIN_ENTRY_BYTES,
  MIN_VOCAB_SIZE,
  VOCAB_SIZE_UNIT,
} from "../tokenizers/bpe.ts";
import { canonicalDigest } from "./canonical.ts";

/** Most checkpoints of one run: a leaf each in the file's header. */
export const MAX_CHECKPOINTS = 10_000;
const count = (max: number) => z.int().min(1).max(max);
/** −0 and 0 share their canonical JSON, so they must share their bits too. */
const real = () => z.number().overwrite((value) => value + 0);
const sha256 = () => z.string().regex(/^[0-9a-f]{64}$/, "64 lower-case hexadecimal digits");
const registered = () => z.string().regex(/^[a-z0-9-]{1,64}$/, "a registered name such as sort-6");

const modelSchema = z.strictObject({
  layers: count(64),
  dModel: count(4096),
  heads: count(64),
  ctx: count(8192),
  dMlp: count(16384),
  vocabSize: z.int().min(BYTE_TOKENS).max(MAX_VOCAB_SIZE),
  arch: architectureSchema.optional(),
});

const tokenizerSchema = z.union([
  z.literal("bytes"),
  z.strictObject({
    type: z.literal("bpe"),
    vocabSize: z.int().min(MIN_VOCAB_SIZE).max(MAX_VOCAB_SIZE).multipleOf(VOCAB_SIZE_UNIT),
    maxEntryBytes: z.int().min(MIN_ENTRY_BYTES).max(MAX_ENTRY_BYTES),
    trainedOn: z.strictObject({ corpus: registered(), sha256: sha256() }),
    sha256: sha256(),
  }),
]);

const dataSchema = z.union([
  z.strictObject({ corpus: registered(), sha256: sha256(), weight: count(1_000_000) }),
  z.strictObject({
    generator: registered(),
    version: count(1000),
    params: z.record(z.string().regex(/^[A-Za-z]{1,40}$/), real()),
    weight: count(1_000_000),
  }),
]);

const optimizerSchema = z.strictObject({
  learningRate: real().positive().max(1),
  beta1: real().min(0).lt(1),
  beta2: real().min(0).lt(1),
  // Smaller ones vanish in binary32.
  epsilon: real().min(1e-30).max(1),
  weightDecay: real().min(0).max(1),
  weightDecayMask: z.enum(["no-embeddings", "all"]).optional(),
  gradClip: real().min(0).max(1e6),
  schedule: z.strictObject({
    name: z.enum(["constant", "linear", "cosine", "wsd"]),
    warmupSteps: z.int().min(0).max(10_000_000),
    minLearningRate: real().min(0).max(1),
    decaySteps: count(10_000_000).optional(),
  }),
  muon: z.strictObject({
    learningRate: real().positive().max(1),
    momentum: real().min(0).lt(1),
  }).optional(),
  zLoss: real().positive().max(1).optional(),
});

const devSchema = z.union([
  z.strictObject({ corpus: registered(), sha256: sha256(), bytes: z.int().min(2).max(1 << 20) }),
  z.strictObject({
    generator: registered(),
    version: count(1000),
    params: z.record(z.string().regex(/^[A-Za-z]{1,40}$/), real()),
    rows: count(4096),
  }),
]);

const earlyStopSchema = z.strictObject({
  dev: devSchema,
  interval: count(10_000_000),
  patience: count(1000),
  minDelta: real().min(0).max(100),
});

export const recipeSchema = z.strictObject({
  spec: z.literal("exact/1"),
  engine: sha256(),
  model: modelSchema,
  tokenizer: tokenizerSchema,
  data: z.array(dataSchema).min(1).max(64),
  optimizer: optimizerSchema,
  batchSize: count(4096),
  accumulationSteps: z.int().min(2).max(1024).optional(),
  steps: count(10_000_000),
  seed: z.int().min(0),
  checkpointInterval: count(10_000_000),
  earlyStop: earlyStopSchema.optional(),
  author: z.string().regex(/^[^\p{C}]{1,80}$/u, "1 to 80 printable characters"),
});

export type Recipe = z.infer<typeof recipeSchema>;
/** Ends a run whose loss on a dev set no longer falls. */
export type EarlyStop = z.infer<typeof earlyStopSchema>;
/** One entry of a recipe's data list. */
export type RecipeData = z.infer<typeof dataSchema>;

/** SHA-256 of the canonical recipe, hexadecimal. */
export function recipeHash(recipe: Recipe): Promise<string> {
  return canonicalDigest(recipe);
}

/** The part of a recipe the engine's trainer takes. */
export function trainerOptions(recipe: Recipe): TrainerOptions {
  const { model: config, optimizer, batchSize, accumulationSteps, steps, seed } = recipe;
  return { config, optimizer, batchSize, accumulationSteps, steps, seed };
}

/** Rows behind one update: those of all its micro-batches. */
export function rowsPerStep(
  { batchSize, accumulationSteps = 1 }: Pick<Recipe, "batchSize" | "accumulationSteps">,
): number {
  return batchSize * accumulationSteps;
}

/**
 * Every corpus the recipe names: rows are drawn from it, its tokenizer is trained on it, or it is
 * evaluated on.
 */
export function namedCorpora({ data, tokenizer, earlyStop }: Recipe): NamedCorpus[] {
  const named: NamedCorpus[] = data.filter((source) => "corpus" in source);
  if (tokenizer !== "bytes") named.push(tokenizer.trainedOn);
  if (earlyStop && "corpus" in earlyStop.dev) named.push(earlyStop.dev);
  return named;
}

/** The corpus' bytes the recipe keeps from training. */
export function heldOut({ earlyStop }: Recipe): { corpus: string; bytes: number } | undefined {
  return earlyStop && "corpus" in earlyStop.dev ? earlyStop.dev : undefined;
}

/**
 * Names the recipe asks for and this build lacks or holds with other bytes.
 *
 * @param uploads ids of the uploaded corpora that are at hand.
 */
export function missingInputs(recipe: Recipe, uploads: ReadonlySet<string> = new Set()): string[] {
  const missing: string[] = [];
  for (const named of namedCorpora(recipe)) {
    if (isUploadId(named.corpus)) {
      missing.push(...uploadProblems(named, uploads));
      continue;
    }
    const corpus = findCorpus(named.corpus);
    if (!corpus) missing.push(`corpus ${named.corpus} is not registered`);
    else if (corpus.sha256 !== named.sha256) {
      missing.push(`corpus ${named.corpus} with SHA-256 ${named.sha256} is not registered`);
    }
  }
  for (const source of recipe.earlyStop ? [...recipe.data, recipe.earlyStop.dev] : recipe.data) {
    if ("corpus" in source || findGenerator(source.generator, source.version)) continue;
    missing.push(`generator ${source.generator} of version ${source.version} is not registered`);
  }
  return missing;
}

function uploadProblems({ corpus, sha256 }: NamedCorpus, uploads: ReadonlySet<string>): string[] {
  if (corpus !== sha256) return [`corpus ${corpus} cannot have SHA-256 ${sha256}`];
  return uploads.has(corpus) ? [] : [`no corpus of SHA-256 ${corpus} was uploaded and scanned`];
}
