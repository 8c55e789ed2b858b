// The backward pass of training, as every thread runs it. Gradients of activations are split by
// rows, gradients of weights by rows or columns of the weight: each of its elements is one fold
// over all rows, done by one thread.

import { forOwnHeads } from "./forward.ts";
import { rotateRows } from "./positions.ts";
import type { Training } from "./training_run.ts";

/**
 * From the gradient of this thread's logits to the gradients of all weights but the embeddings'
 * look-ups; `run.more` goes on with the folds of an earlier micro-batch.
 */
export function backward(run: Training): void {
  const { kernels, thread, w, r0, r1, grads: d, own } = run;
  const { layers, dModel: C, vocabSize: V } = run.options.config;
  const { head, lnGain } = run.weights;
  const branch = w.branch + 4 * r0 * C, logits = w.logits + 4 * r0 * V;
  kernels.gemm(branch, C, logits, V, 1, head, C, 1, r1 - r0, C, V, false, 0, own.scratch);
  thread.meet();
  // The head's share of a tied embedding first; the look-ups continue its fold at the end.
  weightGrad(run, d.head, 0, w.logits, w.norm, V, C);
  normParams(run, d.lnGain, d.lnBias, w.x, w.statsFinal);
  thread.meet();
  normBackward(run, w.x, lnGain, w.statsFinal, false);
  for (let i = layers - 1; i >= 0; i--) {
    backwardMlp(run, i);
    backwardAttention(run, i);
  }
  thread.meet();
}

/**
 * Adds the look-ups of all rows of the step: after the head's folds of every micro-batch, so that
 * the order is that of one large batch.
 */
export function embeddingGradients(run: Training, stepRows: number): void {
  const { kernels, thread, w, grads: d } = run;
  const { dModel: C } = run.options.config;
  clearTables(run);
  thread.meet();
  const [c0, c1] = thread.share(C, 4);
  kernels.embedBackward(d.token, w.dx, w.ids, stepRows, C, c0, c1);
  if (d.position) kernels.embedBackward(d.position, w.dx, w.positions, stepRows, C, c0, c1);
  thread.meet();
}

/** +0 in the gradients of tables that nothing but look-ups adds to. */
function clearTables({ thread, grads: d, options: { config } }: Training): void {
  const { dModel: C, vocabSize: V, ctx: T } = config;
  const clear = (table: number, size: number) => {
    const [from, to] = thread.share(size, 4);
    thread.arena.floats(table + 4 * from, to - from).fill(0);
  };
  if (d.position) clear(d.position, T * C);
  if (d.head !== d.token) clear(d.token, V * C);
}

function backwardMlp(run: Training, i: number): void {
  const { kernels, thread, w, r0, r1 } = run;
  const { dModel: C, dMlp: F } = run.options.config;
  const a = w.blocks[i], p = run.weights.blocks[i], d = run.grads.blocks[i];
  const at = 4 * r0 * F, count = (r1 - r0) * F;
  const gated = run.arch.mlp === "swiglu";
  projectBack(run, w.dAct, w.dx, p.wOut, F, C);
  if (gated) {
    // From here a.h and a.up hold their gradients.
    kernels.swiGluBackward(a.act + at, a.h + at, a.up + at, w.dAct + at, count);
  } else {
    kernels.multiply(w.dAct + at, a.h + at, count);
  }
  const dIn = gated ? a.h : w.dAct;
  kernels.layerNormAgain(w.norm, a.xMid, p.ln2Gain, p.ln2Bias, a.stats2, r0, r1, C);
  projectBack(run, w.branch, dIn, p.wIn, C, F);
  if (gated) projectBack(run, w.branch, a.up, p.wUp, C, F, true);
  thread.meet();
  weightGrad(run, d.wOut, d.bOut, a.act, w.dx, F, C);
  weightGrad(run, d.wIn, d.bIn, w.norm, dIn, C, F);
  if (gated) weightGrad(run, d.wUp, d.bUp, w.norm, a.up, C, F);
  normParams(run, d.ln2Gain, d.ln2Bias, a.xMid, a.stats2);
  thread.meet();
  normBackward(run, a.xMid, p.ln2Gain, a.stats2, true);
}

