// The forward pass of training, as every thread runs it. Each thread takes its rows through a whole
// block and meets the others around attention alone, where a row reads the rows before it.

import { embedRows, rotateRows } from "./positions.ts";
import type { Training } from "./training_run.ts";

/** Embeddings to logits, of this thread's rows. */
export function forward(run: Training): void {
  const { kernels, w, r0, r1 } = run;
  const { config } = run.options;
  const { layers, dModel: C, vocabSize: V } = config;
  const { head, lnGain, lnBias } = run.weights;
  const { ids, positions } = w;
  embedRows(kernels, config, run.weights, { x: w.blocks[0].x, ids, positions, r0, r1 });
  for (let i = 0; i < layers; i++) forwardBlock(run, i, w.blocks[i + 1]?.x ?? w.x);
  normalise(run, w.x, lnGain, lnBias, w.statsFinal);
  const logits = w.logits + 4 * r0 * V, norm = w.norm + 4 * r0 * C;
  // deno-fmt-ignore
  kernels.gemm(logits, V, norm, C, 1, head, 1, C, r1 - r0, V, C, false, 0, run.own.scratch);
}

function forwardBlock(run: Training, i: number, out: number): void {
  const { kernels, thread, w, r0, r1, kvWidth: K } = run;
  const { config, config: { dModel: C, dMlp: F } } = run.options;
  const a = w.blocks[i], p = run.weights.blocks[i];
  normalise(run, a.x, p.ln1Gain, p.ln1Bias, a.stats1);
  project(run, a.q, w.norm, p.wq, C, C);
  project(run, a.k, w.norm, p.wk, C, K);
  project(run, a.v, w.norm, p.wv, C, K);
  kernels.addBias(a.q, p.bq, r0, r1, C);
  kernels.addBias(a.k, p.bk, r0, r1, K);
  kernels.addBias(a.v, p.bv, r0, r1, K);
  const { positions } = w;
  rotateRows(kernels, config, w.rotary, { x: a.q, width: C, positions, r0, r1 });
  rotateRows(kernels, config, w.rotary, { x: a.k, width: K, positions, r0, r1 });
  thread.meet();
  attend(run, i);
  thread.meet();
  project(run, w.branch, a.o, p.wo, C, C);
  kernels.addBiasResidual(a.xMid, a.x, w.branch, p.bo, r0, r1, C);
  normalise(run, a.xMid, p.ln2Gain, p.ln2Bias, a.stats2);
  project(run, a.h, w.norm, p.wIn, C, F);
  if (run.arch.mlp === "swiglu") {
    project(run, a.up, w.norm, p.wUp, C, F);
    kernels.swiGlu(a.act, a.h, a.up, p.bIn, p.bUp, r0, r1, F);
  } else {
    kernels.biasGeluSplit(a.act, a.h, p.bIn, r0, r1, F);
  }
  project(run, w.branch, a.act, p.wOut, F, C);
  kernels.addBiasResidual(out, a.xMid, w.branch, p.bOut, r0, r1, C);
}

/** The norm's output of this thread's rows, in `w.norm`. */
function normalise(run: Training, x: number, gain: number, bias: number, stats: number): void {
  const { kernels, w, r0, r1, arch } = run;
  const norm = arch.norm === "rmsnorm" ? kernels.rmsNorm : kernels.layerNorm;
  norm(w.norm, x, gain, bias, stats, r0, r1, run.options.config.dModel);
}

function attend(run: Training, i: number): void {
  const { kernels, w, own, kvWidth: K } = run;
  const { ctx: T, dModel: C, heads } = run.options.config;
  const a = w.blocks[i];
  forOwnHeads(run, (sequence, h0, h1) => {
    const at = 4 * sequence * T * C, kv = 4 * sequence * T * K;
    // deno-fmt-ignore
    kernels.attention(a.o + at, a.q + at, a.k + kv, a.v + kv, T, C, K, C / heads, h0, h1,
      run.scale, own.p, own.scratch);
  });
}

/** Calls `body` for this thread's heads of all sequences; heads that share keys stay together. */
export function forOwnHeads(
  { thread, options, arch: { kvHeads } }: Training,
  body: (sequence: number, h0: number, h1: number) => void,
): void {
  const group = options.config.heads / kvHeads;
  const [from, to] = thread.share(options.batchSize * kvHeads, 1);
  for (let pair = from; pair < to;) {
    const sequence = Math.floor(pair / kvHeads), g0 = pair - sequence * kvHeads;
    const g1 = Math.min(kvHeads, g0 + to - pair);
    body(sequence, group * g0, group * g1);
    pair += g1 - g0;
  }
}

/** y [R, n] = x [R, k] · w [k, n], this thread's rows. */
function project(run: Training, y: number, x: number, w: number, k: number, n: number): void {
  const { kernels, r0, r1, own } = run;
  // deno-fmt-ignore
  kernels.gemm(y + 4 * r0 * n, n, x + 4 * r0 * k, k, 1, w, n, 1, r1 - r0, n, k, false, 0, own.scratch);
}
