// Layer normalisation over rows of n, epsilon 1e-5, and its gradient.

import { f32 } from "./float_bits.ts";
import { dotRow, squaresRow, sumRow } from "./reduce.ts";

const EPSILON = f32(1e-5);

export interface RowStats {
  mean: number;
  rstd: number;
}

export function rowStats(x: Float32Array, epsilon = EPSILON): RowStats {
  const n = x.length;
  const mean = f32(sumRow(x) / n);
  const variance = f32(squaresRow(x, mean) / n);
  return { mean, rstd: f32(1 / f32(Math.sqrt(f32(variance + epsilon)))) };
}

/** x̂ of one row. */
function normalised(x: Float32Array, { mean, rstd }: RowStats): Float32Array {
  return x.map((value) => f32(f32(value - mean) * rstd));
}

function row(x: Float32Array, r: number, n: number): Float32Array {
  return x.subarray(r * n, (r + 1) * n);
}

/** y[r] = x̂[r]·gain + bias. */
export function layerNorm(
  x: Float32Array,
  gain: Float32Array,
  bias: Float32Array,
  epsilon?: number,
): Float32Array<ArrayBuffer> {
  const n = gain.length;
  const y = new Float32Array(x.length);
  for (let r = 0; r < x.length / n; r++) {
    const line = row(x, r, n);
    const hat = normalised(line, rowStats(line, epsilon));
    for (let i = 0; i < n; i++) y[r * n + i] = f32(f32(hat[i] * gain[i]) + bias[i]);
  }
  return y;
}

/** dx, dgain and dbias from dy. With g = dy·gain: dx = ((g − Σg/n) − x̂·(Σg·x̂/n))·rstd. */
export function layerNormBackward(dy: Float32Array, x: Float32Array, gain: Float32Array) {
  const n = gain.length;
  const dx = new Float32Array(x.length), dGain = new Float32Array(n), dBias = new Float32Array(n);
  for (let r = 0; r < x.length / n; r++) {
    const line = row(x, r, n), d = row(dy, r, n);
    const stats = rowStats(line);
    const hat = normalised(line, stats);
    const g = d.map((value, i) => f32(value * gain[i]));
    const meanG = f32(sumRow(g) / n);
    const meanGHat = f32(dotRow(g, hat) / n);
    for (let i = 0; i < n; i++) {
      dx[r * n + i] = f32(f32(f32(g[i] - meanG) - f32(hat[i] * meanGHat)) * stats.rstd);
      dGain[i] = f32(dGain[i] + f32(d[i] * hat[i]));
      dBias[i] = f32(dBias[i] + d[i]);
    }
  }
  return { dx, dGain, dBias };
}
