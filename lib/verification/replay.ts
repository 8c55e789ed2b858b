// Runs a recipe from its seed, checkpoint by checkpoint. Training and its replay are this one loop.

import { createBatcher, type TokenBatch } from "../corpora/batch.ts";
import { devSet, type DevSetOptions } from "../corpora/dev_set.ts";
import type { Sources } from "../corpora/sources.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";
import type { Engine, StepResult, Trainer, TrainState } from "../engine/engine.ts";
import { DivergedError } from "../errors.ts";
import { ChainBuilder } from "./chain.ts";
import { type DevPoint, hasEnded } from "./early_stop.ts";
import { type EarlyStop, heldOut, type Recipe, rowsPerStep, trainerOptions } from "./recipe.ts";
import {
  assertResumable,
  type RunCheckpoint,
  type Snapshot,
  snapshotOf,
} from "./run_checkpoint.ts";
import { type Chain, type LossPoint, MAX_LOSS_POINTS } from "./types.ts";

export interface RunOptions {
  recipe: Recipe;
  recipeHash: string;
  engine: Engine;
  sources: Sources;
  /** Cuts the rows; the one the recipe names. */
  tokenizer: Tokenizer;
  resume?: RunCheckpoint;
  /**
   * Of `resume`, where it may be of a step between two leaves. Whoever did not take that state
   * leaves it out: such a state is proven by nobody but its taker.
   */
  resumeDigest?: string | null;
  /** Awaited before every step; `snapshot` copies the state as it is then. */
  beforeStep?: (snapshot: () => Promise<Snapshot>) => void | Promise<void>;
  onStep?: (result: StepResult) => void;
  /** Awaited after every leaf of this run; index 0 is step 0. The leaf of `resume` is not repeated. */
  onLeaf?: (leafIndex: number, checkpoint: RunCheckpoint) => void | Promise<void>;
  /** The run ends with this leaf; with its last one unless given. */
  toLeaf?: number;
  signal?: AbortSignal;
}

export interface RunResult {
  state: TrainState;
  chain: Chain;
  finalLoss: number;
  lossHistory: LossPoint[];
  devHistory: DevPoint[];
}

/**
 * Trains the recipe to its end: its last step, or that at which its dev set ends it.
 *
 * @throws {DivergedError} when the loss or gradient stops being finite.
 * @throws {IntegrityError} when `resume` is not what its last leaf says.
 */
export async function runRecipe(options: RunOptions): Promise<RunResult> {
  let last = options.resume;
  for await (const checkpoint of runCheckpoints(options)) {
    last = checkpoint;
    await options.onLeaf?.(checkpoint.leaves.length - 1, checkpoint);
  }
  // Without a resumed run there is always leaf 0.
  const { state, leaves, lastLoss, lossHistory, devHistory } = last!;
  const builder = new ChainBuilder(options.recipe, options.recipeHash, leaves);
  builder.endAt(state.step);
  const chain = builder.result();
  return { state, chain, finalLoss: lastLoss, lossHistory, devHistory };
}

/** Steps taken while a checkpoint is hashed: on a busy machine the threads of WebCrypto come late. */
const MOST_STEPS_BESIDE = 4;

/**
 * The same run, handing out each checkpoint and going on when the next is asked for. A checkpoint is
 * hashed beside the steps after it: WebCrypto works in threads of its own.
 */
export async function* runCheckpoints(options: RunOptions): AsyncGenerator<RunCheckpoint> {
  const { recipe, resume, onStep, signal, toLeaf = Infinity } = options;
  if (resume) await assertResumable(recipe, resume, options.resumeDigest);
  const run = await RunUnderway.start(options);
  let hashed: Promise<RunCheckpoint> | null = null;
  try {
    while (run.nextLeafStep !== undefined && run.leafCount <= toLeaf) {
      for (let beside = 1; run.step < run.nextLeafStep!; beside++) {
        await options.beforeStep?.(() => run.snapshot(hashed));
        signal?.throwIfAborted();
        const stepping = run.startStep();
        const due = hashed !== null &&
          (beside >= MOST_STEPS_BESIDE || await isFirst(hashed, stepping));
        if (due) yield await hashed!;
        if (due) hashed = null;
        const result = await run.endStep(await stepping);
        onStep?.(result);
      }
      if (hashed !== null) yield await hashed;
      hashed = run.checkpoint();
    }
    if (hashed !== null) yield await hashed;
  } catch (error) {
    // A run that breaks off has come to the checkpoint before all the same.
    if (hashed !== null) yield await hashed;
    throw error;
  } finally {
    run.close();
  }
}

/** Whether the checkpoint is there before the step, which may be held, or has failed. */
function isFirst(hashed: Promise<unknown>, stepping: Promise<unknown>): Promise<boolean> {
  return Promise.race([hashed.then(() => true), stepping.then(() => false, () => true)]);
}

