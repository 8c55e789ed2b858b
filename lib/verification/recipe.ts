// What an entry declares: a recipe from which every bit of the model follows (docs/provenance.md).

import * as z from "zod";
import { findGenerator } from "../corpora/generators.ts";
import { devRows, type DevSource } from "../corpora/dev_set.ts";
import { corpusOf, findCorpus, isUploadId, trainingRange } from "../corpora/registry.ts";
import type { NamedCorpus, Sources } from "../corpora/sources.ts";
import { architectureProblem, architectureSchema } from "../format/architecture.ts";
import { type ModelConfig, parameterCount } from "../format/config.ts";
import type { TrainerOptions } from "../engine/engine.ts";
import { ValidationError } from "../errors.ts";
import {
  BYTE_TOKENS,
  MAX_ENTRY_BYTES,
  MAX_VOCAB_SIZE,
  MIN_ENTRY_BYTES,
  MIN_VOCAB_SIZE,
  VOCAB_SIZE_UNIT,
} from "../tokenizers/bpe.ts";
import { canonicalDigest } from "./canonical.ts";
import { documentErrors, parseDocument } from "./schema.ts";

/** Most checkpoints of one run: a leaf each in the file's header. */
export const MAX_CHECKPOINTS = 10_000;
/** Most weights a recipe may declare. */
export const MAX_PARAMETERS = 200_000_000;
/** Most tokens of one batch; bounds the memory of activations. */
export const MAX_BATCH_TOKENS = 1 << 20;
/** Most tokens of a step of several batches. */
export const MAX_STEP_TOKENS = 1 << 22;

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

/**
 * Validates a recipe from a file or a form. Unknown keys are refused: a recipe means what it says.
 *
 * @throws {ValidationError} with the dotted path, what was expected, what came and how to mend it.
 */
export function parseRecipe(value: unknown): Recipe {
  const recipe = parseDocument(recipeSchema, value, "recipe");
  // After the caps, never as a zod refinement: zod refines values that are over their caps as well,
  // and counting the tensors of 10^9 layers does not end.
  for (const [path, fix] of crossFieldProblems(recipe)) {
    throw new ValidationError(`recipe.${path}: ${fix}`, { path, fix });
  }
  return recipe;
}

/** All that is wrong with it, where `parseRecipe` throws the first; none for a recipe. */
export function recipeErrors(value: unknown): ValidationError[] {
  const errors = documentErrors(recipeSchema, value, "recipe");
  if (errors.length > 0) return errors;
  return [...crossFieldProblems(recipeSchema.parse(value))].map(([path, words]) => {
    // What is wrong, and after the colon how to mend it.
    const [, wrong, fix] = /^(.*): ([^:]*)$/.exec(words) ?? [null, words, words];
    return new ValidationError(`recipe.${path}: ${wrong}`, { path, fix });
  });
}

/**
 * What `parseRecipe` cannot tell of uploaded corpora, whose lengths are known with their bytes.
 *
 * @throws {ValidationError} when one is too short for the recipe.
 */
export function assertCorporaFit(recipe: Recipe, sources: Sources): void {
  const find: FindCorpus = (id) => sources.has(id) ? corpusOf(id, sources.get(id)!) : undefined;
  for (const [path, fix] of corpusProblems(recipe, find)) {
    throw new ValidationError(`recipe.${path}: ${fix}`, { path, fix });
  }
}

/** The recipe, or null when `value` is none. */
export function recipeOrNull(value: unknown): Recipe | null {
  try {
    return parseRecipe(value);
  } catch (error) {
    if (error instanceof ValidationError) return null;
    throw error;
  }
}

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

/** [dotted path, what is wrong and how to mend it], for rules that span fields. */
function* crossFieldProblems(recipe: Recipe): Generator<[string, string]> {
  const { model, batchSize, steps, checkpointInterval } = recipe;
  yield* modelProblems(model);
  yield* vocabularyProblems(recipe);
  yield* optimizerProblems(recipe);
  if (batchSize * model.ctx > MAX_BATCH_TOKENS) {
    yield [
      "batchSize",
      `batchSize × ctx is ${
        batchSize * model.ctx
      } tokens, at most ${MAX_BATCH_TOKENS} are allowed: lower batchSize`,
    ];
  }
  const stepTokens = rowsPerStep(recipe) * model.ctx;
  if (stepTokens > MAX_STEP_TOKENS) {
    yield [
      "accumulationSteps",
      `batchSize × accumulationSteps × ctx is ${stepTokens} tokens, at most ${MAX_STEP_TOKENS} are allowed: lower accumulationSteps`,
    ];
  }
  if (steps / checkpointInterval > MAX_CHECKPOINTS) {
    const atLeast = Math.ceil(steps / MAX_CHECKPOINTS);
    yield ["checkpointInterval", `too many checkpoints: set it to ${atLeast} or more`];
  }
  yield* corpusProblems(recipe, findCorpus);
}

type FindCorpus = (id: string) => ReturnType<typeof corpusOf>;

function* corpusProblems(recipe: Recipe, find: FindCorpus): Generator<[string, string]> {
  for (const [index, source] of recipe.data.entries()) {
    yield* dataProblems(source, `data.${index}`, recipe, find);
  }
  if (recipe.earlyStop) yield* earlyStopProblems(recipe, recipe.earlyStop, find);
}

