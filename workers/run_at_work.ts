// One run of this browser at work: the loop of the command line and of replays, watched for the page,
// with checkpoints in the browser's private file system. Ends with the same bits however often it is
// begun again.

import { createBenchmarkModel } from "../lib/benchmarks/model.ts";
import { toHex, utf8 } from "../lib/bytes.ts";
import type { Engine, StepResult, Trainer } from "../lib/engine/engine.ts";
import { modelDigest } from "../lib/format/digest.ts";
import { sha256 } from "../lib/hash.ts";
import { Curve } from "../lib/playground/curve.ts";
import { promptFor } from "../lib/playground/prompts.ts";
import {
  type RunProgress,
  type RunSample,
  saveCheckpoint,
  saveFinished,
  saveState,
  type StoredRun,
} from "../lib/playground/runs.ts";
import type { RunInputs } from "../lib/verification/inputs.ts";
import {
  encodeCheckpoint,
  type SavedCheckpoint,
  trainedFile,
} from "../lib/verification/model_file.ts";
import { type Recipe, rowsPerStep } from "../lib/verification/recipe.ts";
import { runRecipe, type RunResult } from "../lib/verification/replay.ts";
import type { RunCheckpoint, Snapshot } from "../lib/verification/run_checkpoint.ts";
import type { Gate } from "./gate.ts";
import { RunPace } from "./run_pace.ts";
import type { Site, TrainReply } from "./train_protocol.ts";

/** Steps are told at most this often: a page draws them. */
const TICK_MS = 400;
/** Most of the time goes to training: keeping its state and samples of it wait so many times as long. */
const PATIENCE = 20;
/** After the first step the state is kept no more often: what a crash may cost. */
const KEEP_MS = 2000;
/** Samples are read. */
const SAMPLE_MS = 3000;
const MOST_SAMPLES = 24;

export interface TrainRun {
  engine: Engine;
  gate: Gate;
  reply: (message: TrainReply) => void;
  site: Site;
  /** Its id. */
  run: string;
}

/** A run with all it needs. */
export interface OpenRun {
  stored: StoredRun;
  recipe: Recipe;
  hash: string;
  inputs: RunInputs;
  /** Null at the beginning. */
  saved: SavedCheckpoint | null;
}

export class RunAtWork {
  readonly #options: TrainRun;
  readonly #open: OpenRun;
  readonly #curve: Curve;
  readonly #dev: RunProgress["dev"];
  readonly #samples: RunSample[];
  readonly #earlierMs: number;
  readonly #startMs = performance.now();
  readonly #pace: RunPace;
  #step: number;
  #keptStep: number;
  #last: StepResult | null = null;
  #lastTickMs = -Infinity;
  #nextKeepMs = 0;
  #nextSampleMs = 0;

  constructor(options: TrainRun, open: OpenRun) {
    this.#options = options;
    this.#open = open;
    const { saved, stored: { progress } } = open;
    const step = saved?.checkpoint.state.step ?? 0;
    this.#step = this.#keptStep = step;
    this.#pace = new RunPace(step, this.#startMs);
    this.#curve = new Curve(progress?.curve, step);
    this.#dev = [...saved?.checkpoint.devHistory ?? []];
    this.#samples = progress?.samples.filter((sample) => sample.step <= step) ?? [];
    this.#earlierMs = saved?.trainWallMs ?? 0;
  }

