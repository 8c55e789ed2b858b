// Global gradient norm and AdamW (Loshchilov & Hutter 2019), element-wise.

/** Σ g² of one tensor in binary64: blocks of 4096, each by the 16-lane rule, blocks in order. */
export function sumSquares(g: usize, n: i32): f64 {
  let total: f64 = 0;
  for (let i = 0; i < n; i += 4096) total += blockSquares(g + (<usize>i << 2), min(4096, n - i));
  return total;
}

// @ts-ignore: decorator
@inline
function square2(v: v128): v128 {
  const wide = f64x2.promote_low_f32x4(v);
  return f64x2.mul(wide, wide);
}

// @ts-ignore: decorator
@inline
function high(v: v128): v128 {
  return v128.shuffle<f32>(v, v, 2, 3, 2, 3);
}

function blockSquares(g: usize, n: i32): f64 {
  let a0 = f64x2.splat(0), a1 = f64x2.splat(0), a2 = f64x2.splat(0), a3 = f64x2.splat(0);
  let a4 = f64x2.splat(0), a5 = f64x2.splat(0), a6 = f64x2.splat(0), a7 = f64x2.splat(0);
  // Tensor sizes are multiples of 4, so a tail is whole vectors; lanes not reached add nothing.
  const zero = f32x4.splat(0);
  for (let i = 0; i < n; i += 16) {
    const at = g + (<usize>i << 2);
    const x = v128.load(at);
    const y = i + 4 < n ? v128.load(at, 16) : zero;
    const z = i + 8 < n ? v128.load(at, 32) : zero;
    const w = i + 12 < n ? v128.load(at, 48) : zero;
    a0 = f64x2.add(a0, square2(x)); a1 = f64x2.add(a1, square2(high(x)));
    a2 = f64x2.add(a2, square2(y)); a3 = f64x2.add(a3, square2(high(y)));
    a4 = f64x2.add(a4, square2(z)); a5 = f64x2.add(a5, square2(high(z)));
    a6 = f64x2.add(a6, square2(w)); a7 = f64x2.add(a7, square2(high(w)));
  }
  // Lanes (0 1)(2 3)…(14 15): +8, then +4, then +2, then +1.
  const b0 = f64x2.add(a0, a4), b1 = f64x2.add(a1, a5), b2 = f64x2.add(a2, a6), b3 = f64x2.add(a3, a7);
  const c0 = f64x2.add(b0, b2), c1 = f64x2.add(b1, b3);
  const d = f64x2.add(c0, c1);
  return f64x2.extract_lane(d, 0) + f64x2.extract_lane(d, 1);
}

/** Magnitudes below 2^−100 become +0, so that moments never sit in the subnormals. */
// @ts-ignore: decorator
@inline
export function flush(v: v128): v128 {
  return v128.and(v, f32x4.ge(f32x4.abs(v), i32x4.splat(0x0D800000)));
}

/**
 * g' = g·clip; m = β1·m + (1−β1)·g'; v = β2·v + (1−β2)·(g'·g');
 * w = w − lr·((m·c1) / (√(v·c2) + ε) + decay·w), c1 = 1/(1−β1^t), c2 = 1/(1−β2^t).
 * n elements, a multiple of 4. Every scalar is rounded to binary32 by the caller.
 */
export function adamW(
  w: usize, g: usize, m: usize, v: usize, n: i32, clip: f32, lr: f32,
  beta1: f32, beta1c: f32, beta2: f32, beta2c: f32, c1: f32, c2: f32, epsilon: f32, decay: f32,
): void {
  const end = <usize>n << 2;
  const vClip = f32x4.splat(clip), vLr = f32x4.splat(lr), vEps = f32x4.splat(epsilon);
  const vB1 = f32x4.splat(beta1), vB1c = f32x4.splat(beta1c), vC1 = f32x4.splat(c1);
  const vB2 = f32x4.splat(beta2), vB2c = f32x4.splat(beta2c), vC2 = f32x4.splat(c2);
  const vDecay = f32x4.splat(decay);
  for (let i: usize = 0; i < end; i += 16) {
    const grad = f32x4.mul(v128.load(g + i), vClip);
    const m1 = flush(f32x4.add(f32x4.mul(vB1, v128.load(m + i)), f32x4.mul(vB1c, grad)));
    const v1 = flush(f32x4.add(f32x4.mul(vB2, v128.load(v + i)), f32x4.mul(vB2c, f32x4.mul(grad, grad))));
    v128.store(m + i, m1);
    v128.store(v + i, v1);
    const old = v128.load(w + i);
    const denominator = f32x4.add(f32x4.sqrt(f32x4.mul(v1, vC2)), vEps);
    const update = f32x4.add(f32x4.div(f32x4.mul(m1, vC1), denominator), f32x4.mul(vDecay, old));
    v128.store(w + i, f32x4.sub(old, f32x4.mul(vLr, update)));
  }
}
