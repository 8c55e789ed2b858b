// A loaded model as one thread has it: its weights, the cache of keys and values, the buffers rows go
// through. A "row" is one token at one position of one sequence.

import { type Architecture, architectureOf } from "../format/architecture.ts";
import { keyValueWidth, type ModelConfig } from "../format/config.ts";
import type { Kernels } from "./kernels.ts";
import { type ModelPointers, modelPointers, unpackedSpecs } from "./parameters.ts";
import type { ProductScratch } from "./products.ts";
import type { Arithmetic } from "./quantize.ts";
import { attentionScale } from "./shape.ts";
import type { Thread } from "./thread.ts";

/** Rows of one position each that are split by columns: fewer than a tile has. */
export const NARROW_ROWS = 3;

/** Weights as `packWeights` leaves them. */
export interface PackedBlock {
  wq: number;
  wk: number;
  wv: number;
  wo: number;
  wIn: number;
  wUp: number;
  wOut: number;
}

/** What each thread has for itself. */
interface ThreadScratch extends ProductScratch {
  scores: number; // [⌈ctx⌉32 + 4], whole pages and a vector that a window may end in
  x: number; // [NARROW_ROWS, C]
  norm: number; // [NARROW_ROWS, C]
}

/** What every thread is told once. */
export interface InferencePlan {
  kind: "inference";
  config: ModelConfig;
  arithmetic: Arithmetic;
  /** Of the tensors that are not packed (`unpackedSpecs`). */
  weights: number;
  packed: PackedBlock[];
  head: number;
  /** [max(C, F)] in place of biases that are not there. */
  zeros: number;
  /** [ctx, C / heads] cosines and sines of rotary positions. */
  rotary: number;
  /** By thread. */
  own: ThreadScratch[];
}

/** Positions that stand together in a page of the cache. */
export const PAGE_POSITIONS = 32;

/** Keys [layer][page][K][32] and values [layer][page][32][K]. */
export interface CacheLayout {
  keys: number;
  values: number;
  /** Bytes of one layer's keys, and of its values. */
  layerBytes: number;
  /** Which page holds what: int32 [sequence][pagesPerSequence]. */
  pages: number;
  pagesPerSequence: number;
}

export interface Buffers {
  ids: number; // int32 [rows], as sequences, positions, targets, and the wanted three
  sequences: number;
  positions: number;
  /** Rows whose results are wanted, ascending, with their sequences and positions. */
  wantedRows: number;
  wantedSequences: number;
  wantedPositions: number;
  /** Of the wanted rows. */
  targets: number;
  x: number; // [rows, C], as norm, q, o
  norm: number;
  q: number;
  k: number; // [rows, K] with room for [rows, C], as v
  v: number;
  o: number;
  h: number; // [rows, F]
  up: number; // [rows, F] of SwiGLU
  act: number; // [rows, F]
  logits: number; // [rows, V rounded up to 4]
  nll: number; // [rows]
}

/** What is made of the wanted rows, in row i of its buffer for the i-th of them. */
export const RESULTS = ["logits", "logProbabilities", "likelihoods"] as const;
export type Result = typeof RESULTS[number];

/** A chunk of rows; ids, sequences and positions are in the buffers. */
export interface Step {
  rows: number;
  wanted: number;
  result: Result;
}

/** What every thread is told before some chunks of rows. */
export interface RowsJob {
  kind: "rows";
  cache: CacheLayout;
  b: Buffers;
  /** Where the host writes the next step: int32 [3]; no rows end the job. */
  step: number;
}

/** Looks into the buffers while rows go through. Of a thread that works alone, with all rows wanted. */
export interface RowObserver {
  /** `b.x` is the residual stream after `depth` blocks; `b.norm` and `b.logits` may be written. */
  passed(depth: number, b: Buffers, rows: number): void;
  /** `b.q` and `b.k` are what the block attended with, turned where positions are rotary. */
  attended(layer: number, b: Buffers, rows: number): void;
}

/** A model in the hands of one thread. */
export interface Inference {
  thread: Thread;
  kernels: Kernels;
  plan: InferencePlan;
  p: ModelPointers;
  scale: number;
  arch: Architecture;
  /** Columns of keys and values. */
  kvWidth: number;
  own: ThreadScratch;
  observer: RowObserver | null;
}

export function openInference(thread: Thread, plan: InferencePlan): Inference {
  const { config, weights, zeros, own } = plan;
  return {
    thread,
    kernels: thread.kernels,
    plan,
    p: modelPointers(config, weights, zeros, unpackedSpecs(config)),
    scale: attentionScale(config),
    arch: architectureOf(config),
    kvWidth: keyValueWidth(config),
    own: own[thread.index],
    observer: null,
  };
}

/** Reserves each thread's own. */
export function layOutOwn(
  alloc: (bytes: number) => number,
  config: ModelConfig,
  products: ProductScratch,
): ThreadScratch {
  return {
    ...products,
    scores: alloc(4 * (Math.ceil(config.ctx / PAGE_POSITIONS) * PAGE_POSITIONS + 4)),
    x: alloc(4 * NARROW_ROWS * config.dModel),
    norm: alloc(4 * NARROW_ROWS * config.dModel),
  };
}
