// RMS normalisation over rows of n, epsilon 1e-5, and its gradient.

import { f32 } from "./float_bits.ts";
import { dotRow } from "./reduce.ts";

const EPSILON = f32(1e-5);

function rstdOf(x: Float32Array, epsilon = EPSILON): number {
  const meanSquare = f32(dotRow(x, x) / x.length);
  return f32(1 / f32(Math.sqrt(f32(meanSquare + epsilon))));
}

/** y[r] = x̂[r]·gain + bias, x̂ = x·rstd; without bias +0 stands in its place. */
export function rmsNorm(
  x: Float32Array,
  gain: Float32Array,
  bias?: Float32Array,
  epsilon?: number,
): Float32Array<ArrayBuffer> {
  const n = gain.length;
  const y = new Float32Array(x.length);
  for (let r = 0; r < x.length / n; r++) {
    const rstd = rstdOf(x.subarray(r * n, (r + 1) * n), epsilon);
    for (let i = 0; i < n; i++) {
      y[r * n + i] = f32(f32(f32(x[r * n + i] * rstd) * gain[i]) + (bias?.[i] ?? 0));
    }
  }
  return y;
}

/** dx and dgain from dy. With g = dy·gain: dx = (g − x̂·(Σg·x̂/n))·rstd. */
export function rmsNormBackward(dy: Float32Array, x: Float32Array, gain: Float32Array) {
  const n = gain.length;
  const dx = new Float32Array(x.length), dGain = new Float32Array(n);
  for (let r = 0; r < x.length / n; r++) {
    const line = x.subarray(r * n, (r + 1) * n), d = dy.subarray(r * n, (r + 1) * n);
    const rstd = rstdOf(line);
    const hat = line.map((value) => f32(value * rstd));
    const g = d.map((value, i) => f32(value * gain[i]));
    const mean = f32(dotRow(g, hat) / n);
    for (let i = 0; i < n; i++) {
      dx[r * n + i] = f32(f32(g[i] - f32(hat[i] * mean)) * rstd);
      dGain[i] = f32(dGain[i] + f32(d[i] * hat[i]));
    }
  }
  return { dx, dGain };
}
