// Rows through a loaded model, as every thread runs them. Keys and values of earlier rows are in the
// cache.

import { architectureOf } from "../format/architecture.ts";
import type { ModelConfig } from "../format/config.ts";
import {
  type Buffers,
  type CacheLayout,
  type Inference,
  NARROW_ROWS,
  type Result,
  RESULTS,
  type RowsJob,
  type Step,
} from "./inference_run.ts";
import type { Kernels } from "./kernels.ts";
import { multiply } from "./products.ts";
import { embedRows, rotateRows } from "./positions.ts";
import { paddedVocab } from "./shape.ts";
import { FOREVER } from "./thread.ts";

/** Columns of a share: four panels, the unit of products by single rows. */
const NARROW_COLUMNS = 32;

/** Whether several threads can share so few rows: they split columns, in whole heads. */
export function canSplitColumns(config: ModelConfig): boolean {
  const { dModel, heads } = config;
  return architectureOf(config).kvHeads > 1 && dModel / heads % NARROW_COLUMNS === 0;
}

/** A worker's part of a job: steps as the host writes them, until there are none. */
export function serveRows(run: Inference, job: RowsJob): void {
  for (;;) {
    // The host may be long in coming: it reads, draws and writes between steps.
    run.thread.meet(FOREVER);
    const [rows, wanted, result] = run.thread.arena.ints(job.step, 3);
    if (rows === 0) return;
    runRows(run, job, { rows, wanted, result: RESULTS[result] });
    run.thread.meet();
  }
}

/** The host's part of one step. */
export function leadRows(run: Inference, job: RowsJob, step: Step): void {
  writeStep(run, job, step);
  run.thread.meet();
  runRows(run, job, step);
  run.thread.meet();
}

/** Sends the other threads home. */
export function endRows(run: Inference, job: RowsJob): void {
  writeStep(run, job, { rows: 0, wanted: 0, result: "logits" });
  run.thread.meet();
}

function writeStep({ thread }: Inference, job: RowsJob, { rows, wanted, result }: Step): void {
  thread.arena.ints(job.step, 3).set([rows, wanted, RESULTS.indexOf(result)]);
}

/** Runs the rows through all blocks; bits do not depend on how they are split. */
export function runRows(run: Inference, job: RowsJob, step: Step): void {
  if (step.rows <= NARROW_ROWS && run.thread.count > 1) forwardNarrow(run, job, step);
  else forwardWide(run, job, step);
}

/**
 * Each thread takes its rows from end to end and waits only for the keys of earlier rows. In the
 * last block only the wanted rows go on from there.
 */
function forwardWide(run: Inference, { cache, b: all }: RowsJob, step: Step): void {
  const { kernels, thread, p, own, kvWidth: K, plan, observer } = run;
  const { config, arithmetic, packed, rotary } = plan;
  const { layers, dModel: C, dMlp: F, heads } = config;
  const { rows, wanted, result } = step;
  const norm = normOf(run), gelu = geluOf(run), gated = run.arch.mlp === "swiglu";
  let b = all, [r0, r1] = thread.share(rows, 4);
  const turn = (x: number, width: number) =>
    rotateRows(kernels, config, rotary, { x, width, positions: b.positions, r0, r1 });
  const product = (c: number, a: number, w: number, columns: number, k: number) =>
    // deno-fmt-ignore
    multiply(kernels, arithmetic, own, c + 4 * r0 * columns, a + 4 * r0 * k, w, r1 - r0, columns, k, 0, columns);
  embedRows(kernels, config, p, { x: b.x, ids: b.ids, positions: b.positions, r0, r1 });
  observer?.passed(0, b, rows);
  for (let i = 0; i < layers; i++) {
    const block = p.blocks[i], w = packed[i];
    norm(b.norm, b.x, block.ln1Gain, block.ln1Bias, r0, r1, C);
    product(b.k, b.norm, w.wk, K, C);
    product(b.v, b.norm, w.wv, K, C);
    kernels.addBias(b.k, block.bk, r0, r1, K);
    kernels.addBias(b.v, block.bv, r0, r1, K);
    turn(b.k, K);
    writeCache(run, i, cache, b, [r0, r1], [0, K]);
    thread.meet();
    if (i === layers - 1 && wanted < rows) {
      if (wanted === 0) return;
      [r0, r1] = thread.share(wanted, 4);
      b = keepWanted(run, b, [r0, r1]);
    }
    product(b.q, b.norm, w.wq, C, C);
    kernels.addBias(b.q, block.bq, r0, r1, C);
    turn(b.q, C);
    attend(run, i, cache, b, [r0, r1], [0, heads]);
    observer?.attended(i, b, rows);
    product(b.norm, b.o, w.wo, C, C);
    kernels.addBiasResidual(b.x, b.x, b.norm, block.bo, r0, r1, C);
    norm(b.norm, b.x, block.ln2Gain, block.ln2Bias, r0, r1, C);
    product(b.h, b.norm, w.wIn, F, C);
    if (gated) {
      product(b.up, b.norm, w.wUp, F, C);
      kernels.swiGlu(b.act, b.h, b.up, block.bIn, block.bUp, r0, r1, F);
    } else {
      gelu(b.act, b.h, block.bIn, r0, r1, F);
    }
    product(b.norm, b.act, w.wOut, C, F);
    kernels.addBiasResidual(b.x, b.x, b.norm, block.bOut, r0, r1, C);
    observer?.passed(i + 1, b, rows);
  }
  readOut(run, b, [r0, r1]);
  finishRows(run, b, result, [r0, r1]);
}

