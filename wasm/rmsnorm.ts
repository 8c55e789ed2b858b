// RMS normalisation (Zhang & Sennrich 2019) over rows of n elements (n a multiple of 4), epsilon 1e-5,
// and its gradient. Statistics are pairs [0, rstd], so that `layerNormAgain` gives y of either norm.

import { dot16, squares16 } from "./reduce";

// @ts-ignore: decorator
@inline
const EPSILON: f32 = reinterpret<f32>(0x3727C5AC); // 1e-5

/** y = (x·rstd)·gain + bias, rstd = 1 / √(Σx²/n + ε); [0, rstd] kept when `stats` is not 0. */
export function rmsNorm(
  y: usize, x: usize, gain: usize, bias: usize, stats: usize, r0: i32, r1: i32, n: i32,
): void {
  const rowBytes = <usize>n << 2;
  for (let r = r0; r < r1; r++) {
    const row = x + <usize>r * rowBytes, out = y + <usize>r * rowBytes;
    const rstd: f32 = 1 / sqrt<f32>(squares16(row, 0, n) / <f32>n + EPSILON);
    const scale = f32x4.splat(rstd);
    for (let i: usize = 0; i < rowBytes; i += 16) {
      const hat = f32x4.mul(v128.load(row + i), scale);
      v128.store(out + i, f32x4.add(f32x4.mul(hat, v128.load(gain + i)), v128.load(bias + i)));
    }
    if (stats) {
      store<f32>(stats + (<usize>r << 3), 0);
      store<f32>(stats + (<usize>r << 3), rstd, 4);
    }
  }
}

/**
 * With h = x̂ and g = dy·gain: dx = (g − x̂·(Σg·x̂/n))·rstd.
 * `more` adds to dx (the residual path): dx = dx + that. `scratch` holds two rows.
 */
export function rmsNormBackward(
  dx: usize, dy: usize, x: usize, gain: usize, stats: usize,
  r0: i32, r1: i32, n: i32, more: bool, scratch: usize,
): void {
  const rowBytes = <usize>n << 2;
  const g = scratch, hat = scratch + rowBytes;
  for (let r = r0; r < r1; r++) {
    const at = <usize>r * rowBytes;
    const scale = v128.load32_splat(stats + (<usize>r << 3), 4);
    for (let i: usize = 0; i < rowBytes; i += 16) {
      v128.store(g + i, f32x4.mul(v128.load(dy + at + i), v128.load(gain + i)));
      v128.store(hat + i, f32x4.mul(v128.load(x + at + i), scale));
    }
    const mean = f32x4.splat(dot16(g, hat, n) / <f32>n);
    for (let i: usize = 0; i < rowBytes; i += 16) {
      let d = f32x4.sub(v128.load(g + i), f32x4.mul(v128.load(hat + i), mean));
      d = f32x4.mul(d, scale);
      if (more) d = f32x4.add(v128.load(dx + at + i), d);
      v128.store(dx + at + i, d);
    }
  }
}

/**
 * Of a norm without bias, either kind: dgain[i] = Σ_r dy[r, i]·x̂[r, i], i in [c0, c1); rows
 * ascending from +0; `more` goes on with the fold in dgain.
 */
export function normGain(
  dgain: usize, dy: usize, x: usize, stats: usize, rows: i32, n: i32, c0: i32, c1: i32, more: bool,
): void {
  const rowBytes = <usize>n << 2, first = <usize>c0 << 2, end = <usize>c1 << 2;
  if (!more) memory.fill(dgain + first, 0, end - first);
  for (let r = 0; r < rows; r++) {
    const at = <usize>r * rowBytes;
    const mu = v128.load32_splat(stats + (<usize>r << 3));
    const scale = v128.load32_splat(stats + (<usize>r << 3), 4);
    for (let i = first; i < end; i += 16) {
      const hat = f32x4.mul(f32x4.sub(v128.load(x + at + i), mu), scale);
      const d = f32x4.mul(v128.load(dy + at + i), hat);
      v128.store(dgain + i, f32x4.add(v128.load(dgain + i), d));
    }
  }
}
