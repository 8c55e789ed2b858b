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

/** All that is needed to go on with a run as if it had never stopped. */
export interface RunCheckpoint {
  state: TrainState;
  /** Leaves up to this state, hexadecimal. It is that of the last, or between two. */
  leaves: string[];
  /** Loss of step `state.step`; 0 at step 0. */
  lastLoss: number;
  lossHistory: LossPoint[];
  /** Evaluations of the dev set so far; none without one. They decide when the run ends. */
  devHistory: DevPoint[];
}

/** A checkpoint of any step. */
export interface Snapshot {
  checkpoint: RunCheckpoint;
  /** What proves it whole where no leaf does: `stateDigest` of a state between two; null at one. */
  digest: string | null;
}

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
  const chain = await builder.result();
  return { state, chain, finalLoss: lastLoss, lossHistory, devHistory };
}

/** The same run, handing out each checkpoint and going on when the next is asked for. */
export async function* runCheckpoints(options: RunOptions): AsyncGenerator<RunCheckpoint> {
  const { recipe, recipeHash, engine, sources, tokenizer, resume, onStep, signal } = options;
  const { seed, model: { ctx } } = recipe;
  const makeBatch = batcherOf(options);
  const watch = recipe.earlyStop &&
    new DevWatch(recipe.earlyStop, { sources, tokenizer, ctx, seed }, resume);
  if (resume) await assertResumable(recipe, resume, options.resumeDigest);
  const chain = new ChainBuilder(recipe, recipeHash, resume?.leaves);
  const lossHistory = [...resume?.lossHistory ?? []];
  const stride = Math.ceil(recipe.steps / (MAX_LOSS_POINTS - 1));
  let lastLoss = resume?.lastLoss ?? 0;
  if (resume && watch?.ended) chain.endAt(resume.state.step);
  const trainer = await startTrainer(engine, recipe, resume);
  const checkpointOf = (state: TrainState): RunCheckpoint => ({
    ...{ state, lastLoss, leaves: [...chain.leaves], lossHistory: [...lossHistory] },
    devHistory: [...watch?.history ?? []],
  });
  const snapshot = () => snapshotOf(recipe, checkpointOf(trainer.state()));
  try {
    while (chain.nextStep !== undefined) {
      while (trainer.step < chain.nextStep) {
        await options.beforeStep?.(snapshot);
        signal?.throwIfAborted();
        const result = await trainer.trainStep(makeBatch(trainer.step + 1));
        lastLoss = result.lossNats;
        await watch?.look(trainer);
        if (watch?.ended) chain.endAt(result.step);
        if (result.step % stride === 0 || result.step === recipe.steps || watch?.ended) {
          lossHistory.push({ step: result.step, loss: lastLoss });
        }
        onStep?.(result);
      }
      const state = trainer.state();
      await chain.add(state, lastLoss);
      yield checkpointOf(state);
    }
  } finally {
    trainer.close();
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

/**
 * A damaged checkpoint must not cost a whole run and end as a false mismatch.
 *
 * @param digest of a state between two leaves, by who took it; without one it must be that of a leaf.
 * @throws {IntegrityError} when `resume` is not what its last leaf, or its digest, says.
 */
export async function assertResumable(
  recipe: Recipe,
  resume: RunCheckpoint,
  digest: string | null = null,
): Promise<void> {
  const { state: { step }, devHistory, leaves } = resume;
  const { earlyStop } = recipe;
  const fix = "Delete the checkpoint and start the run again.";
  if (earlyStop && !isHistoryAt(earlyStop, devHistory, step)) {
    throw new IntegrityError(`The checkpoint of step ${step} lacks evaluations of its dev set`, {
      expected: `one every ${earlyStop.interval} steps`,
      got: `${devHistory.length} up to step ${devHistory.at(-1)?.step ?? 0}`,
      fix,
    });
  }
  const j = leaves.length - 1;
  const ended = earlyStop && hasEnded(earlyStop, devHistory);
  const due = leafSteps(ended ? { ...recipe, steps: step } : recipe);
  const between = digest !== null && due[j] < step && step < due[j + 1];
  const want = between ? digest : leaves[j];
  const got = await stateDigest(recipe, resume);
  if (want === got && (between || due[j] === step)) return;
  throw new IntegrityError(`The checkpoint of step ${step} does not match its leaf`, {
    expected: `leaf ${want} of step ${between ? step : due[j]}`,
    got: `leaf ${got} of step ${step}`,
    fix,
  });
}

async function snapshotOf(recipe: Recipe, checkpoint: RunCheckpoint): Promise<Snapshot> {
  const { state, leaves } = checkpoint;
  const isLeaf = leafSteps(recipe)[leaves.length - 1] === state.step;
  return { checkpoint, digest: isLeaf ? null : await stateDigest(recipe, checkpoint) };
}

/** The hash of a state as a leaf has it, whether or not a leaf is due there. Hexadecimal. */
async function stateDigest(
  recipe: Recipe,
  { state, leaves, lastLoss }: RunCheckpoint,
): Promise<string> {
  const tokens = trainingTokens({ ...recipe, steps: state.step });
  return toHex(await leafHash({ ...state, j: leaves.length - 1, tokens, lossNats: lastLoss }));
}
