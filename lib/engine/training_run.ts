// A training run as one thread has it: where its arrays are and which share of the rows is its own.

import { type Architecture, architectureOf } from "../format/architecture.ts";
import { keyValueWidth } from "../format/config.ts";
import type { TrainerOptions } from "./engine.ts";
import type { Kernels } from "./kernels.ts";
import { type ModelPointers, modelPointers } from "./parameters.ts";
import { attentionScale } from "./shape.ts";
import type { Thread } from "./thread.ts";
import type { ThreadScratch, Workspace } from "./workspace.ts";

/** What every thread is told once. */
export interface TrainingPlan {
  kind: "training";
  options: TrainerOptions;
  workspace: Workspace;
}

/** A run in the hands of one thread. */
export interface Training {
  thread: Thread;
  kernels: Kernels;
  options: TrainerOptions;
  w: Workspace;
  weights: ModelPointers;
  grads: ModelPointers;
  /** batchSize · ctx */
  rows: number;
  /** Whether gradients of weights go on from those of an earlier micro-batch. */
  more: boolean;
  arch: Architecture;
  /** Columns of keys and values. */
  kvWidth: number;
  /** This thread's rows. */
  r0: number;
  r1: number;
  scale: number;
  own: ThreadScratch;
}

export function openTraining(thread: Thread, { options, workspace: w }: TrainingPlan): Training {
  const { config, batchSize } = options;
  const rows = batchSize * config.ctx;
  // Four rows are a tile of the matrix product.
  const [r0, r1] = thread.share(rows, 4);
  return {
    thread,
    kernels: thread.kernels,
    options,
    w,
    weights: modelPointers(config, w.weights, w.zeros),
    grads: modelPointers(config, w.grads),
    rows,
    more: false,
    arch: architectureOf(config),
    kvWidth: keyValueWidth(config),
    r0,
    r1,
    scale: attentionScale(config),
    own: w.own[thread.index],
  };
}
