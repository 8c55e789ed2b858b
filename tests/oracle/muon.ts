// Muon's update of one matrix in plain loops: tall ones are turned on their side and back.

import { f32 } from "./float_bits.ts";
import { fold } from "./matrix.ts";
import { sumSquares } from "./optimizer.ts";

type Rows = Float32Array[];

export interface MuonScalars {
  clip: number;
  lr: number;
  momentum: number;
  momentumc: number;
  decay: number;
}

const SMALLEST_MOMENT = 2 ** -100;

function transpose(x: Rows): Rows {
  return Array.from(x[0], (_, j) => Float32Array.from(x, (row) => row[j]));
}

/** a·b, every element one fold. */
function times(a: Rows, b: Rows): Rows {
  return a.map((row) =>
    Float32Array.from(b[0], (_, j) => fold(0, b.length, (k) => row[k], (k) => b[k][j]))
  );
}

/** alpha·x + beta·y. */
function combine(alpha: number, x: Rows, beta: number, y: Rows): Rows {
  return x.map((row, i) =>
    row.map((value, j) => f32(f32(f32(alpha) * value) + f32(f32(beta) * y[i][j])))
  );
}

/** Five Newton–Schulz steps from a matrix whose norm is at most about 1. */
export function orthogonalise(start: Rows): Rows {
  const tall = start.length > start[0].length;
  let x = tall ? transpose(start) : start;
  for (let step = 0; step < 5; step++) {
    const square = times(x, transpose(x));
    const polynomial = combine(-4.775, square, 2.0315, times(square, square));
    x = combine(3.4445, x, 1, times(polynomial, x));
  }
  return tall ? transpose(x) : x;
}

/** One update in place of the weights and momentum of a [rows, columns] matrix. */
export function muon(
  w: Float32Array,
  g: Float32Array,
  m: Float32Array,
  [rows, columns]: readonly number[],
  s: MuonScalars,
): void {
  const ahead = g.map((value, i) => {
    const fresh = f32(s.momentumc * f32(value * s.clip));
    const moment = f32(f32(s.momentum * m[i]) + fresh);
    m[i] = Math.abs(moment) < SMALLEST_MOMENT ? 0 : moment;
    return f32(fresh + f32(s.momentum * m[i]));
  });
  const shrink = f32(1 / (Math.sqrt(sumSquares(ahead)) + 1e-7));
  const x = Array.from(
    { length: rows },
    (_, r) => ahead.slice(r * columns, (r + 1) * columns).map((value) => f32(value * shrink)),
  );
  const scale = f32(Math.sqrt(Math.max(1, columns / rows)));
  orthogonalise(x).forEach((row, r) => {
    row.forEach((value, c) => {
      const i = r * columns + c;
      w[i] = f32(w[i] - f32(s.lr * f32(f32(scale * value) + f32(s.decay * w[i]))));
    });
  });
}
