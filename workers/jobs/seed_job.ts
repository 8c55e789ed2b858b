// Body of an audit's job: trains the recipe from another seed, and scores what comes of it.

import { DivergedError, ValidationError } from "../../lib/errors.ts";
import { modelDigest } from "../../lib/format/digest.ts";
import { packAs } from "../../lib/format/write.ts";
import { trainingFlops } from "../../lib/verification/cost.ts";
import { loadInputs } from "../../lib/verification/inputs.ts";
import { parseRecipe } from "../../lib/verification/parse_recipe.ts";
import { type Recipe, recipeHash } from "../../lib/verification/recipe.ts";
import { runRecipe, type RunResult } from "../../lib/verification/replay.ts";
import { missingEngine } from "../../lib/verification/replay_engine.ts";
import { rescore } from "../../lib/verification/rescore.ts";
import type { SeedJobResult } from "../../lib/verification/result_schema.ts";
import type { JobContext } from "../job_protocol.ts";
import type { OpenedEngine } from "../open_engine.ts";
import { describeVerifier } from "../verifier.ts";
import { openRecipeEngine, readJobData, readModel } from "./host.ts";
import { modelOf } from "./replay.ts";
import { saveCheckpoint, savedCheckpoint } from "./replay_files.ts";

/** Share of the whole job that is the training; the rest is scoring. */
const TRAINING_SHARE = 0.95;

export async function runSeedJob(context: JobContext): Promise<SeedJobResult> {
  const { folder, spec, progress } = context;
  const startedAt = new Date().toISOString();
  const startMs = performance.now();
  progress("reading the file", 0);
  const file = await modelOf({ model: await readModel(context), spec });
  if (spec.seed === null) throw new ValidationError("The job names no seed");
  const recipe = { ...parseRecipe(file.recipe), seed: spec.seed };
  const { opened, instead } = await openRecipeEngine(context);
  const { engine } = opened;
  const missing = missingEngine({ declared: recipe.engine, used: engine.digest, instead });
  if (missing !== null) throw new ValidationError(`The recipe cannot be trained here: ${missing}`);
  const run = await train(context, recipe, opened);
  const ended = typeof run === "number" ? null : run;
  const scores = ended === null ? [] : await rescore({
    engine,
    config: recipe.model,
    weights: packAs(ended.state.weights, file.dtype, recipe.model),
    tokenizer: file.tokenizer,
    claimed: spec.claimedScores,
    loadData: (path) => readJobData(folder, path),
    nowMs: () => performance.now(),
    onProgress: (done) => progress("scoring", TRAINING_SHARE + (1 - TRAINING_SHARE) * done),
  });
  const steps = ended?.state.step ?? (run as number);
  const result: SeedJobResult = {
    ...{ seed: recipe.seed, engineDigest: engine.digest, divergedAt: ended ? null : steps },
    trainedDigest: ended &&
      await modelDigest(recipe.model, ended.state.weights, file.tokenizer),
    finalLoss: ended?.finalLoss ?? null,
    scores: scores.map(({ equal: _, ...score }) => score),
    verifier: describeVerifier(opened, spec.flags),
    cost: {
      flops: trainingFlops({ ...recipe, steps }),
      wallMs: performance.now() - startMs,
    },
    ...{ startedAt, finishedAt: new Date().toISOString() },
  };
  engine.close();
  return result;
}

/** The run, or the step at which it stopped being finite. */
async function train(
  context: JobContext,
  recipe: Recipe,
  { engine }: OpenedEngine,
): Promise<RunResult | number> {
  const { folder, progress } = context;
  const startMs = performance.now();
  const resume = await savedCheckpoint(context, recipe);
  const before = resume?.state.step ?? 0;
  try {
    return await runRecipe({
      ...{ recipe, recipeHash: await recipeHash(recipe), engine, resume },
      ...await loadInputs(recipe, (path) => readJobData(folder, path)),
      onLeaf: (_, checkpoint) => saveCheckpoint(context, recipe, checkpoint),
      onStep({ step }) {
        const msPerStep = (performance.now() - startMs) / (step - before);
        const etaMs = msPerStep * (recipe.steps - step);
        progress(`training step ${step}`, TRAINING_SHARE * step / recipe.steps, etaMs);
      },
    });
  } catch (error) {
    if (!(error instanceof DivergedError)) throw error;
    return error.step;
  }
}
