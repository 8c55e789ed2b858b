// Causal attention. Training works head by head on a [T, T] score matrix in scratch; inference
// reads a cache of transposed keys and plain values. Row t reduces over keys 0..t only, in both.

import { gemm } from "./gemm";
import { exp4 } from "./math32";
import { dot16, loadTail, rowMax, sum16 } from "./reduce";

/**
 * In place over one row of n raw scores: s·scale, then softmax: e = exp(s − max), p = e / Σe.
 * The row's storage holds at least n rounded up to 4; those last lanes become +0.
 */
// @ts-ignore: decorator
@inline
function softmaxRow(s: usize, n: i32, scale: f32): void {
  const factor = f32x4.splat(scale);
  const end = (n + 3) & ~3;
  for (let i = 0; i < end; i += 4) {
    const at = s + (<usize>i << 2);
    v128.store(at, f32x4.mul(loadTail(s, i, n), factor));
  }
  const top = f32x4.splat(rowMax(s, n));
  for (let i = 0; i < end; i += 4) {
    const at = s + (<usize>i << 2);
    v128.store(at, exp4(f32x4.sub(v128.load(at), top)));
  }
  for (let i = n; i < end; i++) store<f32>(s + (<usize>i << 2), 0);
  const total = f32x4.splat(sum16(s, n));
  for (let i = 0; i < end; i += 4) {
    const at = s + (<usize>i << 2);
    v128.store(at, f32x4.div(v128.load(at), total));
  }
}

/** p [T, T] ← softmax of q·kᵀ·scale for one head; q, k [T, hd] with row stride C; row stride ldp. */
function headProbabilities(
  p: usize, ldp: i32, q: usize, k: usize, T: i32, hd: i32, C: i32, scale: f32, scratch: usize,
): void {
  gemm(p, ldp, q, C, 1, k, 1, C, T, T, hd, false, 1, scratch);
  for (let t = 0; t < T; t++) softmaxRow(p + (<usize>(t * ldp) << 2), t + 1, scale);
}

/**
 * o = attention of heads [h0, h1) of one sequence, each hd wide. q, k, v, o [T, C]; p is scratch
 * [T, ldp], ldp = T rounded up to 4.
 */
export function attention(
  o: usize, q: usize, k: usize, v: usize, T: i32, C: i32, hd: i32, h0: i32, h1: i32, scale: f32,
  p: usize, scratch: usize,
): void {
  const ldp = (T + 3) & ~3;
  for (let h = h0; h < h1; h++) {
    const at = <usize>(h * hd) << 2;
    headProbabilities(p, ldp, q + at, k + at, T, hd, C, scale, scratch);
    gemm(o + at, C, p, ldp, 1, v + at, C, 1, T, hd, T, false, 2, scratch);
  }
}

/**
 * Gradient of `attention` for one sequence: dq, dk, dv from do. Probabilities are computed again.
 * dS[t, j] = (p·(dP − Σ_j dP·p))·scale. p and dp are scratch [T, ldp].
 */
export function attentionBackward(
  dq: usize, dk: usize, dv: usize, dout: usize, q: usize, k: usize, v: usize,
  T: i32, C: i32, hd: i32, h0: i32, h1: i32, scale: f32, p: usize, dp: usize, scratch: usize,
): void {
  const ldp = (T + 3) & ~3;
  const factor = f32x4.splat(scale);
  for (let h = h0; h < h1; h++) {
    const at = <usize>(h * hd) << 2;
    headProbabilities(p, ldp, q + at, k + at, T, hd, C, scale, scratch);
    gemm(dv + at, C, p, 1, ldp, dout + at, C, 1, T, hd, T, false, 3, scratch);
    gemm(dp, ldp, dout + at, C, 1, v + at, 1, C, T, T, hd, false, 1, scratch);
    for (let t = 0; t < T; t++) {
      const row = <usize>(t * ldp) << 2;
      const mean = f32x4.splat(dot16(p + row, dp + row, t + 1));
      for (let i = 0; i <= t; i += 4) {
        const j = row + (<usize>i << 2);
        const d = f32x4.sub(loadTail(dp + row, i, t + 1), mean);
        v128.store(dp + j, f32x4.mul(f32x4.mul(v128.load(p + j), d), factor));
      }
    }
    gemm(dq + at, C, dp, ldp, 1, k + at, C, 1, T, hd, T, false, 2, scratch);
    gemm(dk + at, C, dp, 1, ldp, q + at, C, 1, T, hd, T, false, 3, scratch);
  }
}

/**
 * Writes columns [c0, c1) of k and v [rows, C] into the cache at (sequence, position) of each row.
 * Keys: [sequence][C][ldt], transposed; values: [sequence][capacity][C].
 */
