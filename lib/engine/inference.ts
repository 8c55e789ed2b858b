// Rows through a loaded model, as every thread runs them. A "row" is one token at one position of
// one sequence; keys and values of earlier rows are in the cache.

import type { ModelConfig } from "../format/config.ts";
import type { Kernels } from "./kernels.ts";
import { type ModelPointers, modelPointers } from "./parameters.ts";
import { attentionScale } from "./shape.ts";
import type { Thread } from "./thread.ts";

/** Rows of one position each that are split by columns: fewer than a tile has. */
export const NARROW_ROWS = 3;
/** Columns of a share: four panels, the unit of products by single rows. */
const NARROW_COLUMNS = 32;

/** Weights as `packB` leaves them. */
export interface PackedBlock {
  wq: number;
  wk: number;
  wv: number;
  wo: number;
  wIn: number;
  wOut: number;
}

/** What each thread has for itself. */
interface ThreadScratch {
  scratch: number;
  scores: number; // [⌈ctx⌉32]
  x: number; // [NARROW_ROWS, C]
  norm: number; // [NARROW_ROWS, C]
}

/** What every thread is told once. */
export interface InferencePlan {
  kind: "inference";
  config: ModelConfig;
  /** Of all tensors, in the order of the file. */
  weights: number;
  packed: PackedBlock[];
  head: number;
  /** By thread. */
  own: ThreadScratch[];
}

/** Keys [layer][sequence][C][ldt] and values [layer][sequence][capacity][C]. */
export interface Cache {
  keys: number;
  values: number;
  sequences: number;
  capacity: number;
  ldt: number;
}

export interface Buffers {
  ids: number; // int32 [rows], as sequences, positions, targets
  sequences: number;
  positions: number;
  targets: number;
  x: number; // [rows, C], as norm, q, k, v, o
  norm: number;
  q: number;
  k: number;
  v: number;
  o: number;
  h: number; // [rows, F]
  act: number; // [rows, F]
  logits: number; // [rows, V]
  nll: number; // [rows]
}

/** What every thread is told of each chunk of rows; ids, sequences and positions are in `b`. */
export interface RowsJob {
  kind: "rows";
  n: number;
  cache: Cache;
  b: Buffers;
  /** Logits of all rows, their likelihoods as well, or the last layer-norm alone (in `b.norm`). */
  want: "norm" | "logits" | "likelihoods";
}

/** A model in the hands of one thread. */
export interface Inference {
  thread: Thread;
  kernels: Kernels;
  plan: InferencePlan;
  p: ModelPointers;
  scale: number;
  own: ThreadScratch;
}

export function openInference(thread: Thread, plan: InferencePlan): Inference {
  const { config, weights, own } = plan;
  return {
    thread,
    kernels: thread.kernels,
    plan,
    p: modelPointers(config, weights),
    scale: attentionScale(config),
    own: own[thread.index],
  };
}

/** Reserves each thread's own. */
export function layOutOwn(
  alloc: (bytes: number) => number,
  config: ModelConfig,
  scratchBytes: number,
): ThreadScratch {
  return {
    scratch: alloc(scratchBytes),
    scores: alloc(4 * Math.ceil(config.ctx / 32) * 32),
    x: alloc(4 * NARROW_ROWS * config.dModel),
    norm: alloc(4 * NARROW_ROWS * config.dModel),
  };
}

/** Whether several threads can share so few rows: they split columns, in whole heads. */
export function canSplitColumns({ dModel, heads }: ModelConfig): boolean {
  return heads > 1 && dModel / heads % NARROW_COLUMNS === 0;
}

/** Runs the rows through all blocks; bits do not depend on how they are split. */
export function runRows(run: Inference, job: RowsJob): void {
  if (job.n <= NARROW_ROWS && run.thread.count > 1) forwardNarrow(run, job);
  else forwardWide(run, job);
}

/** Each thread takes its rows from end to end and waits only for the keys of earlier rows. */
function forwardWide(run: Inference, { n, cache, b, want }: RowsJob): void {
  const { kernels, thread, p, own, plan: { config, packed, head } } = run;
  const { layers, dModel: C, dMlp: F, vocabSize: V } = config;
  const [r0, r1] = thread.share(n, 4);
  const product = (c: number, a: number, w: number, columns: number, k: number) =>
    // deno-fmt-ignore
    kernels.gemmPacked(c + 4 * r0 * columns, columns, a + 4 * r0 * k, k, w, r1 - r0, columns, k, own.scratch);
  kernels.embed(b.x, p.token, p.position, b.ids, b.positions, r0, r1, C);
  for (let i = 0; i < layers; i++) {
    const block = p.blocks[i], w = packed[i];
    kernels.layerNorm(b.norm, b.x, block.ln1Gain, block.ln1Bias, 0, r0, r1, C);
    product(b.q, b.norm, w.wq, C, C);
    product(b.k, b.norm, w.wk, C, C);
    product(b.v, b.norm, w.wv, C, C);
    kernels.addBias(b.q, block.bq, r0, r1, C);
    kernels.addBias(b.k, block.bk, r0, r1, C);
    kernels.addBias(b.v, block.bv, r0, r1, C);
    writeCache(run, i, cache, b, [r0, r1], [0, C]);
    thread.meet();
    attend(run, i, cache, b, [r0, r1], [0, config.heads]);
    product(b.norm, b.o, w.wo, C, C);
    kernels.addBiasResidual(b.x, b.x, b.norm, block.bo, r0, r1, C);
    kernels.layerNorm(b.norm, b.x, block.ln2Gain, block.ln2Bias, 0, r0, r1, C);
    product(b.h, b.norm, w.wIn, F, C);
    kernels.biasGelu(b.act, b.h, block.bIn, r0, r1, F);
    product(b.norm, b.act, w.wOut, C, F);
    kernels.addBiasResidual(b.x, b.x, b.norm, block.bOut, r0, r1, C);
  }
  kernels.layerNorm(b.norm, b.x, p.lnGain, p.lnBias, 0, r0, r1, C);
  if (want === "norm") return;
  product(b.logits, b.norm, head, V, C);
  if (want === "likelihoods") {
    kernels.negativeLogLikelihood(b.nll, b.logits, b.targets, r0, r1, V);
  }
}

