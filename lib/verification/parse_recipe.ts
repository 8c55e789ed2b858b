// Reads recipes: a form, and the rules that span its fields. What is wrong is told by its path.

import { devRows, type DevSource } from "../corpora/dev_set.ts";
import { findGenerator } from "../corpora/generators.ts";
import { corpusOf, findCorpus, trainingRange } from "../corpora/registry.ts";
import type { Sources } from "../corpora/sources.ts";
import { ValidationError } from "../errors.ts";
import { architectureProblem } from "../format/architecture.ts";
import { type ModelConfig, parameterCount } from "../format/config.ts";
import { BYTE_TOKENS } from "../tokenizers/bpe.ts";
import {
  type EarlyStop,
  heldOut,
  MAX_CHECKPOINTS,
  type Recipe,
  type RecipeData,
  recipeSchema,
  rowsPerStep,
} from "./recipe.ts";
import { documentErrors, parseDocument } from "./schema.ts";

/** Most weights a recipe may declare. */
export const MAX_PARAMETERS = 200_000_000;
/** Most tokens of one batch; bounds the memory of activations. */
export const MAX_BATCH_TOKENS = 1 << 20;
/** Most tokens of a step of several batches. */
export const MAX_STEP_TOKENS = 1 << 22;

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