/** Logits of rows of the residual stream: the last norm and the head. */
// deno-fmt-ignore
export function readOut(run: Inference, { x, norm, logits }: Buffers, [r0, r1]: Range): void {
  const { kernels, p, own, plan: { config, arithmetic, head } } = run;
  const C = config.dModel, V = paddedVocab(config);
  normOf(run)(norm, x, p.lnGain, p.lnBias, r0, r1, C);
  multiply(kernels, arithmetic, own, logits + 4 * r0 * V, norm + 4 * r0 * C, head, r1 - r0, V, C, 0, V);
}

/** Buffers of the wanted rows alone. Keys and values are in the cache: their buffers are free. */
function keepWanted(run: Inference, b: Buffers, range: Range): Buffers {
  gatherRows(run, b, b.v, b.x, range);
  gatherRows(run, b, b.k, b.norm, range);
  return { ...b, x: b.v, norm: b.k, sequences: b.wantedSequences, positions: b.wantedPositions };
}

/** Rows `wantedRows[from..to)` of `source` into rows from..to of `target`; both [rows, C]. */
function gatherRows(
  { thread, plan }: Inference,
  b: Buffers,
  target: number,
  source: number,
  [from, to]: Range,
): void {
  const C = plan.config.dModel, rows = thread.arena.ints(b.wantedRows, to);
  for (let i = from; i < to; i++) {
    const row = thread.arena.floats(source + 4 * rows[i] * C, C);
    thread.arena.floats(target + 4 * i * C, C).set(row);
  }
}

/** What is wanted of logits [r0, r1). */
function finishRows(run: Inference, b: Buffers, result: Result, [r0, r1]: Range) {
  const { kernels, plan: { config } } = run, V = paddedVocab(config);
  hidePadding(run, b.logits, [r0, r1]);
  if (result === "likelihoods") {
    kernels.negativeLogLikelihood(b.nll, b.logits, b.targets, r0, r1, V);
  } else if (result === "logProbabilities") {
    kernels.logProbabilities(b.logits, r0, r1, V);
  }
}

/** Columns beyond the vocabulary are −∞: no maximum, and exp of them adds +0. */
function hidePadding({ thread, plan }: Inference, logits: number, [r0, r1]: Range): void {
  const { vocabSize } = plan.config, V = paddedVocab(plan.config);
  if (V === vocabSize) return;
  for (let r = r0; r < r1; r++) {
    thread.arena.floats(logits + 4 * (r * V + vocabSize), V - vocabSize).fill(-Infinity);
  }
}

/**
 * Each thread takes its heads and columns of every row; the residual stream, which all columns
 * read, each keeps for itself.
 */
