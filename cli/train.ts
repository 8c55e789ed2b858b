// train: runs a recipe to its end, saving a checkpoint at every leaf.

import type { Engine } from "../lib/engine/engine.ts";
import { DivergedError, FormatError, NotFoundError, ValidationError } from "../lib/errors.ts";
import { modelDigest } from "../lib/format/digest.ts";
import { packAs } from "../lib/format/write.ts";
import { parameterCount } from "../lib/format/config.ts";
import {
  decodeCheckpoint,
  encodeCheckpoint,
  type SavedCheckpoint,
  trainedFile,
} from "../lib/verification/model_file.ts";
import { leafSteps } from "../lib/verification/chain.ts";
import { stateBytes } from "../lib/verification/segments.ts";
import { loadInputs, type RunInputs } from "../lib/verification/inputs.ts";
import { type Recipe, recipeHash, rowsPerStep } from "../lib/verification/recipe.ts";
import { runRecipe, type RunResult } from "../lib/verification/replay.ts";
import {
  type Arguments,
  type Command,
  CORPUS_OPTION,
  JSON_OPTION,
  NATIVE_OPTION,
  THREADS_OPTION,
  usageError,
} from "./command.ts";
import { assertWritable, makeFolder, openData, openEngine, readBytes, writeWhole } from "./host.ts";
import { stateFile } from "./states.ts";
import { readRecipe } from "./recipe_file.ts";
import { SERVER_OPTION } from "./server.ts";
import { ticketFor } from "./ticket.ts";
import { duration, note, printJson, ProgressBar } from "./output.ts";

export const TRAIN: Command = {
  name: "train",
  summary:
    "Trains a model from a recipe. Stopped at any moment, the same command goes on from the\n" +
    "last checkpoint and ends with the same bits.",
  operands: [],
  options: {
    recipe: { type: "string", value: "FILE", help: "the recipe, JSON (docs/recipe.md); required" },
    out: { type: "string", value: "FILE", help: "the model file to write; required" },
    seed: { type: "string", value: "N", help: "in place of the recipe's seed" },
    ticket: {
      type: "string",
      value: "FILE",
      help: "train with the seed of this ticket; taken from --server when there is no such file",
    },
    server: SERVER_OPTION,
    dtype: { type: "string", value: "fp32|fp16", help: "weights in the file (fp32)" },
    "optimizer-state": { type: "boolean", help: "also write Adam's moments (fp32 only)" },
    "keep-states": {
      type: "boolean",
      help: "also keep the state of every checkpoint, in FILE.states: for spot checks of long runs",
    },
    "corpus-file": CORPUS_OPTION,
    threads: THREADS_OPTION,
    native: NATIVE_OPTION,
    json: JSON_OPTION,
  },
  example: "train --recipe data/gallery/sort-6.json --out sort.tinygpt",
  run: train,
};

async function train(args: Arguments): Promise<void> {
  const { recipePath, out, seed, ticket, dtype, optimizerState, keepStates } = readOptions(args);
  await assertWritable(out);
  const { loadData, uploads } = await openData(args);
  const engine = await openEngine(args);
  const written = await readRecipe(recipePath, engine.digest, seed, uploads);
  const recipe = ticket === undefined
    ? written
    : { ...written, seed: (await ticketFor(args, ticket, written)).seed };
  const inputs = await loadInputs(recipe, loadData);
  const checkpointPath = `${out}.checkpoint`;
  const statesFolder = keepStates ? await openStates(out, recipe) : null;
  const bar = new ProgressBar(args.flag("json"));
  const { run, report } = await runToEnd({
    ...{ recipe, inputs, engine, checkpointPath, statesFolder, bar },
  }).catch(
    async (error) => {
      // A mended recipe is another one: it must not meet the checkpoint of this.
      if (error instanceof DivergedError) await Deno.remove(checkpointPath).catch(() => {});
      throw error;
    },
  );
  const trainWallMs = report.wallMs;
  const { tokenizer } = inputs;
  const stored = { dtype, optimizerState, trainWallMs, trainedIn: "command-line" } as const;
  await writeWhole(out, [trainedFile({ recipe, tokenizer, run, ...stored })]);
  await Deno.remove(checkpointPath).catch(() => {});
  const weights = packAs(run.state.weights, dtype, recipe.model);
  const result = {
    digest: await modelDigest(recipe.model, weights, tokenizer),
    chainHead: run.chain.head,
    steps: run.state.step,
    tokensPerSecond: report.tokensPerSecond,
  };
  if (args.flag("json")) return printJson(result);
  const steps = stepsText(result.steps, recipe.steps);
  console.log(`${out}: ${steps}, loss ${run.finalLoss.toFixed(4)} nats, model ${result.digest}`);
}

function stepsText(done: number, most: number): string {
  return done < most ? `ended by its dev set at step ${done} of ${most}` : `${done} steps`;
}

/** The folder of the states beside the model, and a word on what they will take. */
async function openStates(out: string, recipe: Recipe): Promise<string> {
  const folder = `${out}.states`;
  await makeFolder(folder);
  const count = leafSteps(recipe).length;
  const size = stateBytes({ leafCount: count, parameters: parameterCount(recipe.model) });
  const mebibytes = Math.ceil(count * size / 1024 ** 2);
  note(`Keeping ${count} states in ${folder}, up to ${mebibytes} MiB in all`);
  return folder;
}