/** A run between two of its steps. */
class RunUnderway {
  readonly #recipe: Recipe;
  readonly #makeBatch: (step: number) => TokenBatch;
  #trainer!: Trainer;
  readonly #chain: ChainBuilder;
  readonly #watch: DevWatch | undefined;
  readonly #losses: LossPoint[];
  readonly #steps: number;
  #lastLoss: number;

  private constructor(options: RunOptions) {
    const { recipe, recipeHash, sources, tokenizer, resume } = options;
    const { seed, steps, model: { ctx } } = recipe;
    this.#recipe = recipe;
    this.#makeBatch = batcherOf(options);
    this.#chain = new ChainBuilder(recipe, recipeHash, resume?.leaves);
    this.#watch = recipe.earlyStop &&
      new DevWatch(recipe.earlyStop, { sources, tokenizer, ctx, seed }, resume);
    this.#losses = [...resume?.lossHistory ?? []];
    this.#steps = steps;
    this.#lastLoss = resume?.lastLoss ?? 0;
    if (resume && this.#watch?.ended) this.#chain.endAt(resume.state.step);
  }

  /** From the seed, or from where it was resumed. */
  static async start(options: RunOptions): Promise<RunUnderway> {
    const run = new RunUnderway(options);
    run.#trainer = await startTrainer(options.engine, options.recipe, options.resume);
    return run;
  }

  get step(): number {
    return this.#trainer.step;
  }

  /** Undefined after the last leaf. */
  get nextLeafStep(): number | undefined {
    return this.#chain.nextStep;
  }

  get leafCount(): number {
    return this.#chain.length;
  }

  /** Whoever awaits it later hears of its failure. */
  startStep(): Promise<StepResult> {
    const stepping = this.#trainer.trainStep(this.#makeBatch(this.step + 1));
    stepping.catch(() => {});
    return stepping;
  }

  /** @throws {DivergedError} when the loss of the dev set is not finite. */
  async endStep(result: StepResult): Promise<StepResult> {
    const { step, lossNats } = result;
    this.#lastLoss = lossNats;
    await this.#watch?.look(this.#trainer);
    const ended = this.#watch?.ended ?? false;
    if (ended) this.#chain.endAt(step);
    const stride = Math.ceil(this.#steps / (MAX_LOSS_POINTS - 1));
    if (step % stride === 0 || step === this.#steps || ended) {
      this.#losses.push({ step, loss: lossNats });
    }
    return result;
  }

  /** The state now, a copy: the next steps may be taken while it is hashed. */
  checkpoint(): Promise<RunCheckpoint> {
    const checkpoint = this.#checkpoint();
    checkpoint.catch(() => {});
    return checkpoint;
  }

  async #checkpoint(): Promise<RunCheckpoint> {
    const copy = this.#copy();
    await this.#chain.add(copy.state, copy.lastLoss);
    return { ...copy, leaves: [...this.#chain.leaves] };
  }

  /** The state now, a copy; its leaves are known when the last of them is hashed. */
  async snapshot(hashed: Promise<unknown> | null): Promise<Snapshot> {
    const copy = this.#copy();
    await hashed;
    return await snapshotOf(this.#recipe, { ...copy, leaves: [...this.#chain.leaves] });
  }

  /** All of a checkpoint but its leaves, as it is now. */
  #copy(): Omit<RunCheckpoint, "leaves"> {
    return {
      state: this.#trainer.state(),
      lastLoss: this.#lastLoss,
      lossHistory: [...this.#losses],
      devHistory: [...this.#watch?.history ?? []],
    };
  }

  close(): void {
    this.#trainer.close();
  }
}

function batcherOf({ recipe, sources, tokenizer }: RunOptions) {
  const { data, seed, model: { ctx } } = recipe;
  const rows = { heldOut: heldOut(recipe), ctx, batchSize: rowsPerStep(recipe), seed };
  return createBatcher({ data, sources, tokenizer, ...rows });
}

/** Evaluates the dev set when that is due. */
class DevWatch {
  readonly history: DevPoint[];
  readonly #rule: EarlyStop;
  readonly #rows: TokenBatch;

  constructor(
    rule: EarlyStop,
    options: Omit<DevSetOptions, "dev">,
    resume: RunCheckpoint | undefined,
  ) {
    this.#rule = rule;
    this.#rows = devSet({ dev: rule.dev, ...options });
    this.history = [...resume?.devHistory ?? []];
  }

  get ended(): boolean {
    return hasEnded(this.#rule, this.history);
  }

  /** @throws {DivergedError} when the loss is not finite. */
  async look(trainer: Trainer): Promise<void> {
    const { step } = trainer;
    if (step % this.#rule.interval !== 0) return;
    const loss = await trainer.evaluate(this.#rows);
    if (!Number.isFinite(loss)) throw new DivergedError(step);
    this.history.push({ step, loss });
  }
}

async function startTrainer(
  engine: Engine,
  recipe: Recipe,
  resume: RunCheckpoint | undefined,
): Promise<Trainer> {
  const trainer = await engine.createTrainer(trainerOptions(recipe));
  if (resume) trainer.restore(resume.state);
  return trainer;
}
