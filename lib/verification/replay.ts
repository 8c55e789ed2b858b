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
  const { data, seed, model: { ctx } } = recipe;
  const makeBatch = createBatcher({
    data,
    sources,
    tokenizer,
    heldOut: heldOut(recipe),
    ctx,
    batchSize: rowsPerStep(recipe),
    seed,
  });
  const watch = recipe.earlyStop &&
    new DevWatch(recipe.earlyStop, { sources, tokenizer, ctx, seed }, resume);
  if (resume) await assertResumable(recipe, resume);
  const chain = new ChainBuilder(recipe, recipeHash, resume?.leaves);
  const lossHistory = [...resume?.lossHistory ?? []];
  const stride = Math.ceil(recipe.steps / (MAX_LOSS_POINTS - 1));
  let lastLoss = resume?.lastLoss ?? 0;
  if (resume && watch?.ended) chain.endAt(resume.state.step);
  const trainer = await startTrainer(engine, recipe, resume);
  try {
    while (chain.nextStep !== undefined) {
      while (trainer.step < chain.nextStep) {
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
      yield {
        state,
        leaves: [...chain.leaves],
        lastLoss,
        lossHistory: [...lossHistory],
        devHistory: [...watch?.history ?? []],
      };
    }
  } finally {
    trainer.close();
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
