// Trains a run of this browser: the loop of the command line and of replays, with checkpoints in the
// browser's private file system. Begun again after a reload or a crash it ends with the same bits.

import { createBenchmarkModel } from "../lib/benchmarks/model.ts";
import { toHex, utf8 } from "../lib/bytes.ts";
import { canReplay } from "../lib/engine/conforming.ts";
import type { Engine, StepResult, Trainer } from "../lib/engine/engine.ts";
import { MOST_BYTES } from "../lib/engine/kernels.ts";
import { BudgetError, NotFoundError, TinyproofError, ValidationError } from "../lib/errors.ts";
import { modelDigest } from "../lib/format/digest.ts";
import { sha256 } from "../lib/hash.ts";
import { Curve } from "../lib/playground/curve.ts";
import { promptFor } from "../lib/playground/prompts.ts";
import {
  readCheckpoint,
  readRun,
  type RunProgress,
  type RunSample,
  saveCheckpoint,
  saveFinished,
  type StoredRun,
} from "../lib/playground/runs.ts";
import { replayBudget } from "../lib/verification/cost.ts";
import { loadInputs, type RunInputs } from "../lib/verification/inputs.ts";
import {
  decodeCheckpoint,
  encodeCheckpoint,
  type SavedCheckpoint,
  trainedFile,
} from "../lib/verification/model_file.ts";
import { parseRecipe, type Recipe, recipeHash, rowsPerStep } from "../lib/verification/recipe.ts";
import { type RunCheckpoint, runRecipe, type RunResult } from "../lib/verification/replay.ts";
import { siteData } from "./site_data.ts";
import type { Gate } from "./gate.ts";
import type { Site, TrainReply } from "./train_protocol.ts";

/** Steps are told at most this often: a page draws them. */
const TICK_MS = 400;
/** Speed is that of so long a time. */
const WINDOW_MS = 8000;
/** Most of the time goes to training: keeping its state and samples of it wait so many times as long. */
const PATIENCE = 20;
/** Samples are read. */
const SAMPLE_MS = 3000;
const MOST_SAMPLES = 24;

interface TrainRun {
  engine: Engine;
  gate: Gate;
  reply: (message: TrainReply) => void;
  site: Site;
  /** Its id. */
  run: string;
}

/** @throws {TinyproofError} when another tab trains the run, or it cannot be trained here. */
export async function trainRun(options: TrainRun): Promise<void> {
  // Ends with the worker, however that ends.
  await navigator.locks.request(
    `playground-${options.run}`,
    { ifAvailable: true },
    async (lock) => {
      if (lock === null) {
        throw new TinyproofError("Another tab trains this run already", {
          fix: "Watch it there, or close that tab and continue here.",
        });
      }
      await new Training(options, await openRun(options)).run();
    },
  );
}

interface OpenRun {
  stored: StoredRun;
  recipe: Recipe;
  hash: string;
  inputs: RunInputs;
  saved: SavedCheckpoint | null;
}

async function openRun({ engine, reply, site, run }: TrainRun): Promise<OpenRun> {
  const stored = await readRun(run);
  if (stored === null) {
    throw new NotFoundError("This browser has no such run", { fix: "Start a new one." });
  }
  const recipe = parseRecipe(stored.recipe);
  assertTrainableHere(recipe, engine);
  const hash = await recipeHash(recipe);
  reply({ type: "stage", stage: "fetching the data", fraction: null });
  const inputs = await loadInputs(recipe, siteData(site.siteUrl));
  const bytes = await readCheckpoint(run);
  const saved = bytes && decodeCheckpoint(bytes);
  if (saved && saved.recipeHash !== hash) {
    throw new ValidationError("The checkpoint is of another recipe", {
      ...{ expected: `recipe ${hash}`, got: `recipe ${saved.recipeHash}` },
      fix: "Remove the run and start it again.",
    });
  }
  return { stored, recipe, hash, inputs, saved };
}

function assertTrainableHere(recipe: Recipe, engine: Engine): void {
  if (!canReplay(engine.digest, recipe.engine)) {
    throw new ValidationError("The recipe names another engine than this board's", {
      ...{ path: "engine", expected: engine.digest, got: recipe.engine },
      fix: "Fork the run: a fork takes the engine at hand.",
    });
  }
  const { memoryBytes } = replayBudget(recipe);
  if (memoryBytes <= MOST_BYTES) return;
  throw new BudgetError("The recipe needs more memory than the engine can address", {
    ...{ expected: `at most ${MOST_BYTES} bytes`, got: `${memoryBytes} bytes` },
    fix: "Lower batchSize (accumulationSteps makes up for it), ctx or the width of the model.",
  });
}

/** One run at work. */
class Training {
  readonly #options: TrainRun;
  readonly #open: OpenRun;
  readonly #curve: Curve;
  readonly #dev: RunProgress["dev"];
  readonly #samples: RunSample[];
  readonly #earlierMs: number;
  readonly #startMs = performance.now();
  readonly #firstStep: number;
  /** Steps and when they were done, of the last seconds. */
  #window: { step: number; ms: number }[] = [];
  #lastTickMs = -Infinity;
  #nextCheckpointMs = 0;
  #nextSampleMs = 0;

  constructor(options: TrainRun, open: OpenRun) {
    this.#options = options;
    this.#open = open;
    const { saved, stored: { progress } } = open;
    const step = saved?.checkpoint.state.step ?? 0;
    this.#firstStep = step;
    this.#curve = new Curve(progress?.curve, step);
    this.#dev = [...saved?.checkpoint.devHistory ?? []];
    this.#samples = progress?.samples.filter((sample) => sample.step <= step) ?? [];
    this.#earlierMs = saved?.trainWallMs ?? 0;
  }

