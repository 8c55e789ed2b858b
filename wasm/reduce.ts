// The row reduction of exact/1: 16 interleaved partial sums, then a fixed halving tree.

/** Partial sums of lanes 0–3, 4–7, 8–11, 12–15 → one sum: j += j+8, j += j+4, +2, +1. */
// @ts-ignore: decorator
@inline
export function tree16(a: v128, b: v128, c: v128, d: v128): f32 {
  const four = f32x4.add(f32x4.add(a, c), f32x4.add(b, d));
  const x = f32x4.extract_lane(four, 0) + f32x4.extract_lane(four, 2);
  const y = f32x4.extract_lane(four, 1) + f32x4.extract_lane(four, 3);
  return x + y;
}

/**
 * The vector of x[i..i+3] with lanes at or beyond n set to +0. Adding +0 to a partial sum that
 * began at +0 changes no bit (such a sum is never −0), so tails may be padded.
 */
// @ts-ignore: decorator
@inline
export function loadTail(x: usize, i: i32, n: i32): v128 {
  let v = f32x4.splat(0);
  const at = x + (<usize>i << 2);
  if (i + 4 <= n) return v128.load(at);
  if (i < n) v = f32x4.replace_lane(v, 0, load<f32>(at));
  if (i + 1 < n) v = f32x4.replace_lane(v, 1, load<f32>(at, 4));
  if (i + 2 < n) v = f32x4.replace_lane(v, 2, load<f32>(at, 8));
  return v;
}

/** Σ x[i], i < n. */
export function sum16(x: usize, n: i32): f32 {
  let a = f32x4.splat(0), b = f32x4.splat(0), c = f32x4.splat(0), d = f32x4.splat(0);
  let i = 0;
  for (; i + 16 <= n; i += 16) {
    const at = x + (<usize>i << 2);
    a = f32x4.add(a, v128.load(at));
    b = f32x4.add(b, v128.load(at, 16));
    c = f32x4.add(c, v128.load(at, 32));
    d = f32x4.add(d, v128.load(at, 48));
  }
  if (i < n) {
    a = f32x4.add(a, loadTail(x, i, n));
    b = f32x4.add(b, loadTail(x, i + 4, n));
    c = f32x4.add(c, loadTail(x, i + 8, n));
    d = f32x4.add(d, loadTail(x, i + 12, n));
  }
  return tree16(a, b, c, d);
}

/** Σ x[i]·y[i], i < n. */
export function dot16(x: usize, y: usize, n: i32): f32 {
  let a = f32x4.splat(0), b = f32x4.splat(0), c = f32x4.splat(0), d = f32x4.splat(0);
  let i = 0;
  for (; i + 16 <= n; i += 16) {
    const p = x + (<usize>i << 2), q = y + (<usize>i << 2);
    a = f32x4.add(a, f32x4.mul(v128.load(p), v128.load(q)));
    b = f32x4.add(b, f32x4.mul(v128.load(p, 16), v128.load(q, 16)));
    c = f32x4.add(c, f32x4.mul(v128.load(p, 32), v128.load(q, 32)));
    d = f32x4.add(d, f32x4.mul(v128.load(p, 48), v128.load(q, 48)));
  }
  if (i < n) {
    a = f32x4.add(a, f32x4.mul(loadTail(x, i, n), loadTail(y, i, n)));
    b = f32x4.add(b, f32x4.mul(loadTail(x, i + 4, n), loadTail(y, i + 4, n)));
    c = f32x4.add(c, f32x4.mul(loadTail(x, i + 8, n), loadTail(y, i + 8, n)));
    d = f32x4.add(d, f32x4.mul(loadTail(x, i + 12, n), loadTail(y, i + 12, n)));
  }
  return tree16(a, b, c, d);
}

/** Σ (x[i] − mean)², i < n. */
export function squares16(x: usize, mean: f32, n: i32): f32 {
  const mu = f32x4.splat(mean);
  let a = f32x4.splat(0), b = f32x4.splat(0), c = f32x4.splat(0), d = f32x4.splat(0);
  const whole = n & ~15;
  for (let i = 0; i < whole; i += 16) {
    const at = x + (<usize>i << 2);
    const p = f32x4.sub(v128.load(at), mu), q = f32x4.sub(v128.load(at, 16), mu);
    const r = f32x4.sub(v128.load(at, 32), mu), s = f32x4.sub(v128.load(at, 48), mu);
    a = f32x4.add(a, f32x4.mul(p, p));
    b = f32x4.add(b, f32x4.mul(q, q));
    c = f32x4.add(c, f32x4.mul(r, r));
    d = f32x4.add(d, f32x4.mul(s, s));
  }
  // Widths are multiples of 4, so a tail is whole vectors.
  if (whole < n) {
    const p = f32x4.sub(v128.load(x + (<usize>whole << 2)), mu);
    a = f32x4.add(a, f32x4.mul(p, p));
  }
  if (whole + 4 < n) {
    const q = f32x4.sub(v128.load(x + (<usize>whole << 2), 16), mu);
    b = f32x4.add(b, f32x4.mul(q, q));
  }
  if (whole + 8 < n) {
    const r = f32x4.sub(v128.load(x + (<usize>whole << 2), 32), mu);
    c = f32x4.add(c, f32x4.mul(r, r));
  }
  return tree16(a, b, c, d);
}

/** max x[i], n ≥ 1 (order cannot matter). */
export function rowMax(x: usize, n: i32): f32 {
  let i = 1;
  let m = load<f32>(x);
  if (n >= 8) {
    let v = v128.load(x);
    for (i = 4; i + 4 <= n; i += 4) v = f32x4.max(v, v128.load(x + (<usize>i << 2)));
    m = max<f32>(
      max<f32>(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1)),
      max<f32>(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)),
    );
  }
  for (; i < n; i++) m = max<f32>(m, load<f32>(x + (<usize>i << 2)));
  return m;
}