  async run(): Promise<void> {
    const { engine, gate, reply } = this.#options;
    const { recipe, hash, inputs, saved } = this.#open;
    gate.onHold = (held) => {
      if (held) this.#tick();
      else this.#pace.restart(this.#step, performance.now());
      reply({ type: held ? "paused" : "continued" });
    };
    const progress = this.#step > 0 ? this.#progress() : null;
    reply({ type: "started", step: this.#step, threads: engine.threads, progress });
    const result = await runRecipe({
      ...{ recipe, recipeHash: hash, ...inputs },
      engine: this.#watched(engine),
      resume: saved?.checkpoint,
      resumeDigest: saved?.digest,
      beforeStep: (snapshot) => this.#between(snapshot),
      onStep: (result) => this.#tell(result),
      onLeaf: async (leaf, checkpoint) => {
        await this.#keepState(leaf, checkpoint);
        await this.#sample(checkpoint);
      },
    });
    await this.#finish(result);
  }

  /** The engine with a trainer that tells of evaluations. */
  #watched(engine: Engine): Engine {
    const { reply } = this.#options;
    const watch = (trainer: Trainer): Trainer => ({
      get step() {
        return trainer.step;
      },
      trainStep: (batch) => trainer.trainStep(batch),
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

  /** Before a step: keeps the state when that is due or the visitor pauses, and waits at the gate. */
  async #between(snapshot: () => Promise<Snapshot>): Promise<void> {
    const { gate } = this.#options;
    await gate.turn();
    const due = gate.closed || performance.now() >= this.#nextKeepMs;
    if (due && this.#step > this.#keptStep) await this.#keep(snapshot);
    await gate.pass();
  }

  async #keep(snapshot: () => Promise<Snapshot>): Promise<void> {
    const startMs = performance.now();
    const { run, reply } = this.#options;
    const { recipe, hash, inputs } = this.#open;
    const saved = { ...await snapshot(), recipeHash: hash, trainWallMs: this.#wallMs };
    await this.#sample(saved.checkpoint);
    await saveCheckpoint(run, encodeCheckpoint(recipe, saved, inputs.tokenizer), this.#progress());
    const endMs = performance.now();
    this.#nextKeepMs = endMs + Math.max(KEEP_MS, PATIENCE * (endMs - startMs));
    this.#keptStep = this.#step;
    reply({ type: "checkpoint", step: this.#step });
  }

  /** Where a board may ask for it: all but that of the seed. */
  async #keepState(leaf: number, checkpoint: RunCheckpoint): Promise<void> {
    const { recipe, hash: recipeHash, inputs, stored } = this.#open;
    if (!stored.keepsStates || leaf === 0) return;
    const saved = { checkpoint, recipeHash, trainWallMs: this.#wallMs };
    const bytes = encodeCheckpoint(recipe, saved, inputs.tokenizer);
    await saveState(this.#options.run, { recipeHash, leaf }, bytes);
  }

  get #wallMs(): number {
    return this.#earlierMs + performance.now() - this.#startMs - this.#options.gate.heldMs;
  }

  #tell(result: StepResult): void {
    const { step, lossNats: loss, gradNorm } = result, nowMs = performance.now();
    this.#step = step;
    this.#last = result;
    this.#curve.add({ step, loss, gradNorm });
    this.#pace.add(step, nowMs);
    if (nowMs - this.#lastTickMs >= TICK_MS || step === this.#open.recipe.steps) this.#tick();
  }

  #tick(): void {
    if (this.#last === null) return;
    this.#lastTickMs = performance.now();
    const { recipe } = this.#open, { msPerStep } = this.#pace;
    this.#options.reply({
      type: "tick",
      tick: {
        ...this.#last,
        tokensPerSecond: rowsPerStep(recipe) * recipe.model.ctx / msPerStep * 1000,
        etaMs: msPerStep * (recipe.steps - this.#step),
        trainWallMs: this.#wallMs,
        curve: this.#curve.points,
      },
    });
  }

  /** Up to the last step. */
  #progress(): RunProgress {
    return {
      ...{ step: this.#step, trainWallMs: this.#wallMs, finished: null },
      ...{ curve: this.#curve.points, dev: this.#dev, samples: this.#samples },
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
    const trained = { dtype: "fp32", trainWallMs, trainedIn: "browser" } as const;
    const bytes = trainedFile({ recipe, tokenizer, run, ...trained });
    const finished = {
      sha256: toHex(await sha256(bytes)),
      modelDigest: await modelDigest(recipe.model, run.state.weights, tokenizer),
      byteLength: bytes.length,
    };
    const progress = { ...this.#progress(), trainWallMs, finished };
    await saveFinished(this.#options.run, bytes, progress);
    this.#options.reply({ type: "trained", progress });
  }
}