/**
 * Each thread takes its heads and columns of every row; the residual stream, which all columns
 * read, each keeps for itself. Logits come always, the last layer-norm never.
 */
function forwardNarrow(run: Inference, { n, cache, b, want }: RowsJob): void {
  const { kernels, thread, p, own, plan: { config, packed, head } } = run;
  const { layers, dModel: C, dMlp: F, heads, vocabSize: V } = config;
  const [h0, h1] = thread.share(heads, 1);
  const ofHeads: Range = [C / heads * h0, C / heads * h1];
  const ofC = thread.share(C, NARROW_COLUMNS), ofF = thread.share(F, NARROW_COLUMNS);
  kernels.embed(own.x, p.token, p.position, b.ids, b.positions, 0, n, C);
  for (let i = 0; i < layers; i++) {
    const block = p.blocks[i], w = packed[i];
    kernels.layerNorm(own.norm, own.x, block.ln1Gain, block.ln1Bias, 0, 0, n, C);
    columns(run, b.q, own.norm, w.wq, n, C, C, ofHeads);
    columns(run, b.k, own.norm, w.wk, n, C, C, ofHeads);
    columns(run, b.v, own.norm, w.wv, n, C, C, ofHeads);
    eachRow(n, C, ofHeads, (at, column, width) => {
      kernels.addBias(b.q + at, block.bq + column, 0, 1, width);
      kernels.addBias(b.k + at, block.bk + column, 0, 1, width);
      kernels.addBias(b.v + at, block.bv + column, 0, 1, width);
    });
    writeCache(run, i, cache, b, [0, n], ofHeads);
    attend(run, i, cache, b, [0, n], [h0, h1]);
    thread.meet();
    columns(run, b.norm, b.o, w.wo, n, C, C, ofC);
    thread.meet();
    kernels.addBiasResidual(own.x, own.x, b.norm, block.bo, 0, n, C);
    kernels.layerNorm(own.norm, own.x, block.ln2Gain, block.ln2Bias, 0, 0, n, C);
    columns(run, b.h, own.norm, w.wIn, n, F, C, ofF);
    eachRow(n, F, ofF, (at, column, width) => {
      kernels.biasGelu(b.act + at, b.h + at, block.bIn + column, 0, 1, width);
    });
    thread.meet();
    columns(run, b.norm, b.act, w.wOut, n, C, F, ofC);
    thread.meet();
    kernels.addBiasResidual(own.x, own.x, b.norm, block.bOut, 0, n, C);
  }
  kernels.layerNorm(own.norm, own.x, p.lnGain, p.lnBias, 0, 0, n, C);
  columns(run, b.logits, own.norm, head, n, V, C, thread.share(V, NARROW_COLUMNS));
  if (want !== "likelihoods") return;
  thread.meet();
  if (thread.index > 0) return;
  kernels.negativeLogLikelihood(b.nll, b.logits, b.targets, 0, n, V);
}

type Range = [from: number, to: number];

/** c [n, width] = a [n, k] · w [k, width], columns [j0, j1), multiples of 8. */
// deno-fmt-ignore
function columns(run: Inference, c: number, a: number, w: number, n: number, width: number, k: number, [j0, j1]: Range): void {
  // A panel is 8 columns of k elements.
  run.kernels.gemmPacked(c + 4 * j0, width, a, k, w + 4 * j0 * k, n, j1 - j0, k, run.own.scratch);
}

/** Calls `body` with the byte offsets of columns [j0, j1) in each of n rows and in a row. */
function eachRow(
  n: number,
  width: number,
  [j0, j1]: Range,
  body: (at: number, column: number, columns: number) => void,
): void {
  for (let r = 0; r < n; r++) body(4 * (r * width + j0), 4 * j0, j1 - j0);
}

/** Keys and values of one layer. */
function layerCache({ sequences, keys, values, capacity, ldt }: Cache, i: number, C: number) {
  const keyBytes = 4 * sequences * C * ldt, valueBytes = 4 * sequences * capacity * C;
  return { keys: keys + i * keyBytes, values: values + i * valueBytes };
}

// deno-fmt-ignore
function writeCache({ kernels, plan }: Inference, i: number, cache: Cache, b: Buffers, [r0, r1]: Range, [c0, c1]: Range): void {
  const C = plan.config.dModel, at = 4 * r0 * C;
  const { keys, values } = layerCache(cache, i, C);
  kernels.cacheWrite(keys, values, b.k + at, b.v + at, b.sequences + 4 * r0, b.positions + 4 * r0,
    r1 - r0, C, c0, c1, cache.ldt, cache.capacity);
}

// deno-fmt-ignore
function attend(run: Inference, i: number, cache: Cache, b: Buffers, [r0, r1]: Range, [h0, h1]: Range): void {
  const { dModel: C, heads } = run.plan.config;
  const { keys, values } = layerCache(cache, i, C);
  run.kernels.attendCached(b.o, b.q, keys, values, b.sequences, b.positions, r0, r1, C, C / heads,
    h0, h1, cache.ldt, cache.capacity, run.scale, run.own.scores);
}