/** Runs the recipe from its start or its checkpoint, saving every leaf's state. */
async function runToEnd({ recipe, inputs, engine, checkpointPath, statesFolder, bar }: {
  recipe: Recipe;
  inputs: RunInputs;
  engine: Engine;
  checkpointPath: string;
  statesFolder: string | null;
  bar: ProgressBar;
}): Promise<{ run: RunResult; report: TrainReport }> {
  const hash = await recipeHash(recipe);
  const saved = await savedCheckpoint(checkpointPath, hash);
  const report = new TrainReport(recipe, saved, bar);
  const run = await runRecipe({
    recipe,
    recipeHash: hash,
    engine,
    ...inputs,
    resume: saved?.checkpoint,
    onStep: (result) => report.step(result.step, result.lossNats),
    onLeaf: async (leaf, checkpoint) => {
      const state = { checkpoint, recipeHash: hash, trainWallMs: report.wallMs };
      const bytes = encodeCheckpoint(recipe, state);
      // Before the checkpoint: what goes on from that one does not come past this leaf again.
      if (statesFolder !== null) await writeWhole(stateFile(statesFolder, leaf), [bytes]);
      await writeWhole(checkpointPath, [bytes]);
    },
  });
  bar.end();
  return { run, report };
}

function readOptions(args: Arguments) {
  const recipePath = args.required("recipe"), out = args.required("out");
  const dtype = args.choice("dtype", ["fp32", "fp16"]) ?? "fp32";
  const optimizerState = args.flag("optimizer-state");
  if (dtype === "fp16" && optimizerState) {
    throw usageError(TRAIN, {
      expected: "--optimizer-state with --dtype fp32, which alone can hold it",
      got: "--dtype fp16",
    });
  }
  const ticket = args.text("ticket");
  const keepStates = args.flag("keep-states");
  return {
    ...{ recipePath, out, seed: readSeed(args, ticket), ticket, dtype, optimizerState, keepStates },
  };
}

/** A ticket brings its own; the recipe need not have one then. */
function readSeed(args: Arguments, ticket: string | undefined): number | undefined {
  const whole = { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true };
  const given = args.text("seed") !== undefined;
  if (given && ticket !== undefined) {
    const got = "both";
    throw usageError(TRAIN, { expected: "--seed or --ticket, which draws the seed", got });
  }
  if (ticket !== undefined) return 0;
  return given ? args.number("seed", 0, whole) : undefined;
}

/**
 * The checkpoint beside the output, or undefined when there is none.
 * @throws {ValidationError} when it belongs to another recipe.
 * @throws {FormatError} when it is damaged: never silently begun again, the run may be long.
 */
async function savedCheckpoint(path: string, hash: string): Promise<SavedCheckpoint | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readBytes(path);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
  const saved = decodeSaved(path, bytes);
  if (saved.recipeHash !== hash) {
    throw new ValidationError(`${path} is a checkpoint of another recipe`, {
      expected: `recipe ${hash}`,
      got: `recipe ${saved.recipeHash}`,
      fix: "Delete it to begin again, or choose another --out.",
    });
  }
  note(`Going on from step ${saved.checkpoint.state.step}, saved in ${path}`);
  return saved;
}

function decodeSaved(path: string, bytes: Uint8Array): SavedCheckpoint {
  try {
    return decodeCheckpoint(bytes);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const { problem, offset } = error;
    const fix = `Delete ${path}; the run then begins again, to the same bits.`;
    throw new FormatError(`${path} is no whole checkpoint: ${error.message}`, {
      ...problem,
      offset,
      fix,
    });
  }
}

/** Speed, time left and the wall time of the whole run, resumed parts included. */
class TrainReport {
  readonly #recipe: Recipe;
  readonly #bar: ProgressBar;
  readonly #startMs = performance.now();
  readonly #firstStep: number;
  readonly #earlierMs: number;
  #steps = 0;

  constructor(recipe: Recipe, saved: SavedCheckpoint | undefined, bar: ProgressBar) {
    this.#recipe = recipe;
    this.#bar = bar;
    this.#firstStep = saved?.checkpoint.state.step ?? 0;
    this.#earlierMs = saved?.trainWallMs ?? 0;
    const parameters = parameterCount(recipe.model);
    bar.update(this.#firstStep / recipe.steps, `${parameters} parameters`);
  }

  get wallMs(): number {
    return this.#earlierMs + performance.now() - this.#startMs;
  }

  /** Of the steps done by this process. */
  get tokensPerSecond(): number {
    const seconds = (performance.now() - this.#startMs) / 1000;
    return Math.round(this.#steps * rowsPerStep(this.#recipe) * this.#recipe.model.ctx / seconds);
  }

  step(step: number, lossNats: number): void {
    this.#steps = step - this.#firstStep;
    const { steps } = this.#recipe;
    const leftMs = (performance.now() - this.#startMs) / this.#steps * (steps - step);
    const text = `step ${step}/${steps}  loss ${lossNats.toFixed(4)}  ` +
      `${this.tokensPerSecond} tokens/s  ${duration(leftMs)} left`;
    this.#bar.update(step / steps, text);
  }
}
