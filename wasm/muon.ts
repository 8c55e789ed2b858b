// Element-wise parts of Muon (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/). Its
// matrix products are gemm's. Counts are multiples of 4; scalars are rounded to binary32 by the caller.

import { flush } from "./optimizer";

/** g' = g·clip; m = flush(μ·m + (1−μ)·g'); g ← (1−μ)·g' + μ·m, Nesterov's look ahead. */
export function muonMomentum(g: usize, m: usize, n: i32, clip: f32, mu: f32, muc: f32): void {
  const end = <usize>n << 2;
  const vClip = f32x4.splat(clip), vMu = f32x4.splat(mu), vMuc = f32x4.splat(muc);
  for (let i: usize = 0; i < end; i += 16) {
    const fresh = f32x4.mul(vMuc, f32x4.mul(v128.load(g + i), vClip));
    const m1 = flush(f32x4.add(f32x4.mul(vMu, v128.load(m + i)), fresh));
    v128.store(m + i, m1);
    v128.store(g + i, f32x4.add(fresh, f32x4.mul(vMu, m1)));
  }
}

/** x[i] = x[i]·factor */
export function scale(x: usize, n: i32, factor: f32): void {
  const end = <usize>n << 2;
  const vFactor = f32x4.splat(factor);
  for (let i: usize = 0; i < end; i += 16) v128.store(x + i, f32x4.mul(v128.load(x + i), vFactor));
}

/** y[r, j] = alpha·x[r, j] + beta·y[r, j]; x and y [rows, n] with row strides in elements. */
export function blend(
  y: usize, ldy: i32, x: usize, ldx: i32, alpha: f32, beta: f32, rows: i32, n: i32,
): void {
  const end = <usize>n << 2;
  const vAlpha = f32x4.splat(alpha), vBeta = f32x4.splat(beta);
  for (let r = 0; r < rows; r++) {
    const to = y + (<usize>(r * ldy) << 2), from = x + (<usize>(r * ldx) << 2);
    for (let i: usize = 0; i < end; i += 16) {
      const term = f32x4.mul(vAlpha, v128.load(from + i));
      v128.store(to + i, f32x4.add(term, f32x4.mul(vBeta, v128.load(to + i))));
    }
  }
}

/** w = w − lr·(factor·u + decay·w) */
export function muonUpdate(w: usize, u: usize, n: i32, lr: f32, factor: f32, decay: f32): void {
  const end = <usize>n << 2;
  const vLr = f32x4.splat(lr), vFactor = f32x4.splat(factor), vDecay = f32x4.splat(decay);
  for (let i: usize = 0; i < end; i += 16) {
    const old = v128.load(w + i);
    const update = f32x4.add(f32x4.mul(vFactor, v128.load(u + i)), f32x4.mul(vDecay, old));
    v128.store(w + i, f32x4.sub(old, f32x4.mul(vLr, update)));
  }
}
