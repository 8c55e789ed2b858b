// Where a training run's tensors stand in memory. Shapes: R = batchSize·ctx rows, C = dModel,
// F = dMlp, V = vocabSize, T = ctx, K columns of keys, P parameters, S = rows of a whole step;
// gradients are prefixed d.

import type { OptimizerConfig, TrainerOptions } from "./engine.ts";
import { architectureOf } from "../format/architecture.ts";
import { keyValueWidth, type ModelConfig, parameterCount, tensorSpecs } from "../format/config.ts";
import { byMuon } from "./parameters.ts";

/** Elements of one block of the gradient norm (docs/exactness.md). */
export const NORM_BLOCK = 4096;

/** Activations of one block kept for the gradient; the rest is computed again. */
interface BlockActivations {
  x: number; // [R, C] input
  stats1: number; // [R, 2]
  q: number; // [R, C], as o
  k: number; // [R, K], as v
  v: number;
  o: number;
  xMid: number; // [R, C] after attention
  stats2: number; // [R, 2]
  h: number; // [R, F] the slope of GELU (another erf would cost more), or the gate of SwiGLU
  up: number; // [R, F] of SwiGLU
  act: number; // [R, F] between the products of the MLP; SwiGLU computes it again, in one place
}

/** What each thread has for itself. */
export interface ThreadScratch {
  p: number; // [T, ⌈T⌉4]
  dp: number;
  scratch: number;
}

/** What Muon needs beside the gradients. */
export interface MuonScratch {
  squares: number; // float64, one per block of the norms
  squared: number; // [Σ side²] of one block's matrices, as polynomial
  polynomial: number;
  products: number[]; // by thread: its part of the largest matrix
}

export interface Workspace {
  weights: number; // [P], as grads, m, v
  grads: number;
  m: number;
  v: number;
  ids: number; // int32 [S]
  positions: number; // int32 [S]
  targets: number; // int32 [S]
  zeros: number; // [max(C, F)] in place of biases that are not there
  rotary: number; // [T, C / heads] cosines and sines of rotary positions
  nll: number; // [S]
  blocks: BlockActivations[];
  x: number; // [R, C] output of the last block
  statsFinal: number; // [R, 2]
  norm: number; // [R, C] a layer-norm's output
  branch: number; // [R, C] a projection's output or its gradient
  dAct: number; // [R, F]
  logits: number; // [R, V]
  dx: number; // [S, C] gradient of the residual stream
  dq: number; // [R, C]
  dk: number; // [R, K], as dv
  dv: number;
  squares: number; // float64, one per block of the gradient norm
  own: ThreadScratch[]; // by thread
  muon: MuonScratch | null;
}

/** What the size of a workspace follows from. */
export type WorkspaceShape =
  & Pick<TrainerOptions, "config" | "batchSize" | "accumulationSteps">
  & { optimizer?: Pick<OptimizerConfig, "muon"> };

/** Reserves what a run needs, in one pass: called with a counter it is the memory estimate. */
export function layOut(
  alloc4: (count: number) => number,
  { config, batchSize, accumulationSteps = 1, optimizer }: WorkspaceShape,
  threads: number,
): Workspace {
  const { layers, ctx: T, dModel: C, dMlp: F, vocabSize: V } = config;
  const P = parameterCount(config);
  const R = batchSize * T, S = R * accumulationSteps;
  const K = keyValueWidth(config);
  const arch = architectureOf(config);
  const square = T * (Math.ceil(T / 4) * 4);
  const gated = arch.mlp === "swiglu", act = gated ? alloc4(R * F) : 0;
  const block = (): BlockActivations => ({
    x: alloc4(R * C),
    stats1: alloc4(2 * R),
    q: alloc4(R * C),
    k: alloc4(R * K),
    v: alloc4(R * K),
    o: alloc4(R * C),
    xMid: alloc4(R * C),
    stats2: alloc4(2 * R),
    h: alloc4(R * F),
    up: alloc4(gated ? R * F : 0),
    act: gated ? act : alloc4(R * F),
  });
  const own = (): ThreadScratch => ({
    p: alloc4(square),
    dp: alloc4(square),
    scratch: alloc4(scratchBytes(config) / 4),
  });
  return {
    weights: alloc4(P),
    grads: alloc4(P),
    m: alloc4(P),
    v: alloc4(P),
    ids: alloc4(S),
    positions: alloc4(S),
    targets: alloc4(S),
    nll: alloc4(S),
    zeros: alloc4(Math.max(C, F)),
    rotary: alloc4(arch.positions === "rotary" ? T * C / config.heads : 0),
    blocks: Array.from({ length: layers }, block),
    x: alloc4(R * C),
    statsFinal: alloc4(2 * R),
    norm: alloc4(R * C),
    branch: alloc4(R * C),
    dAct: alloc4(R * F),
    logits: alloc4(R * V),
    dx: alloc4(S * C),
    dq: alloc4(R * C),
    dk: alloc4(R * K),
    dv: alloc4(R * K),
    squares: alloc4(2 * normBlocks(config)),
    own: Array.from({ length: threads }, own),
    muon: optimizer?.muon ? muonScratch(alloc4, config, threads) : null,
  };
}

function muonScratch(
  alloc4: (count: number) => number,
  config: ModelConfig,
  threads: number,
): MuonScratch {
  const shapes = tensorSpecs(config).filter(byMuon).filter(({ name }) => /^blocks\.0\./.test(name))
    .map(({ shape: [rows, columns] }) => [Math.min(rows, columns), Math.max(rows, columns)]);
  const squares = shapes.reduce((sum, [side]) => sum + side * side, 0);
  // Threads take whole eights of the longer side.
  const parts = shapes.map(([side, long]) => side * 8 * Math.ceil(Math.ceil(long / 8) / threads));
  return {
    squares: alloc4(2 * normBlocks(config)),
    squared: alloc4(squares),
    polynomial: alloc4(squares),
    products: Array.from({ length: threads }, () => alloc4(Math.max(...parts))),
  };
}

/** Blocks of the gradient norm; none reaches over the end of a tensor. */
export function normBlocks(config: ModelConfig): number {
  return tensorSpecs(config).reduce((sum, { size }) => sum + Math.ceil(size / NORM_BLOCK), 0);
}

/** Widest product of the model, in columns, and two rows for the layer-norm gradient. */
function scratchBytes(config: ModelConfig): number {
  const { ctx, dModel, dMlp, vocabSize } = config;
  const widest = Math.max(ctx, dModel, dMlp, vocabSize);
  // 4×8 tile, 4 edge rows, packed b (widest rounded up to 8) and packed aᵀ (128 rows), 256 deep.
  return 4 * (32 + 256 * (4 + 8 * Math.ceil(widest / 8) + 128)) + 8 * dModel;
}

/** Bytes of WebAssembly memory a training run takes. */
export function trainingBytes(shape: WorkspaceShape, threads = 1): number {
  let elements = 0;
  const count = (more: number) => (elements += Math.ceil(more / 16) * 16, 0);
  layOut(count, shape, threads);
  return 4 * elements + 128;
}
