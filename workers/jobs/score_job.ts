// Body of a scoring job: reads the file, runs the benchmarks it is asked for, and takes samples.

import type { BenchmarkModel } from "../../lib/benchmarks/benchmark.ts";
import { createBenchmarkModel } from "../../lib/benchmarks/model.ts";
import { runProbes } from "../../lib/benchmarks/probes.ts";
import { BENCHMARKS, findBenchmark } from "../../lib/benchmarks/registry.ts";
import { runBenchmarks } from "../../lib/benchmarks/run.ts";
import { parseTwinSeed, runTwins } from "../../lib/benchmarks/twins.ts";
import { fromUtf8, utf8 } from "../../lib/bytes.ts";
import { FormatError } from "../../lib/errors.ts";
import { HEADER_OFFSET } from "../../lib/format/header.ts";
import { modelDigest } from "../../lib/format/digest.ts";
import type { TinygptFile } from "../../lib/format/read.ts";
import { parseChain } from "../../lib/verification/chain.ts";
import { trainedPart, trainingFlops, trainingTokens } from "../../lib/verification/cost.ts";
import { tokenizerDifference } from "../../lib/verification/inputs.ts";
import { parseRecipe } from "../../lib/verification/parse_recipe.ts";
import { type Recipe, recipeHash } from "../../lib/verification/recipe.ts";
import type { JobContext, JobSpec, ScoreJobResult } from "../job_protocol.ts";
import { openJobEngine, readJobData, readModel } from "./host.ts";
import { modelOf } from "./replay.ts";

/** Prompts continued greedily for the model's page: one for each kind of model. */
const SAMPLE_PROMPTS = [
  "Once upon a time",
  "ROMEO:\n",
  "sort: 5 1 4 2 6 3 = ",
  "reverse: hello = ",
];
const SAMPLE_BYTES = 200;

export async function runScoreJob(context: JobContext): Promise<ScoreJobResult> {
  const { folder, progress, spec } = context;
  progress("reading the file", 0);
  const file = await modelOf({ model: await readModel(context), spec });
  const facts = await fileFacts(file);
  progress("starting the engine", 0.02);
  const { engine } = await openJobEngine(context);
  const inference = await engine.loadModel(file.config, file.weights);
  progress("probing the model", 0.03);
  const probes = await runProbes(inference, engine.math);
  const startMs = performance.now();
  const model = createBenchmarkModel(inference, engine.math, file.tokenizer);
  const outcomes = await runBenchmarks(
    model,
    spec.benchmarks.flatMap(({ id, version }) => findBenchmark(id, version) ?? []),
    (path) => readJobData(folder, path),
    {
      nowMs: () => performance.now(),
      onProgress: ({ benchmark, overall }) => {
        const etaMs = overall > 0 ? (performance.now() - startMs) * (1 / overall - 1) : undefined;
        progress(`scoring ${benchmark.id}`, 0.05 + 0.85 * overall, etaMs);
      },
    },
  );
  progress("scoring sealed twins", 0.9);
  const twins = await scoreTwins(model, context.spec);
  progress("generating samples", 0.96);
  const samples = await takeSamples(model);
  engine.close();
  return {
    facts: { ...facts, samples },
    scores: outcomes.map(({ result, ...outcome }) => ({
      ...outcome,
      score: result?.score ?? null,
      interval: result?.interval ?? null,
      secondary: result?.secondary ?? [],
      examples: result?.examples ?? [],
    })),
    probes,
    twins,
    engineDigest: engine.digest,
  };
}

async function scoreTwins(
  model: BenchmarkModel,
  { twin }: JobSpec,
): Promise<ScoreJobResult["twins"]> {
  if (twin === null) return null;
  const outcomes = await runTwins(model, BENCHMARKS, parseTwinSeed(twin.seed));
  return { period: twin.period, outcomes };
}

/** @throws {FormatError} when the file cuts text otherwise than its recipe says. */
async function assertDeclaredTokenizer(file: TinygptFile, recipe: Recipe): Promise<void> {
  const difference = await tokenizerDifference(file.tokenizer, recipe.tokenizer);
  if (difference === null) return;
  throw new FormatError(`The file contradicts its recipe: ${difference}`, {
    expected: "the tokenizer its recipe names",
    got: "another one",
    offset: HEADER_OFFSET,
    fix: "Train the recipe again and submit the file as it was written.",
  });
}

/** What the file says, recipe checked: a recipe or chain that cannot be read fails the submission. */
async function fileFacts(file: TinygptFile): Promise<Omit<ScoreJobResult["facts"], "samples">> {
  const recipe = file.recipe ? parseRecipe(file.recipe) : null;
  if (recipe) await assertDeclaredTokenizer(file, recipe);
  const trained = recipe && trainedPart(recipe, file.step);
  return {
    modelDigest: await modelDigest(file.config, file.weights, file.tokenizer),
    parameters: file.weights.length,
    trainingFlops: trained && trainingFlops(trained),
    trainingTokens: trained && trainingTokens(trained),
    selfReportedMs: file.header.trainWallMs,
    trainedIn: file.header.trainedIn,
    recipeHash: recipe && await recipeHash(recipe),
    recipe,
    chain: recipe && parseChain(file.chain),
    config: file.config,
    dtype: file.dtype,
    lossHistory: lossHistory(file.header.raw),
  };
}

/** The curves in the header, of training and of a dev set. They are shown, never trusted. */
function lossHistory(
  { lossHistory, devHistory }: Record<string, unknown>,
): ScoreJobResult["facts"]["lossHistory"] {
  const training = curve(lossHistory).map(({ step, loss }) => ({ step, loss }));
  const dev = curve(devHistory).map(({ step, loss }) => ({ step, dev: loss }));
  return Array.isArray(lossHistory) ? [...training, ...dev] : null;
}

/** The points of what should be a curve. */
function curve(value: unknown): { step: number; loss: number }[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, 5000).filter((point) =>
    Number.isSafeInteger(point?.step) && point.step >= 0 && Number.isFinite(point?.loss)
  );
}

/** Nothing of a model without tokenizer: prompts and samples are text. */
async function takeSamples(model: BenchmarkModel): Promise<{ prompt: string; text: string }[]> {
  if (!model.hasTokenizer) return [];
  const rows = await model.generate(SAMPLE_PROMPTS.map(utf8), {
    maxBytes: Math.min(SAMPLE_BYTES, 4 * model.contextLength),
    temperature: 0,
  });
  return rows.map((bytes, i) => ({ prompt: SAMPLE_PROMPTS[i], text: fromUtf8(bytes) }));
}
