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

/** p [T, T] ← softmax of q·kᵀ·scale for one head; q, k [T, hd] with row strides C, K; p's is ldp. */
function headProbabilities(
  p: usize, ldp: i32, q: usize, k: usize, T: i32, hd: i32, C: i32, K: i32, scale: f32,
  scratch: usize,
): void {
  gemm(p, ldp, q, C, 1, k, 1, K, T, T, hd, false, 1, scratch);
  for (let t = 0; t < T; t++) softmaxRow(p + (<usize>(t * ldp) << 2), t + 1, scale);
}

/**
 * o = attention of heads [h0, h1) of one sequence, each hd wide. q, o [T, C]; k, v [T, K]: each of
 * their heads serves C / K heads of q. p is scratch [T, ldp], ldp = T rounded up to 4.
 */
export function attention(
  o: usize, q: usize, k: usize, v: usize, T: i32, C: i32, K: i32, hd: i32, h0: i32, h1: i32,
  scale: f32, p: usize, scratch: usize,
): void {
  const ldp = (T + 3) & ~3, group = C / K;
  for (let h = h0; h < h1; h++) {
    const at = <usize>(h * hd) << 2, shared = <usize>(h / group * hd) << 2;
    headProbabilities(p, ldp, q + at, k + shared, T, hd, C, K, scale, scratch);
    gemm(o + at, C, p, ldp, 1, v + shared, K, 1, T, hd, T, false, 2, scratch);
  }
}

/**
 * Gradient of `attention` for one sequence: dq, dk, dv from do. Probabilities are computed again.
 * dS[t, j] = (p·(dP − Σ_j dP·p))·scale. p and dp are scratch [T, ldp]. [h0, h1) holds all heads of q
 * that share one of k: dk and dv fold over those heads ascending, over rows within each.
 */
export function attentionBackward(
  dq: usize, dk: usize, dv: usize, dout: usize, q: usize, k: usize, v: usize,
  T: i32, C: i32, K: i32, hd: i32, h0: i32, h1: i32, scale: f32, p: usize, dp: usize,
  scratch: usize,
): void {
  const ldp = (T + 3) & ~3, group = C / K;
  const factor = f32x4.splat(scale);
  for (let h = h0; h < h1; h++) {
    const at = <usize>(h * hd) << 2, shared = <usize>(h / group * hd) << 2;
    const more = h % group != 0;
    headProbabilities(p, ldp, q + at, k + shared, T, hd, C, K, scale, scratch);
    gemm(dv + shared, K, p, 1, ldp, dout + at, C, 1, T, hd, T, more, 3, scratch);
    gemm(dp, ldp, dout + at, C, 1, v + shared, 1, K, T, T, hd, false, 1, scratch);
    for (let t = 0; t < T; t++) {
      const row = <usize>(t * ldp) << 2;
      const mean = f32x4.splat(dot16(p + row, dp + row, t + 1));
      for (let i = 0; i <= t; i += 4) {
        const j = row + (<usize>i << 2);
        const d = f32x4.sub(loadTail(dp + row, i, t + 1), mean);
        v128.store(dp + j, f32x4.mul(f32x4.mul(v128.load(p + j), d), factor));
      }
    }
    gemm(dq + at, C, dp, ldp, 1, k + shared, K, 1, T, hd, T, false, 2, scratch);
    gemm(dk + shared, K, dp, 1, ldp, q + at, C, 1, T, hd, T, more, 3, scratch);
  }
}

// Keys and values of 32 positions stand together in a page, so that sequences can share them.
// @ts-ignore: decorator
@inline
const PAGE: i32 = 32;

/** Address of the number of the page that holds `position` of `sequence`: pages [sequence][perSequence]. */
// @ts-ignore: decorator
@inline
function pageOf(pages: usize, perSequence: i32, sequence: i32, position: i32): usize {
  return pages + (<usize>(sequence * perSequence + position / PAGE) << 2);
}

/**
 * Writes columns [c0, c1) of k and v [rows, K] into the page of each row's sequence and position.
 * Keys: [page][K][32], transposed; values: [page][32][K]; pages: int32 [sequence][perSequence].
 */
export function cacheWrite(
  keys: usize, values: usize, pages: usize, perSequence: i32, k: usize, v: usize,
  sequences: usize, positions: usize, rows: i32, K: i32, c0: i32, c1: i32,
): void {
  const rowBytes = <usize>K << 2, pageBytes = <usize>PAGE * rowBytes;
  const first = <usize>c0 << 2, end = <usize>c1 << 2;
  for (let r = 0; r < rows; r++) {
    const s = load<i32>(sequences + (<usize>r << 2)), t = load<i32>(positions + (<usize>r << 2));
    const page = <usize>load<i32>(pageOf(pages, perSequence, s, t)) * pageBytes;
    const slot = <usize>(t % PAGE);
    const from = k + <usize>r * rowBytes;
    let to = keys + page + <usize>PAGE * first + (slot << 2);
    for (let i = first; i < end; i += 4) {
      store<f32>(to, load<f32>(from + i));
      to += <usize>PAGE << 2;
    }
    memory.copy(values + page + slot * rowBytes + first, v + <usize>r * rowBytes + first, end - first);
  }
}

