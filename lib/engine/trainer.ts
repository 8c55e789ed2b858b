// One training run on one memory: forward, backward, AdamW. Knows token ids, not text or files.
// Names follow the forward pass; gradients are prefixed d. Shapes: R = batchSize·ctx rows,
// C = dModel, F = dMlp, V = vocabSize, T = ctx.

import { DivergedError, ValidationError } from "../errors.ts";
import { type ModelConfig, parameterCount, tensorSpecs } from "../format/config.ts";
import { firstNonFinite } from "../format/finite.ts";
import { seedKey } from "../corpora/philox.ts";
import type { Batch, StepResult, Trainer, TrainerOptions, TrainState } from "./engine.ts";
import { Arena } from "./kernels.ts";
import { initialStd, type ModelPointers, modelPointers } from "./parameters.ts";
import { learningRateAt } from "./schedule.ts";
import { assertComputable, attentionScale } from "./shape.ts";

/** Activations of one block kept for the gradient; the rest is computed again. */
interface BlockActivations {
  x: number; // [R, C] input
  stats1: number; // [R, 2]
  q: number; // [R, C], as k, v, o
  k: number;
  v: number;
  o: number;
  xMid: number; // [R, C] after attention
  stats2: number; // [R, 2]
  h: number; // [R, F] before GELU
}

interface Workspace {
  weights: number; // [P], as grads, m, v
  grads: number;
  m: number;
  v: number;
  ids: number; // int32 [R]
  positions: number; // int32 [R]
  targets: number; // int32 [R]
  nll: number; // [R]
  blocks: BlockActivations[];
  x: number; // [R, C] output of the last block
  statsFinal: number; // [R, 2]
  norm: number; // [R, C] a layer-norm's output
  branch: number; // [R, C] a projection's output or its gradient
  act: number; // [R, F] after GELU
  dAct: number; // [R, F]
  logits: number; // [R, V]
  dx: number; // [R, C] gradient of the residual stream
  dq: number; // [R, C]
  dk: number;
  dv: number;
  p: number; // [T, ⌈T⌉4]
  dp: number;
  scratch: number;
}

/** Reserves what a run needs, in one pass: called with a counter it is the memory estimate. */
function layOut(
  alloc4: (count: number) => number,
  config: ModelConfig,
  batchSize: number,
  scratchBytes: number,
): Workspace {
  const { layers, ctx: T, dModel: C, dMlp: F, vocabSize: V } = config;
  const P = parameterCount(config);
  const R = batchSize * T;
  const square = T * (Math.ceil(T / 4) * 4);
  const block = (): BlockActivations => ({
    x: alloc4(R * C),
    stats1: alloc4(2 * R),
    q: alloc4(R * C),
    k: alloc4(R * C),
    v: alloc4(R * C),
    o: alloc4(R * C),
    xMid: alloc4(R * C),
    stats2: alloc4(2 * R),
    h: alloc4(R * F),
  });
  return {
    weights: alloc4(P),
    grads: alloc4(P),
    m: alloc4(P),
    v: alloc4(P),
    ids: alloc4(R),
    positions: alloc4(R),
    targets: alloc4(R),
    nll: alloc4(R),
    blocks: Array.from({ length: layers }, block),
    x: alloc4(R * C),
    statsFinal: alloc4(2 * R),
    norm: alloc4(R * C),
    branch: alloc4(R * C),
    act: alloc4(R * F),
    dAct: alloc4(R * F),
    logits: alloc4(R * V),
    dx: alloc4(R * C),
    dq: alloc4(R * C),
    dk: alloc4(R * C),
    dv: alloc4(R * C),
    p: alloc4(square),
    dp: alloc4(square),
    scratch: alloc4(scratchBytes / 4),
  };
}

/** Widest product of the model, in columns, and two rows for the layer-norm gradient. */
function scratchBytesFor(config: ModelConfig): number {
  const { ctx, dModel, dMlp, vocabSize } = config;
  const widest = Math.max(ctx, dModel, dMlp, vocabSize);
  // 4×8 tile, 4 edge rows, packed b (widest rounded up to 8) and packed aᵀ (128 rows), 256 deep.
  return 4 * (32 + 256 * (4 + 8 * Math.ceil(widest / 8) + 128)) + 8 * dModel;
}

/** Bytes of WebAssembly memory a training run takes. */
export function trainingBytes(config: ModelConfig, batchSize: number): number {
  let elements = 0;
  layOut(
    (count) => (elements += Math.ceil(count / 16) * 16, 0),
    config,
    batchSize,
    scratchBytesFor(config),
  );
  return 4 * elements + 64;
}