  async run(): Promise<void> {
    const { engine, gate, reply } = this.#options;
    const { recipe, hash, inputs, saved } = this.#open;
    gate.onHold = (held) => {
      // A pause is not time of training.
      this.#window = [];
      reply({ type: held ? "paused" : "continued" });
    };
    const progress = this.#firstStep > 0 ? this.#progress(this.#firstStep) : null;
    reply({ type: "started", step: this.#firstStep, threads: engine.threads, progress });
    const result = await runRecipe({
      ...{ recipe, recipeHash: hash, ...inputs },
      engine: this.#watched(engine),
      resume: saved?.checkpoint,
      onStep: (step) => this.#step(step),
      onLeaf: (_, checkpoint) => this.#leaf(checkpoint),
    });
    await this.#finish(result);
  }

  /** The engine with a trainer that waits at the gate and tells of evaluations. */
  #watched(engine: Engine): Engine {
    const { gate, reply } = this.#options;
    const watch = (trainer: Trainer): Trainer => ({
      get step() {
        return trainer.step;
      },
      async trainStep(batch) {
        await gate.pass();
        return await trainer.trainStep(batch);
      },
      evaluate: async (batch) => {
        const loss = await trainer.evaluate(batch);
        this.#dev.push({ step: trainer.step, loss });
        reply({ type: "dev", step: trainer.step, loss });
        return loss;
      },
      state: () => trainer.state(),
      restore: (state) => trainer.restore(state),
      close: () => trainer.close(),
    });
    return {
      ...engine,
      createTrainer: async (options) => watch(await engine.createTrainer(options)),
    };
  }

  get #wallMs(): number {
    return this.#earlierMs + performance.now() - this.#startMs - this.#options.gate.heldMs;
  }

  #step({ step, lossNats, gradNorm, learningRate }: StepResult): void {
    const { recipe } = this.#open, nowMs = performance.now();
    this.#curve.add({ step, loss: lossNats, gradNorm });
    this.#window.push({ step, ms: nowMs });
    if (nowMs - this.#lastTickMs < TICK_MS && step < recipe.steps) return;
    this.#lastTickMs = nowMs;
    while (nowMs - this.#window[0].ms > WINDOW_MS && this.#window.length > 2) this.#window.shift();
    const [first] = this.#window;
    const msPerStep = step > first.step
      ? (nowMs - first.ms) / (step - first.step)
      : (this.#wallMs - this.#earlierMs) / (step - this.#firstStep);
    this.#options.reply({
      type: "tick",
      tick: {
        ...{ step, lossNats, gradNorm, learningRate },
        tokensPerSecond: rowsPerStep(recipe) * recipe.model.ctx / msPerStep * 1000,
        etaMs: msPerStep * (recipe.steps - step),
        trainWallMs: this.#wallMs,
        curve: this.#curve.points,
      },
    });
  }

  async #leaf(checkpoint: RunCheckpoint): Promise<void> {
    await this.#sample(checkpoint);
    const startMs = performance.now();
    // The beginning needs no keeping: it follows from the seed.
    if (startMs < this.#nextCheckpointMs || checkpoint.state.step === 0) return;
    const { run, reply } = this.#options;
    const { recipe, hash, inputs } = this.#open;
    const saved = { checkpoint, recipeHash: hash, trainWallMs: this.#wallMs };
    const bytes = encodeCheckpoint(recipe, saved, inputs.tokenizer);
    await saveCheckpoint(run, bytes, this.#progress(checkpoint.state.step));
    this.#nextCheckpointMs = performance.now() + PATIENCE * (performance.now() - startMs);
    reply({ type: "checkpoint", step: checkpoint.state.step });
  }

  #progress(step: number): RunProgress {
    return {
      ...{ step, trainWallMs: this.#wallMs, finished: null },
      curve: this.#curve.points,
      dev: this.#dev.filter((point) => point.step <= step),
      samples: this.#samples,
    };
  }

  /** Lets the model write, as it is at this step. */
  async #sample({ state: { step, weights } }: RunCheckpoint): Promise<void> {
    const { recipe, inputs } = this.#open, startMs = performance.now();
    const last = step === recipe.steps;
    if (startMs < this.#nextSampleMs && !last) return;
    const { engine, reply } = this.#options;
    const inference = await engine.loadModel(recipe.model, weights);
    try {
      const model = createBenchmarkModel(inference, engine.math, inputs.tokenizer);
      const { text: prompt, maxBytes, temperature } = promptFor(recipe);
      const options = { maxBytes, temperature, seed: 1 };
      const [bytes] = await model.generate([utf8(prompt)], options);
      const sample = { step, prompt, text: new TextDecoder().decode(bytes) };
      this.#samples.push(sample);
      if (this.#samples.length > MOST_SAMPLES) this.#samples.splice(1, 1);
      reply({ type: "sample", sample });
    } finally {
      inference.close();
    }
    const tookMs = performance.now() - startMs;
    this.#nextSampleMs = performance.now() + Math.max(SAMPLE_MS, PATIENCE * tookMs);
  }

  async #finish(run: RunResult): Promise<void> {
    const { recipe, inputs: { tokenizer } } = this.#open, trainWallMs = this.#wallMs;
    const bytes = trainedFile({ recipe, tokenizer, run, dtype: "fp32", trainWallMs });
    const finished = {
      sha256: toHex(await sha256(bytes)),
      modelDigest: await modelDigest(recipe.model, run.state.weights, tokenizer),
      byteLength: bytes.length,
    };
    const progress = { ...this.#progress(run.state.step), trainWallMs, finished };
    await saveFinished(this.#options.run, bytes, progress);
    this.#options.reply({ type: "trained", progress });
  }
}