/** s[j] = Σ_d q[d]·kᵀ[d][j], d ascending, for the 32 keys of a page. */
// @ts-ignore: decorator
@inline
function scores32(s: usize, q: usize, keys: usize, hd: i32): void {
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
    keys += <usize>PAGE << 2;
  }
  v128.store(s, a); v128.store(s, b, 16); v128.store(s, c, 32); v128.store(s, d, 48);
  v128.store(s, e, 64); v128.store(s, f, 80); v128.store(s, g, 96); v128.store(s, h, 112);
}

/** o[i] = Σ_j p[j]·v[j, i], j ascending, over n values of a page; `more` continues the fold in o. */
// @ts-ignore: decorator
@inline
function mixPage(o: usize, p: usize, v: usize, n: i32, hd: i32, rowBytes: usize, more: bool): void {
  let i = 0;
  for (; i + 16 <= hd; i += 16) {
    const out = o + (<usize>i << 2);
    let a = f32x4.splat(0), b = f32x4.splat(0), c = f32x4.splat(0), d = f32x4.splat(0);
    if (more) {
      a = v128.load(out); b = v128.load(out, 16);
      c = v128.load(out, 32); d = v128.load(out, 48);
    }
    let at = v + (<usize>i << 2);
    for (let j = 0; j < n; j++) {
      const x = v128.load32_splat(p + (<usize>j << 2));
      a = f32x4.add(a, f32x4.mul(x, v128.load(at)));
      b = f32x4.add(b, f32x4.mul(x, v128.load(at, 16)));
      c = f32x4.add(c, f32x4.mul(x, v128.load(at, 32)));
      d = f32x4.add(d, f32x4.mul(x, v128.load(at, 48)));
      at += rowBytes;
    }
    v128.store(out, a); v128.store(out, b, 16); v128.store(out, c, 32); v128.store(out, d, 48);
  }
  for (; i < hd; i += 4) {
    const out = o + (<usize>i << 2);
    let a = more ? v128.load(out) : f32x4.splat(0);
    let at = v + (<usize>i << 2);
    for (let j = 0; j < n; j++) {
      a = f32x4.add(a, f32x4.mul(v128.load32_splat(p + (<usize>j << 2)), v128.load(at)));
      at += rowBytes;
    }
    v128.store(out, a);
  }
}

/**
 * o[r] = attention of row r, heads [h0, h1) of width hd, over cached keys 0..positions[r] of its
 * sequence, or over the last `window` of them when that is above 0. q, o [rows, C]; keys and values
 * are K wide, in pages as above; scratch holds 32·perSequence + 4 elements.
 */
export function attendCached(
  o: usize, q: usize, keys: usize, values: usize, pages: usize, perSequence: i32,
  sequences: usize, positions: usize, r0: i32, r1: i32, C: i32, K: i32, hd: i32, h0: i32, h1: i32,
  scale: f32, scratch: usize, window: i32,
): void {
  const rowBytes = <usize>K << 2, pageBytes = <usize>PAGE * rowBytes, group = C / K;
  for (let r = r0; r < r1; r++) {
    const own = pageOf(pages, perSequence, load<i32>(sequences + (<usize>r << 2)), 0);
    const n = load<i32>(positions + (<usize>r << 2)) + 1;
    const first = window > 0 ? max(0, n - window) : 0;
    for (let h = h0; h < h1; h++) {
      const at = <usize>(r * C + h * hd) << 2, column = <usize>(h / group * hd) << 2;
      for (let j = first & -PAGE; j < n; j += PAGE) {
        const page = <usize>load<i32>(own + (<usize>(j / PAGE) << 2)) * pageBytes;
        scores32(scratch + (<usize>j << 2), q + at, keys + page + <usize>PAGE * column, hd);
      }
      softmaxRow(scratch + (<usize>first << 2), n - first, scale);
      for (let j = first; j < n; j = (j & -PAGE) + PAGE) {
        const page = <usize>load<i32>(own + (<usize>(j / PAGE) << 2)) * pageBytes;
        const slot = j % PAGE;
        mixPage(
          o + at, scratch + (<usize>j << 2), values + page + <usize>slot * rowBytes + column,
          min(PAGE - slot, n - j), hd, rowBytes, j > first,
        );
      }
    }
  }
}

/** p ← softmax of n logits (n a multiple of 4 of storage): for tests of the row kernel. */
export function softmax(p: usize, n: i32, scale: f32): void {
  softmaxRow(p, n, scale);
}