export class WasmTrainer implements Trainer {
  readonly #arena: Arena;
  readonly #options: TrainerOptions;
  readonly #w: Workspace;
  readonly #weights: ModelPointers;
  readonly #grads: ModelPointers;
  readonly #rows: number;
  readonly #scale: number;
  #step = 0;

  /**
   * @throws {ValidationError} when the kernels cannot compute the shape.
   * @throws {RangeError} when the memory cannot be had.
   */
  constructor(module: WebAssembly.Module, options: TrainerOptions) {
    const { config, batchSize } = options;
    assertComputable(config);
    this.#arena = new Arena(module, trainingBytes(config, batchSize));
    this.#options = options;
    this.#rows = batchSize * config.ctx;
    this.#scale = attentionScale(config);
    this.#w = layOut(
      (count) => this.#arena.alloc4(count),
      config,
      batchSize,
      scratchBytesFor(config),
    );
    this.#weights = modelPointers(config, this.#w.weights);
    this.#grads = modelPointers(config, this.#w.grads);
    const positions = this.#arena.ints(this.#w.positions, this.#rows);
    for (let r = 0; r < this.#rows; r++) positions[r] = r % config.ctx;
    this.#initialise();
  }

  get step(): number {
    return this.#step;
  }

  #initialise(): void {
    const { config, seed } = this.#options;
    const [key0, key1] = seedKey(seed);
    for (const spec of tensorSpecs(config)) {
      const pointer = this.#w.weights + 4 * spec.offset;
      const std = initialStd(spec, config.layers);
      if (std === null || std === 0) {
        this.#arena.floats(pointer, spec.size).fill(std === null ? 1 : 0);
      } else {
        this.#arena.kernels.fillNormal(
          pointer,
          spec.size,
          spec.offset,
          std,
          key0,
          key1,
          this.#w.scratch,
        );
      }
    }
  }

  // deno-lint-ignore require-await -- the interface is asynchronous for threads
  async trainStep(batch: Batch): Promise<StepResult> {
    const step = this.#step + 1;
    const scored = this.#load(batch);
    const lossNats = this.#forwardLoss(scored, true);
    this.#backward();
    const { gradNorm, learningRate } = this.#update(step, lossNats);
    this.#step = step;
    return { step, lossNats, gradNorm, learningRate };
  }

  // deno-lint-ignore require-await -- the interface is asynchronous for threads
  async evaluate(batch: Batch): Promise<number> {
    return this.#forwardLoss(this.#load(batch), false);
  }

  /** Copies the batch in; returns the number of scored targets. */
  #load(batch: Batch): number {
    const { tokens, targets } = batch;
    const { vocabSize } = this.#options.config;
    if (tokens.length !== this.#rows || targets.length !== this.#rows) {
      throw new ValidationError(
        `Expected ${this.#rows} tokens and targets, got ${tokens.length} and ${targets.length}`,
      );
    }
    let scored = 0;
    for (let r = 0; r < this.#rows; r++) {
      const token = tokens[r], target = targets[r];
      if (!(token >= 0 && token < vocabSize && target < vocabSize)) {
        throw new ValidationError(
          `Expected ids below ${vocabSize} in row ${r}, got token ${token} and target ${target}`,
        );
      }
      if (target >= 0) scored++;
    }
    if (scored === 0) throw new ValidationError("Expected at least one target to score, got none");
    this.#arena.ints(this.#w.ids, this.#rows).set(tokens);
    this.#arena.ints(this.#w.targets, this.#rows).set(targets);
    return scored;
  }

  /** y [R, n] = x [R, k] · w [k, n] */
  #project(y: number, x: number, w: number, k: number, n: number): void {
    this.#arena.kernels.gemm(y, n, x, k, 1, w, n, 1, this.#rows, n, k, false, 0, this.#w.scratch);
  }

  /** dx [R, k] (+)= dy [R, n] · wᵀ */
  #projectBack(dx: number, dy: number, w: number, k: number, n: number, more = false): void {
    this.#arena.kernels.gemm(dx, k, dy, n, 1, w, 1, n, this.#rows, k, n, more, 0, this.#w.scratch);
  }

  /** dw [k, n] = xᵀ · dy, and db [n] = Σ_r dy */
  #weightGrad(dw: number, db: number, x: number, dy: number, k: number, n: number): void {
    const { gemm, columnSums } = this.#arena.kernels;
    gemm(dw, n, x, 1, k, dy, n, 1, k, n, this.#rows, false, 0, this.#w.scratch);
    if (db) columnSums(db, dy, this.#rows, n);
  }

  /** Mean loss; with `train` the logits become their gradient. */
  #forwardLoss(scored: number, train: boolean): number {
    const w = this.#w, rows = this.#rows, kernels = this.#arena.kernels;
    const { layers, dModel: C, vocabSize: V } = this.#options.config;
    const { token, position, lnGain, lnBias } = this.#weights;
    kernels.embed(w.blocks[0].x, token, position, w.ids, w.positions, 0, rows, C);
    for (let i = 0; i < layers; i++) this.#forwardBlock(i, w.blocks[i + 1]?.x ?? w.x);
    kernels.layerNorm(w.norm, w.x, lnGain, lnBias, w.statsFinal, 0, rows, C);
    kernels.gemm(w.logits, V, w.norm, C, 1, token, 1, C, rows, V, C, false, 0, w.scratch);
    if (train) {
      const scale = Math.fround(1 / scored);
      kernels.crossEntropyBackward(w.nll, w.logits, w.targets, scale, 0, rows, V);
    } else {
      kernels.negativeLogLikelihood(w.nll, w.logits, w.targets, 0, rows, V);
    }
    return kernels.sumFloat64(w.nll, rows) / scored;
  }

  #forwardBlock(i: number, out: number): void {
    const w = this.#w, rows = this.#rows, kernels = this.#arena.kernels;
    const { ctx: T, dModel: C, dMlp: F, heads } = this.#options.config;
    const a = w.blocks[i], p = this.#weights.blocks[i];
    kernels.layerNorm(w.norm, a.x, p.ln1Gain, p.ln1Bias, a.stats1, 0, rows, C);
    this.#project(a.q, w.norm, p.wq, C, C);
    this.#project(a.k, w.norm, p.wk, C, C);
    this.#project(a.v, w.norm, p.wv, C, C);
    kernels.addBias(a.q, p.bq, 0, rows, C);
    kernels.addBias(a.k, p.bk, 0, rows, C);
    kernels.addBias(a.v, p.bv, 0, rows, C);
    for (let r = 0; r < rows; r += T) {
      const at = 4 * r * C;
      kernels.attention(
        a.o + at,
        a.q + at,
        a.k + at,
        a.v + at,
        T,
        C,
        heads,
        this.#scale,
        w.p,
        w.scratch,
      );
    }
    this.#project(w.branch, a.o, p.wo, C, C);
    kernels.addBiasResidual(a.xMid, a.x, w.branch, p.bo, 0, rows, C);
    kernels.layerNorm(w.norm, a.xMid, p.ln2Gain, p.ln2Bias, a.stats2, 0, rows, C);
    this.#project(a.h, w.norm, p.wIn, C, F);
    kernels.biasGelu(w.act, a.h, p.bIn, 0, rows, F);
    this.#project(w.branch, w.act, p.wOut, F, C);
    kernels.addBiasResidual(out, a.xMid, w.branch, p.bOut, 0, rows, C);
  }

  #backward(): void {
    const w = this.#w, rows = this.#rows, kernels = this.#arena.kernels, d = this.#grads;
    const { layers, dModel: C, vocabSize: V } = this.#options.config;
    const { token, lnGain } = this.#weights;
    // The head's share of the tied embedding first; the look-ups continue its fold at the end.
    this.#weightGrad(d.token, 0, w.logits, w.norm, V, C);
    kernels.gemm(w.branch, C, w.logits, V, 1, token, C, 1, rows, C, V, false, 0, w.scratch);
    kernels.layerNormParams(d.lnGain, d.lnBias, w.branch, w.x, w.statsFinal, rows, C);
    kernels.layerNormBackward(
      w.dx,
      w.branch,
      w.x,
      lnGain,
      w.statsFinal,
      0,
      rows,
      C,
      false,
      w.scratch,
    );
    for (let i = layers - 1; i >= 0; i--) {
      this.#backwardMlp(i);
      this.#backwardAttention(i);
    }
    kernels.embedBackward(d.token, w.dx, w.ids, rows, C);
    this.#arena.floats(d.position, this.#options.config.ctx * C).fill(0);
    kernels.embedBackward(d.position, w.dx, w.positions, rows, C);
  }

  #backwardMlp(i: number): void {
    const w = this.#w, rows = this.#rows, kernels = this.#arena.kernels;
    const { dModel: C, dMlp: F } = this.#options.config;
    const a = w.blocks[i], p = this.#weights.blocks[i], d = this.#grads.blocks[i];
    // From here a.h holds the slope of GELU.
    kernels.geluSplit(w.act, a.h, rows * F);
    this.#weightGrad(d.wOut, d.bOut, w.act, w.dx, F, C);
    this.#projectBack(w.dAct, w.dx, p.wOut, F, C);
    kernels.multiply(w.dAct, a.h, rows * F);
    kernels.layerNormAgain(w.norm, a.xMid, p.ln2Gain, p.ln2Bias, a.stats2, 0, rows, C);
    this.#weightGrad(d.wIn, d.bIn, w.norm, w.dAct, C, F);
    this.#projectBack(w.branch, w.dAct, p.wIn, C, F);
    kernels.layerNormParams(d.ln2Gain, d.ln2Bias, w.branch, a.xMid, a.stats2, rows, C);
    kernels.layerNormBackward(
      w.dx,
      w.branch,
      a.xMid,
      p.ln2Gain,
      a.stats2,
      0,
      rows,
      C,
      true,
      w.scratch,
    );
  }

  #backwardAttention(i: number): void {
    const w = this.#w, rows = this.#rows, kernels = this.#arena.kernels;
    const { ctx: T, dModel: C, heads } = this.#options.config;
    const a = w.blocks[i], p = this.#weights.blocks[i], d = this.#grads.blocks[i];
    this.#weightGrad(d.wo, d.bo, a.o, w.dx, C, C);
    this.#projectBack(w.branch, w.dx, p.wo, C, C);
    for (let r = 0; r < rows; r += T) {
      const at = 4 * r * C;
      // deno-fmt-ignore
      kernels.attentionBackward(w.dq + at, w.dk + at, w.dv + at, w.branch + at, a.q + at, a.k + at,
        a.v + at, T, C, heads, this.#scale, w.p, w.dp, w.scratch);
    }
    kernels.layerNormAgain(w.norm, a.x, p.ln1Gain, p.ln1Bias, a.stats1, 0, rows, C);
    this.#weightGrad(d.wq, d.bq, w.norm, w.dq, C, C);
    this.#weightGrad(d.wk, d.bk, w.norm, w.dk, C, C);
    this.#weightGrad(d.wv, d.bv, w.norm, w.dv, C, C);
    // One fold over the 3C columns of [dq dk dv].
    this.#projectBack(w.branch, w.dq, p.wq, C, C);
    this.#projectBack(w.branch, w.dk, p.wk, C, C, true);
    this.#projectBack(w.branch, w.dv, p.wv, C, C, true);
    kernels.layerNormParams(d.ln1Gain, d.ln1Bias, w.branch, a.x, a.stats1, rows, C);
    kernels.layerNormBackward(
      w.dx,
      w.branch,
      a.x,
      p.ln1Gain,
      a.stats1,
      0,
      rows,
      C,
      true,
      w.scratch,
    );
  }

  /** Clips by the global norm and applies AdamW. Nothing is written when a value is not finite. */
  #update(step: number, lossNats: number): { gradNorm: number; learningRate: number } {
    const { config, optimizer, steps } = this.#options;
    const kernels = this.#arena.kernels, w = this.#w;
    const specs = tensorSpecs(config);
    let squares = 0;
    for (const { offset, size } of specs) squares += kernels.sumSquares(w.grads + 4 * offset, size);
    const gradNorm = Math.sqrt(squares);
    if (!Number.isFinite(lossNats) || !Number.isFinite(gradNorm)) throw new DivergedError(step);
    const { gradClip, beta1, beta2, epsilon, weightDecay } = optimizer;
    const clip = gradClip > 0 && gradNorm > gradClip ? gradClip / gradNorm : 1;
    const learningRate = learningRateAt(step, steps, optimizer, kernels.cosPi);
    const c1 = 1 / (1 - kernels.powInt(beta1, step));
    const c2 = 1 / (1 - kernels.powInt(beta2, step));
    for (const { offset, size, decay } of specs) {
      const at = 4 * offset;
      // deno-fmt-ignore
      kernels.adamW(w.weights + at, w.grads + at, w.m + at, w.v + at, size, clip, learningRate,
        beta1, 1 - beta1, beta2, 1 - beta2, c1, c2, epsilon, decay ? weightDecay : 0);
    }
    return { gradNorm, learningRate };
  }

  state(): TrainState {
    const P = parameterCount(this.#options.config);
    const copy = (pointer: number) => {
      const values = this.#arena.floats(pointer, P).slice();
      // A finite gradient can still square to infinity: such a state must never be hashed.
      if (firstNonFinite(values) >= 0) throw new DivergedError(this.#step);
      return values;
    };
    return {
      step: this.#step,
      weights: copy(this.#w.weights),
      m: copy(this.#w.m),
      v: copy(this.#w.v),
    };
  }

  restore(state: TrainState): void {
    const P = parameterCount(this.#options.config);
    for (const part of ["weights", "m", "v"] as const) {
      if (state[part].length !== P) {
        throw new ValidationError(`Expected ${P} elements in ${part}, got ${state[part].length}`);
      }
      this.#arena.floats(this.#w[part], P).set(state[part]);
    }
    this.#step = state.step;
  }

  close(): void {
    // The memory goes with the last reference to this trainer.
  }
}