function forwardNarrow(run: Inference, { cache, b }: RowsJob, step: Step): void {
  const { kernels, thread, p, own, kvWidth: K, plan: { config, packed, head, rotary } } = run;
  const { layers, dModel: C, dMlp: F, heads } = config, V = paddedVocab(config);
  const { rows: n, wanted, result } = step;
  const norm = normOf(run), gelu = geluOf(run), gated = run.arch.mlp === "swiglu";
  const group = C / K, hd = C / heads;
  const [g0, g1] = thread.share(run.arch.kvHeads, 1);
  const [h0, h1] = [group * g0, group * g1];
  const ofHeads: Range = [hd * h0, hd * h1], ofKeys: Range = [hd * g0, hd * g1];
  const turn = (x: number, width: number, of: Range) =>
    rotateRows(kernels, config, rotary, { x, width, positions: b.positions, r0: 0, r1: n }, of);
  const ofC = thread.share(C, NARROW_COLUMNS), ofF = thread.share(F, NARROW_COLUMNS);
  const { ids, positions } = b;
  embedRows(kernels, config, p, { x: own.x, ids, positions, r0: 0, r1: n });
  for (let i = 0; i < layers; i++) {
    const block = p.blocks[i], w = packed[i];
    norm(own.norm, own.x, block.ln1Gain, block.ln1Bias, 0, n, C);
    columns(run, b.q, own.norm, w.wq, n, C, C, ofHeads);
    columns(run, b.k, own.norm, w.wk, n, K, C, ofKeys);
    columns(run, b.v, own.norm, w.wv, n, K, C, ofKeys);
    eachRow(n, C, ofHeads, (at, column, width) => {
      kernels.addBias(b.q + at, block.bq + column, 0, 1, width);
    });
    eachRow(n, K, ofKeys, (at, column, width) => {
      kernels.addBias(b.k + at, block.bk + column, 0, 1, width);
      kernels.addBias(b.v + at, block.bv + column, 0, 1, width);
    });
    turn(b.q, C, ofHeads);
    turn(b.k, K, ofKeys);
    writeCache(run, i, cache, b, [0, n], ofKeys);
    attend(run, i, cache, b, [0, n], [h0, h1]);
    thread.meet();
    columns(run, b.norm, b.o, w.wo, n, C, C, ofC);
    thread.meet();
    kernels.addBiasResidual(own.x, own.x, b.norm, block.bo, 0, n, C);
    norm(own.norm, own.x, block.ln2Gain, block.ln2Bias, 0, n, C);
    columns(run, b.h, own.norm, w.wIn, n, F, C, ofF);
    if (gated) columns(run, b.up, own.norm, w.wUp, n, F, C, ofF);
    eachRow(n, F, ofF, (at, column, width) => {
      const act = b.act + at, h = b.h + at, up = b.up + at, bias = block.bIn + column;
      if (gated) kernels.swiGlu(act, h, up, bias, block.bUp + column, 0, 1, width);
      else gelu(act, h, bias, 0, 1, width);
    });
    thread.meet();
    columns(run, b.norm, b.act, w.wOut, n, C, F, ofC);
    thread.meet();
    kernels.addBiasResidual(own.x, own.x, b.norm, block.bOut, 0, n, C);
  }
  if (wanted < n) gatherRows(run, b, own.x, own.x, [0, wanted]);
  norm(own.norm, own.x, p.lnGain, p.lnBias, 0, wanted, C);
  columns(run, b.logits, own.norm, head, wanted, V, C, thread.share(V, NARROW_COLUMNS));
  if (result === "logits") return;
  thread.meet();
  if (thread.index === 0) finishRows(run, b, result, [0, wanted]);
}

type Norm = (y: number, x: number, gain: number, bias: number, ...rows: Rows) => void;
type Rows = [r0: number, r1: number, n: number];

function normOf({ kernels, arch, plan }: Inference): Norm {
  const centred = arch.norm === "layernorm", epsilon = plan.config.imported?.normEpsilon;
  if (epsilon !== undefined) {
    return (y, x, gain, bias, ...rows) =>
      kernels.normWith(y, x, gain, bias, ...rows, epsilon, centred);
  }
  const norm = centred ? kernels.layerNorm : kernels.rmsNorm;
  return (y, x, gain, bias, ...rows) => norm(y, x, gain, bias, 0, ...rows);
}

function geluOf({ kernels, plan }: Inference): Kernels["biasGelu"] {
  return plan.config.imported?.gelu === "tanh" ? kernels.biasGeluTanh : kernels.biasGelu;
}

type Range = [from: number, to: number];

/** c [n, width] = a [n, k] · w [k, width], columns [j0, j1), multiples of 8. */
// deno-fmt-ignore
function columns(run: Inference, c: number, a: number, w: number, n: number, width: number, k: number, [j0, j1]: Range): void {
  multiply(run.kernels, run.plan.arithmetic, run.own, c, a, w, n, width, k, j0, j1);
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

// deno-fmt-ignore
function writeCache({ kernels, kvWidth: K }: Inference, i: number, cache: CacheLayout, b: Buffers, [r0, r1]: Range, [c0, c1]: Range): void {
  const at = 4 * r0 * K, layer = i * cache.layerBytes;
  kernels.cacheWrite(cache.keys + layer, cache.values + layer, cache.pages, cache.pagesPerSequence,
    b.k + at, b.v + at, b.sequences + 4 * r0, b.positions + 4 * r0, r1 - r0, K, c0, c1);
}

// deno-fmt-ignore
function attend(run: Inference, i: number, cache: CacheLayout, b: Buffers, [r0, r1]: Range, [h0, h1]: Range): void {
  const { dModel: C, heads } = run.plan.config, layer = i * cache.layerBytes;
  run.kernels.attendCached(b.o, b.q, cache.keys + layer, cache.values + layer, cache.pages,
    cache.pagesPerSequence, b.sequences, b.positions, r0, r1, C, run.kvWidth, C / heads, h0, h1,
    run.scale, run.own.scores, run.plan.config.imported?.windows?.[i] ?? 0);
}