export function cacheWrite(
  keys: usize, values: usize, k: usize, v: usize, sequences: usize, positions: usize,
  rows: i32, C: i32, c0: i32, c1: i32, ldt: i32, capacity: i32,
): void {
  const rowBytes = <usize>C << 2, columnBytes = <usize>ldt << 2;
  const first = <usize>c0 << 2, end = <usize>c1 << 2;
  for (let r = 0; r < rows; r++) {
    const s = load<i32>(sequences + (<usize>r << 2)), t = load<i32>(positions + (<usize>r << 2));
    const from = k + <usize>r * rowBytes;
    let to = keys + (<usize>s * <usize>C + <usize>c0) * columnBytes + (<usize>t << 2);
    for (let i = first; i < end; i += 4) {
      store<f32>(to, load<f32>(from + i));
      to += columnBytes;
    }
    const row = values + (<usize>s * <usize>capacity + <usize>t) * rowBytes;
    memory.copy(row + first, v + <usize>r * rowBytes + first, end - first);
  }
}

/** scores[j..j+32) = Σ_d q[d]·kᵀ[d][j], d ascending. */
// @ts-ignore: decorator
@inline
function scores32(s: usize, q: usize, keys: usize, hd: i32, columnBytes: usize): void {
  let a = f32x4.splat(0), b = f32x4.splat(0), c = f32x4.splat(0), d = f32x4.splat(0);
  let e = f32x4.splat(0), f = f32x4.splat(0), g = f32x4.splat(0), h = f32x4.splat(0);
  for (let i = 0; i < hd; i++) {
    const x = v128.load32_splat(q + (<usize>i << 2));
    a = f32x4.add(a, f32x4.mul(x, v128.load(keys)));
    b = f32x4.add(b, f32x4.mul(x, v128.load(keys, 16)));
    c = f32x4.add(c, f32x4.mul(x, v128.load(keys, 32)));
    d = f32x4.add(d, f32x4.mul(x, v128.load(keys, 48)));
    e = f32x4.add(e, f32x4.mul(x, v128.load(keys, 64)));
    f = f32x4.add(f, f32x4.mul(x, v128.load(keys, 80)));
    g = f32x4.add(g, f32x4.mul(x, v128.load(keys, 96)));
    h = f32x4.add(h, f32x4.mul(x, v128.load(keys, 112)));
    keys += columnBytes;
  }
  v128.store(s, a); v128.store(s, b, 16); v128.store(s, c, 32); v128.store(s, d, 48);
  v128.store(s, e, 64); v128.store(s, f, 80); v128.store(s, g, 96); v128.store(s, h, 112);
}

/** o[i..i+4) = Σ_j p[j]·v[j, i..i+4), j ascending, j < n. */
// @ts-ignore: decorator
@inline
function mix(o: usize, p: usize, v: usize, n: i32, hd: i32, rowBytes: usize): void {
  let i = 0;
  for (; i + 16 <= hd; i += 16) {
    let a = f32x4.splat(0), b = f32x4.splat(0), c = f32x4.splat(0), d = f32x4.splat(0);
    let at = v + (<usize>i << 2);
    for (let j = 0; j < n; j++) {
      const x = v128.load32_splat(p + (<usize>j << 2));
      a = f32x4.add(a, f32x4.mul(x, v128.load(at)));
      b = f32x4.add(b, f32x4.mul(x, v128.load(at, 16)));
      c = f32x4.add(c, f32x4.mul(x, v128.load(at, 32)));
      d = f32x4.add(d, f32x4.mul(x, v128.load(at, 48)));
      at += rowBytes;
    }
    const out = o + (<usize>i << 2);
    v128.store(out, a); v128.store(out, b, 16); v128.store(out, c, 32); v128.store(out, d, 48);
  }
  for (; i < hd; i += 4) {
    let a = f32x4.splat(0);
    let at = v + (<usize>i << 2);
    for (let j = 0; j < n; j++) {
      a = f32x4.add(a, f32x4.mul(v128.load32_splat(p + (<usize>j << 2)), v128.load(at)));
      at += rowBytes;
    }
    v128.store(o + (<usize>i << 2), a);
  }
}

/**
 * o[r] = attention of row r, heads [h0, h1) of width hd, over cached keys 0..positions[r] of its
 * sequence. q, o [rows, C].
 * ldt is a multiple of 32; scratch holds ldt elements.
 */
export function attendCached(
  o: usize, q: usize, keys: usize, values: usize, sequences: usize, positions: usize,
  r0: i32, r1: i32, C: i32, hd: i32, h0: i32, h1: i32, ldt: i32, capacity: i32, scale: f32,
  scratch: usize,
): void {
  const rowBytes = <usize>C << 2, columnBytes = <usize>ldt << 2;
  for (let r = r0; r < r1; r++) {
    const s = <usize>load<i32>(sequences + (<usize>r << 2));
    const n = load<i32>(positions + (<usize>r << 2)) + 1;
    for (let h = h0; h < h1; h++) {
      const head = <usize>(h * hd);
      const at = <usize>r * rowBytes + (head << 2);
      const columns = keys + (s * <usize>C + head) * columnBytes;
      for (let j = 0; j < n; j += 32) {
        scores32(scratch + (<usize>j << 2), q + at, columns + (<usize>j << 2), hd, columnBytes);
      }
      softmaxRow(scratch, n, scale);
      mix(o + at, scratch, values + s * <usize>capacity * rowBytes + (head << 2), n, hd, rowBytes);
    }
  }
}

/** p ← softmax of n logits (n a multiple of 4 of storage): for tests of the row kernel. */
export function softmax(p: usize, n: i32, scale: f32): void {
  softmaxRow(p, n, scale);
}