function backwardAttention(run: Training, i: number): void {
  const { kernels, thread, w, r0, r1, kvWidth: K } = run;
  const { config, config: { dModel: C } } = run.options;
  const a = w.blocks[i], p = run.weights.blocks[i], d = run.grads.blocks[i];
  projectBack(run, w.branch, w.dx, p.wo, C, C);
  kernels.layerNormAgain(w.norm, a.x, p.ln1Gain, p.ln1Bias, a.stats1, r0, r1, C);
  thread.meet();
  weightGrad(run, d.wo, d.bo, a.o, w.dx, C, C);
  attendBack(run, i);
  thread.meet();
  const { positions } = w;
  rotateRows(kernels, config, w.rotary, { x: w.dq, width: C, positions, r0, r1, back: true });
  rotateRows(kernels, config, w.rotary, { x: w.dk, width: K, positions, r0, r1, back: true });
  // One fold over the columns of [dq dk dv].
  projectBack(run, w.branch, w.dq, p.wq, C, C);
  projectBack(run, w.branch, w.dk, p.wk, C, K, true);
  projectBack(run, w.branch, w.dv, p.wv, C, K, true);
  thread.meet();
  weightGrad(run, d.wq, d.bq, w.norm, w.dq, C, C);
  weightGrad(run, d.wk, d.bk, w.norm, w.dk, C, K);
  weightGrad(run, d.wv, d.bv, w.norm, w.dv, C, K);
  normParams(run, d.ln1Gain, d.ln1Bias, a.x, a.stats1);
  thread.meet();
  normBackward(run, a.x, p.ln1Gain, a.stats1, true);
}

function attendBack(run: Training, i: number): void {
  const { kernels, w, own, kvWidth: K } = run;
  const { ctx: T, dModel: C, heads } = run.options.config;
  const a = w.blocks[i];
  forOwnHeads(run, (sequence, h0, h1) => {
    const at = 4 * sequence * T * C, kv = 4 * sequence * T * K;
    // deno-fmt-ignore
    kernels.attentionBackward(w.dq + at, w.dk + kv, w.dv + kv, w.branch + at, a.q + at, a.k + kv,
      a.v + kv, T, C, K, C / heads, h0, h1, run.scale, own.p, own.dp, own.scratch);
  });
}

/** dx [R, k] (+)= dy [R, n] · wᵀ, this thread's rows. */
// deno-fmt-ignore
function projectBack(run: Training, dx: number, dy: number, w: number, k: number, n: number, more = false): void {
  const { kernels, r0, r1, own } = run;
  kernels.gemm(dx + 4 * r0 * k, k, dy + 4 * r0 * n, n, 1, w, 1, n, r1 - r0, k, n, more, 0, own.scratch);
}

/** dw [k, n] (+)= xᵀ · dy, and db [n] (+)= Σ_r dy: this thread's part of the longer side of dw. */
// deno-fmt-ignore
function weightGrad(run: Training, dw: number, db: number, x: number, dy: number, k: number, n: number): void {
  const { kernels, thread, rows, more, own: { scratch } } = run;
  // The operand of the other side is packed by every thread: it had better be the smaller.
  if (k >= n) {
    const [i0, i1] = thread.share(k, 4);
    kernels.gemm(dw + 4 * i0 * n, n, x + 4 * i0, 1, k, dy, n, 1, i1 - i0, n, rows, more, 0, scratch);
  } else {
    const [j0, j1] = thread.share(n, 8);
    kernels.gemm(dw + 4 * j0, n, x, 1, k, dy + 4 * j0, n, 1, k, j1 - j0, rows, more, 0, scratch);
  }
  const [c0, c1] = thread.share(n, 4);
  if (db) kernels.columnSums(db, dy, rows, n, c0, c1, more);
}

/** Gradients of a norm's gain and bias from `branch`: this thread's columns. */
function normParams(run: Training, dGain: number, dBias: number, x: number, stats: number): void {
  const { kernels, thread, w, rows } = run;
  const C = run.options.config.dModel;
  const [c0, c1] = thread.share(C, 4);
  if (dBias) kernels.layerNormParams(dGain, dBias, w.branch, x, stats, rows, C, c0, c1, run.more);
  else kernels.normGain(dGain, w.branch, x, stats, rows, C, c0, c1, run.more);
}

/** dx (+)= the gradient of a norm from `branch`: this thread's rows. */
function normBackward(run: Training, x: number, gain: number, stats: number, more: boolean): void {
  const { kernels, w, r0, r1, own, arch } = run;
  const C = run.options.config.dModel;
  const back = arch.norm === "rmsnorm" ? kernels.rmsNormBackward : kernels.layerNormBackward;
  back(w.dx, w.branch, x, gain, stats, r0, r1, C, more, own.scratch);
}
