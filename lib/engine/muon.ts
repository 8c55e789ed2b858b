// Muon for the matrices of the blocks, as every thread runs it (Jordan et al. 2024,
// https://kellerjordan.github.io/posts/muon/; the bits: docs/exactness.md). The momentum of a matrix
// is brought near an orthogonal one by Newton–Schulz steps: S = X·Xᵀ, X ← a·X + (b·S + c·S·S)·X.

import { type ModelConfig, type TensorSpec, tensorSpecs } from "../format/config.ts";
import type { StepResult } from "./engine.ts";
import { byMuon, decays } from "./parameters.ts";
import type { Training } from "./training_run.ts";
import { NORM_BLOCK } from "./workspace.ts";

const STEPS = 5;
const COEFFICIENTS = [3.4445, -4.775, 2.0315] as const;
const EPSILON = 1e-7;

/** One matrix. X takes the place of its gradient; its smaller side is the one that is squared. */
interface Matrix {
  spec: TensorSpec;
  rows: number;
  columns: number;
  side: number;
  x: number;
  /** S and b·S + c·S·S, both [side, side]. */
  square: number;
  polynomial: number;
}

/** A block of the norm: threads share element-wise work by these. */
interface Piece {
  matrix: Matrix;
  /** First element in the flat array of all tensors. */
  first: number;
  count: number;
}

/**
 * Updates weights and momentum of this thread's share of the matrices; uses up their gradients.
 * `clip` is what every gradient is multiplied by.
 */
export function muon(run: Training, { learningRate: rate }: StepResult, clip: number): void {
  const { kernels, w, options: { config, optimizer } } = run;
  const blocks = Array.from({ length: config.layers }, (_, i) => matricesOf(run, i));
  const pieces = blocks.flat().flatMap(piecesOf);
  normalisedMomentum(run, pieces, clip);
  for (const matrices of blocks) orthogonalise(run, matrices);
  const learningRate = rate / optimizer.learningRate * optimizer.muon!.learningRate;
  for (const { matrix: { spec, rows, columns }, first, count } of own(run, pieces)) {
    const at = 4 * first, scale = Math.sqrt(Math.max(1, columns / rows));
    const decay = decays(spec, optimizer) ? optimizer.weightDecay : 0;
    kernels.muonUpdate(w.weights + at, w.grads + at, count, learningRate, scale, decay);
  }
}

/** X = u / (‖u‖ + ε) with u the momentum after Nesterov's look ahead. */
function normalisedMomentum(run: Training, pieces: Piece[], clip: number): void {
  const { kernels, thread, w, options: { optimizer } } = run;
  const { momentum } = optimizer.muon!;
  const squares = thread.arena.doubles(w.muon!.squares, pieces.length);
  const [from, to] = thread.share(pieces.length, 1);
  for (let i = from; i < to; i++) {
    const { first, count } = pieces[i], at = 4 * first;
    kernels.muonMomentum(w.grads + at, w.m + at, count, clip, momentum, 1 - momentum);
    squares[i] = kernels.sumSquares(w.grads + at, count);
  }
  thread.meet();
  const sums = new Map<Matrix, number>();
  pieces.forEach(({ matrix }, i) => sums.set(matrix, (sums.get(matrix) ?? 0) + squares[i]));
  for (const { matrix, first, count } of own(run, pieces)) {
    kernels.scale(w.grads + 4 * first, count, 1 / (Math.sqrt(sums.get(matrix)!) + EPSILON));
  }
  thread.meet();
}

/** The Newton–Schulz steps of one block's matrices, which meet together. */
function orthogonalise(run: Training, matrices: Matrix[]): void {
  for (let i = 0; i < STEPS; i++) {
    for (const matrix of matrices) square(run, matrix);
    run.thread.meet();
    for (const matrix of matrices) polynomial(run, matrix);
    run.thread.meet();
    for (const matrix of matrices) multiply(run, matrix);
    run.thread.meet();
  }
}

/** S = X·Xᵀ, or Xᵀ·X of a tall matrix: this thread's rows of S. */
function square({ kernels, thread, own: { scratch } }: Training, matrix: Matrix): void {
  const { rows, columns, side, x, square } = matrix;
  const [i0, i1] = thread.share(side, 4);
  const out = square + 4 * i0 * side, m = i1 - i0;
  if (rows <= columns) {
    const a = x + 4 * i0 * columns;
    kernels.gemm(out, side, a, columns, 1, x, 1, columns, m, side, columns, false, 0, scratch);
  } else {
    kernels.gemm(
      out,
      side,
      x + 4 * i0,
      1,
      columns,
      x,
      columns,
      1,
      m,
      side,
      rows,
      false,
      0,
      scratch,
    );
  }
}

/** b·S + c·(S·S): this thread's rows. */
function polynomial({ kernels, thread, own: { scratch } }: Training, matrix: Matrix): void {
  const { side, square } = matrix;
  const [i0, i1] = thread.share(side, 4);
  const at = 4 * i0 * side, out = matrix.polynomial + at, m = i1 - i0;
  kernels.gemm(out, side, square + at, side, 1, square, side, 1, m, side, side, false, 0, scratch);
  kernels.blend(out, side, square + at, side, COEFFICIENTS[1], COEFFICIENTS[2], m, side);
}

/** X ← a·X + P·X, or a·X + X·P of a tall matrix: this thread's part of the longer side. */
function multiply({ kernels, thread, w, own: { scratch } }: Training, matrix: Matrix): void {
  const { rows, columns, side, polynomial: p } = matrix;
  const product = w.muon!.products[thread.index];
  if (rows <= columns) {
    const [j0, j1] = thread.share(columns, 8), n = j1 - j0, x = matrix.x + 4 * j0;
    kernels.gemm(product, n, p, side, 1, x, columns, 1, side, n, side, false, 0, scratch);
    kernels.blend(x, columns, product, n, 1, COEFFICIENTS[0], side, n);
  } else {
    const [i0, i1] = thread.share(rows, 8), m = i1 - i0, x = matrix.x + 4 * i0 * columns;
    kernels.gemm(product, side, x, columns, 1, p, side, 1, m, side, side, false, 0, scratch);
    kernels.blend(x, columns, product, side, 1, COEFFICIENTS[0], m, side);
  }
}

/** The matrices of block `index`; blocks take turns in one place. */
function matricesOf({ w, options: { config } }: Training, index: number): Matrix[] {
  let used = 0;
  return blockMatrices(config, index).map((spec) => {
    const [rows, columns] = spec.shape;
    const side = Math.min(rows, columns), at = 4 * used;
    used += side * side;
    const { squared, polynomial } = w.muon!;
    const x = w.grads + 4 * spec.offset;
    return { spec, rows, columns, side, x, square: squared + at, polynomial: polynomial + at };
  });
}

function blockMatrices(config: ModelConfig, index: number): TensorSpec[] {
  return tensorSpecs(config).filter((spec) =>
    byMuon(spec) && spec.name.startsWith(`blocks.${index}.`)
  );
}

function piecesOf(matrix: Matrix): Piece[] {
  const { offset, size } = matrix.spec;
  return Array.from({ length: Math.ceil(size / NORM_BLOCK) }, (_, i) => ({
    matrix,
    first: offset + i * NORM_BLOCK,
    count: Math.min(NORM_BLOCK, size - i * NORM_BLOCK),
  }));
}

/** This thread's share. */
function own<T>({ thread }: Training, items: readonly T[]): T[] {
  const [from, to] = thread.share(items.length, 1);
  return items.slice(from, to);
}
