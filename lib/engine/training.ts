// One step of training as every thread runs it, each on its share. Between two meetings a thread
// reads what others wrote before the first and writes only what is its own.

import { backward, embeddingGradients } from "./backward.ts";
import type { StepResult } from "./engine.ts";
import { forward } from "./forward.ts";
import type { Training } from "./training_run.ts";
import { update } from "./update.ts";

/** What every thread is told of each step, or of rows to evaluate. */
export type TrainingJob = TrainStepJob | { kind: "evaluate" };

export interface TrainStepJob {
  kind: "train";
  /** Number of the step to do, from 1. */
  step: number;
  /** Targets that count, in all micro-batches. */
  scored: number;
}

/** One step on the rows in memory. Nothing is written to weights when a value is not finite. */
export function trainStep(run: Training, { step, scored }: TrainStepJob): StepResult {
  const { kernels, w, options: { accumulationSteps = 1 } } = run;
  for (let i = 0; i < accumulationSteps; i++) gradients(microBatch(run, i), scored);
  const stepRows = run.rows * accumulationSteps;
  embeddingGradients(run, stepRows);
  return update(run, step, kernels.sumFloat64(w.nll, stepRows) / scored);
}

/** The same run at the rows of micro-batch `index`; activations have one place for all. */
function microBatch(run: Training, index: number): Training {
  const { w, rows, options: { config } } = run;
  const at = 4 * index * rows;
  return {
    ...run,
    more: index > 0,
    w: {
      ...w,
      ids: w.ids + at,
      positions: w.positions + at,
      targets: w.targets + at,
      nll: w.nll + at,
      dx: w.dx + at * config.dModel,
    },
  };
}

function gradients(run: Training, scored: number): void {
  const { kernels, w, r0, r1, options: { config, optimizer } } = run;
  forward(run);
  const scale = 1 / scored, twoZ = 2 * (optimizer.zLoss ?? 0), V = config.vocabSize;
  kernels.crossEntropyBackward(w.nll, w.logits, w.targets, scale, twoZ, r0, r1, V);
  backward(run);
}

/** Losses of the first micro-batch's rows, into `nll`; changes no weight. */
export function evaluate(run: Training): void {
  const { kernels, w, r0, r1, options: { config } } = run;
  forward(run);
  kernels.negativeLogLikelihood(w.nll, w.logits, w.targets, r0, r1, config.vocabSize);
}
