// The forward pass of training, as every thread runs it. Each thread takes its rows through a whole
// block and meets the others around attention alone, where a row reads the rows before it.

import type { Training } from "./training.ts";

/** Embeddings to logits, of this thread's rows. */
export function forward(run: Training): void {
  const { kernels, w, r0, r1 } = run;
  const { layers, dModel: C, vocabSize: V } = run.options.config;
  const { token, position, lnGain, lnBias } = run.weights;
  kernels.embed(w.blocks[0].x, token, position, w.ids, w.positions, r0, r1, C);
  for (let i = 0; i < layers; i++) forwardBlock(run, i, w.blocks[i + 1]?.x ?? w.x);
  kernels.layerNorm(w.norm, w.x, lnGain, lnBias, w.statsFinal, r0, r1, C);
  const logits = w.logits + 4 * r0 * V, norm = w.norm + 4 * r0 * C;
  // deno-fmt-ignore
  kernels.gemm(logits, V, norm, C, 1, token, 1, C, r1 - r0, V, C, false, 0, run.own.scratch);
}

function forwardBlock(run: Training, i: number, out: number): void {
  const { kernels, thread, w, r0, r1 } = run;
  const { dModel: C, dMlp: F } = run.options.config;
  const a = w.blocks[i], p = run.weights.blocks[i];
  kernels.layerNorm(w.norm, a.x, p.ln1Gain, p.ln1Bias, a.stats1, r0, r1, C);
  project(run, a.q, w.norm, p.wq, C, C);
  project(run, a.k, w.norm, p.wk, C, C);
  project(run, a.v, w.norm, p.wv, C, C);
  kernels.addBias(a.q, p.bq, r0, r1, C);
  kernels.addBias(a.k, p.bk, r0, r1, C);
  kernels.addBias(a.v, p.bv, r0, r1, C);
  thread.meet();
  attend(run, i);
  thread.meet();
  project(run, w.branch, a.o, p.wo, C, C);
  kernels.addBiasResidual(a.xMid, a.x, w.branch, p.bo, r0, r1, C);
  kernels.layerNorm(w.norm, a.xMid, p.ln2Gain, p.ln2Bias, a.stats2, r0, r1, C);
  project(run, a.h, w.norm, p.wIn, C, F);
  kernels.biasGelu(w.act, a.h, p.bIn, r0, r1, F);
  project(run, w.branch, w.act, p.wOut, F, C);
  kernels.addBiasResidual(out, a.xMid, w.branch, p.bOut, r0, r1, C);
}

function attend(run: Training, i: number): void {
  const { kernels, w, own } = run;
  const { ctx: T, dModel: C, heads } = run.options.config;
  const a = w.blocks[i];
  forOwnHeads(run, (sequence, h0, h1) => {
    const at = 4 * sequence * T * C;
    // deno-fmt-ignore
    kernels.attention(a.o + at, a.q + at, a.k + at, a.v + at, T, C, C / heads, h0, h1,
      run.scale, own.p, own.scratch);
  });
}

/** Calls `body` for this thread's share of all heads of all sequences. */
export function forOwnHeads(
  { thread, options }: Training,
  body: (sequence: number, h0: number, h1: number) => void,
): void {
  const { heads } = options.config;
  const [from, to] = thread.share(options.batchSize * heads, 1);
  for (let pair = from; pair < to;) {
    const sequence = Math.floor(pair / heads), h0 = pair - sequence * heads;
    const h1 = Math.min(heads, h0 + to - pair);
    body(sequence, h0, h1);
    pair += h1 - h0;
  }
}

/** y [R, n] = x [R, k] · w [k, n], this thread's rows. */
function project(run: Training, y: number, x: number, w: number, k: number, n: number): void {
  const { kernels, r0, r1, own } = run;
  // deno-fmt-ignore
  kernels.gemm(y + 4 * r0 * n, n, x + 4 * r0 * k, k, 1, w, n, 1, r1 - r0, n, k, false, 0, own.scratch);
}
