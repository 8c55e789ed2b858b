// Runs a recipe from its seed, checkpoint by checkpoint. Training and its replay are this one loop.

import { createBatcher, type TokenBatch } from "../corpora/batch.ts";
import { devSet, type DevSetOptions } from "../corpora/dev_set.ts";
import type { Sources } from "../corpora/sources.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";
import type { Engine, StepResult, Trainer, TrainState } from "../engine/engine.ts";
import { toHex } from "../bytes.ts";
import { DivergedError, IntegrityError } from "../errors.ts";
import { ChainBuilder, leafHash, leafSteps } from "./chain.ts";
import { trainingTokens } from "./cost.ts";
import { type DevPoint, hasEnded, isHistoryAt } from "./early_stop.ts";
import { type EarlyStop, heldOut, type Recipe, rowsPerStep, trainerOptions } from "./recipe.ts";
import { type Chain, type LossPoint, MAX_LOSS_POINTS } from "./types.ts";

/** All that is needed to go on with a run as if it had never stopped. Taken at every leaf. */
export interface RunCheckpoint {
  state: TrainState;
  /** Leaves up to this state, hexadecimal. */
  leaves: string[];
  /** Loss of step `state.step`; 0 at step 0. */
  lastLoss: number;
  lossHistory: LossPoint[];
  /** Evaluations of the dev set so far; none without one. They decide when the run ends. */
  devHistory: DevPoint[];
}

export interface RunOptions {
  recipe: Recipe;
  recipeHash: string;
  engine: Engine;
  sources: Sources;
  /** Cuts the rows; the one the recipe names. */
  tokenizer: Tokenizer;
  resume?: RunCheckpoint;
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
  if (resume) await assertResumable(recipe, resume);
  const run = await RunUnderway.start(options);
  let hashed: Promise<RunCheckpoint> | null = null;
  try {
    while (run.nextLeafStep !== undefined && run.leafCount <= toLeaf) {
      for (let beside = 1; run.step < run.nextLeafStep!; beside++) {
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
  readonly #makeBatch: (step: number) => TokenBatch;
  #trainer!: Trainer;
  readonly #chain: ChainBuilder;
  readonly #watch: DevWatch | undefined;
  readonly #losses: LossPoint[];
  readonly #steps: number;
  #lastLoss: number;

  private constructor(options: RunOptions) {
    const { recipe, recipeHash, sources, tokenizer, resume } = options;
    const { data, seed, steps, model: { ctx } } = recipe;
    const batchSize = rowsPerStep(recipe);
    const rows = { data, sources, tokenizer, heldOut: heldOut(recipe), ctx, batchSize, seed };
    this.#makeBatch = createBatcher(rows);
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
    const state = this.#trainer.state(), lastLoss = this.#lastLoss;
    const lossHistory = [...this.#losses], devHistory = [...this.#watch?.history ?? []];
    await this.#chain.add(state, lastLoss);
    return { state, leaves: [...this.#chain.leaves], lastLoss, lossHistory, devHistory };
  }

  close(): void {
    this.#trainer.close();
  }
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

/**
 * A damaged checkpoint must not cost a whole run and end as a false mismatch.
 *
 * @throws {IntegrityError} when `resume` is not what its last leaf says.
 */
export async function assertResumable(recipe: Recipe, resume: RunCheckpoint): Promise<void> {
  const j = resume.leaves.length - 1;
  const { state, devHistory } = resume;
  const { earlyStop } = recipe;
  if (earlyStop && !isHistoryAt(earlyStop, devHistory, state.step)) {
    throw new IntegrityError(
      `The checkpoint of step ${state.step} lacks evaluations of its dev set`,
      {
        expected: `one every ${earlyStop.interval} steps`,
        got: `${devHistory.length} up to step ${devHistory.at(-1)?.step ?? 0}`,
        fix: "Delete the checkpoint and start the run again.",
      },
    );
  }
  const steps = earlyStop && hasEnded(earlyStop, devHistory) ? state.step : recipe.steps;
  const due = leafSteps({ ...recipe, steps })[j];
  const tokens = trainingTokens({ ...recipe, steps: state.step });
  const leaf = toHex(await leafHash({ ...state, j, tokens, lossNats: resume.lastLoss }));
  if (due === state.step && resume.leaves[j] === leaf) return;
  throw new IntegrityError(`The checkpoint of step ${state.step} does not match its leaf`, {
    expected: `leaf ${resume.leaves[j]} of step ${due}`,
    got: `leaf ${leaf} of step ${state.step}`,
    fix: "Delete the checkpoint and start the run again.",
  });
}