function* earlyStopProblems(
  recipe: Recipe,
  { dev, interval }: EarlyStop,
  find: FindCorpus,
): Generator<[string, string]> {
  const { steps, model: { ctx } } = recipe;
  if (interval > steps) {
    yield [
      "earlyStop.interval",
      `an evaluation every ${interval} steps never comes in ${steps} steps: lower interval`,
    ];
  }
  if (steps / interval > MAX_CHECKPOINTS) {
    const atLeast = Math.ceil(steps / MAX_CHECKPOINTS);
    yield ["earlyStop.interval", `too many evaluations: set it to ${atLeast} or more`];
  }
  const tokens = devRows(dev, ctx) * ctx;
  if (tokens > MAX_BATCH_TOKENS + ctx) {
    yield [
      "earlyStop.dev",
      `its rows are ${tokens} tokens, at most ${MAX_BATCH_TOKENS} are allowed: lower rows`,
    ];
  }
  if ("corpus" in dev) {
    const corpus = find(dev.corpus);
    if (corpus && dev.bytes > corpus.byteLength) {
      yield [
        "earlyStop.dev.bytes",
        `${corpus.id} has ${corpus.byteLength} bytes, fewer than ${dev.bytes}: lower bytes`,
      ];
    }
    if (dev.bytes <= longestToken(recipe)) {
      yield ["earlyStop.dev.bytes", `${dev.bytes} bytes can be one token: raise bytes`];
    }
  } else yield* dataProblems(dev, "earlyStop.dev", recipe, find);
}

function* vocabularyProblems({ model, tokenizer }: Recipe): Generator<[string, string]> {
  const tokens = tokenizer === "bytes" ? BYTE_TOKENS : tokenizer.vocabSize;
  if (model.vocabSize === tokens) return;
  yield [
    "model.vocabSize",
    `vocabSize is ${model.vocabSize}, the tokenizer has ${tokens} tokens: set it to ${tokens}`,
  ];
}

function* optimizerProblems({ optimizer, steps }: Recipe): Generator<[string, string]> {
  const { learningRate, weightDecay, weightDecayMask, schedule } = optimizer;
  const { name, warmupSteps, minLearningRate, decaySteps } = schedule;
  const at = "optimizer.schedule";
  if (warmupSteps > steps) {
    yield [
      `${at}.warmupSteps`,
      `${warmupSteps} warm-up steps do not fit in ${steps} steps: lower warmupSteps`,
    ];
  }
  if (minLearningRate > learningRate) {
    yield [`${at}.minLearningRate`, "minLearningRate is above learningRate: lower it"];
  }
  if ((name === "wsd") !== (decaySteps !== undefined)) {
    yield [
      `${at}.decaySteps`,
      name === "wsd"
        ? "schedule wsd needs decaySteps, the number of its last, falling steps: add it"
        : `only schedule wsd has decaySteps, this is ${name}: remove it`,
    ];
  } else if (warmupSteps + (decaySteps ?? 0) > steps) {
    yield [
      `${at}.decaySteps`,
      `warmupSteps and decaySteps are ${
        warmupSteps + decaySteps!
      } together, more than ${steps} steps: lower one`,
    ];
  }
  if (weightDecayMask !== undefined && weightDecay === 0) {
    yield ["optimizer.weightDecayMask", "nothing decays when weightDecay is 0: remove it"];
  }
}

function* modelProblems(model: ModelConfig): Generator<[string, string]> {
  const headSize = model.dModel / model.heads;
  if (!Number.isInteger(headSize) || headSize % 4 !== 0) {
    yield [
      "model.dModel",
      `dModel / heads is ${headSize}, it must be a multiple of 4: set dModel to a multiple of ${
        4 * model.heads
      }`,
    ];
  }
  const problem = architectureProblem(model);
  if (problem) {
    const { path, expected, got, fix } = problem;
    yield [`model.${path}`, `expected ${expected}, got ${got}: ${fix}`];
  }
  const parameters = parameterCount(model);
  if (parameters > MAX_PARAMETERS) {
    yield ["model", `${parameters} parameters, at most ${MAX_PARAMETERS} are allowed: shrink it`];
  }
}

/** Unregistered names are no problem here: a recipe stays well-formed, its replay is not possible. */
function* dataProblems(
  source: RecipeData | DevSource,
  at: string,
  recipe: Recipe,
  find: FindCorpus,
): Generator<[string, string]> {
  const { ctx } = recipe.model;
  if ("corpus" in source) {
    const corpus = find(source.corpus), held = heldOut(recipe);
    if (!corpus) return;
    const heldBytes = held?.corpus === corpus.id ? held.bytes : 0;
    const [start, end] = trainingRange(corpus, heldBytes);
    if ((end - start) / longestToken(recipe) <= ctx) {
      const less = heldBytes > 0 ? "lower earlyStop.dev.bytes" : "lower model.ctx";
      yield [
        `${at}.corpus`,
        `what is trained on of ${corpus.id} is shorter than one window: ${less}`,
      ];
    }
    return;
  }
  const generator = findGenerator(source.generator, source.version);
  if (!generator) return;
  const problem = generator.paramsProblem(source.params);
  if (problem !== null) {
    yield [`${at}.params`, problem];
  } else if (generator.ctxNeeded(source.params) > ctx) {
    const needed = generator.ctxNeeded(source.params);
    yield [`${at}.generator`, `${generator.id} needs a context of ${needed}: raise model.ctx`];
  }
}

/** Bytes of the longest token. */
function longestToken({ tokenizer }: Recipe): number {
  return tokenizer === "bytes" ? 1 : tokenizer.maxEntryBytes;
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
