// Matrix products under exact/1: every element is one fold over k ascending from +0, each product
// rounded, then each sum. Tiling, packing and causal skipping never change that fold.

// Rows of a tile × columns of a tile: 8 accumulators, 2 vectors of b and 1 of a fit 16 registers.
// @ts-ignore: decorator
@inline
const TILE_M: i32 = 4;
// @ts-ignore: decorator
@inline
const TILE_N: i32 = 8;
// k per pass: a panel of b is 8 KiB and stays in L1.
// @ts-ignore: decorator
@inline
const BLOCK_K: i32 = 256;
// Rows per pass: a block of a is 128 KiB and stays in L2.
// @ts-ignore: decorator
@inline
const BLOCK_M: i32 = 128;

// What part of the product is wanted.
// @ts-ignore: decorator
@inline
const LOWER_OUT: i32 = 1; // c is lower triangular: tiles right of the diagonal are skipped
// @ts-ignore: decorator
@inline
const LOWER_A: i32 = 2; // a[i, k] = 0 for k > i: the fold ends at the tile's last row
// @ts-ignore: decorator
@inline
const UPPER_A: i32 = 3; // a[i, k] = 0 for k < i: the fold begins at the tile's first row

/** Bytes of scratch `gemm` needs for n columns and `depth` folded terms (one packed pass each of b and aᵀ). */
export function gemmScratchBytes(n: i32, depth: i32): usize {
  const k = min(depth, BLOCK_K);
  const panels = (n + TILE_N - 1) / TILE_N;
  return <usize>(panels * TILE_N * k + BLOCK_M * k + TILE_M * k + TILE_M * TILE_N) << 2;
}

/** dst[panel][k][8] ← b[k, n], zero beyond n. Strides in elements. */
export function packB(dst: usize, b: usize, rs: i32, cs: i32, k: i32, n: i32): void {
  const row = <usize>rs << 2, col = <usize>cs << 2;
  for (let j = 0; j < n; j += TILE_N) {
    const width = min(TILE_N, n - j);
    let from = b + <usize>j * col;
    if (width == TILE_N && cs == 1) {
      for (let i = 0; i < k; i++) {
        v128.store(dst, v128.load(from));
        v128.store(dst, v128.load(from, 16), 16);
        dst += 32;
        from += row;
      }
    } else if (width == TILE_N && rs == 1) {
      packTransposed(dst, from, col, k);
      dst += <usize>k << 5;
    } else {
      for (let i = 0; i < k; i++) {
        for (let c = 0; c < TILE_N; c++) {
          store<f32>(dst + (<usize>c << 2), c < width ? load<f32>(from + <usize>c * col) : 0);
        }
        dst += 32;
        from += row;
      }
    }
  }
}

/** Eight rows of k elements (`stride` bytes apart) → [k][8]. */
function packTransposed(dst: usize, from: usize, stride: usize, k: i32): void {
  let i = 0;
  for (; i + 4 <= k; i += 4) {
    const at = from + (<usize>i << 2);
    transpose4(dst, 32, at, stride);
    transpose4(dst + 16, 32, at + 4 * stride, stride);
    dst += 128;
  }
  for (; i < k; i++) {
    const at = from + (<usize>i << 2);
    for (let c: usize = 0; c < 8; c++) store<f32>(dst + (c << 2), load<f32>(at + c * stride));
    dst += 32;
  }
}

/** A 4×4 block transposed; strides in bytes. */
// @ts-ignore: decorator
@inline
function transpose4(dst: usize, dstStride: usize, src: usize, srcStride: usize): void {
  const r0 = v128.load(src), r1 = v128.load(src + srcStride);
  const r2 = v128.load(src + 2 * srcStride), r3 = v128.load(src + 3 * srcStride);
  const a = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), b = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const c = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5), d = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(dst, v128.shuffle<f64>(a, c, 0, 2));
  v128.store(dst + dstStride, v128.shuffle<f64>(a, c, 1, 3));
  v128.store(dst + 2 * dstStride, v128.shuffle<f64>(b, d, 0, 2));
  v128.store(dst + 3 * dstStride, v128.shuffle<f64>(b, d, 1, 3));
}

/** dst[m][k] ← a[m, k] of a column-major a (row stride 1), `cs` elements between columns. */
function packA(dst: usize, a: usize, cs: i32, m: i32, k: i32): void {
  const col = <usize>cs << 2, row = <usize>k << 2;
  let i = 0;
  for (; i + 4 <= k; i += 4) {
    let j = 0;
    for (; j + 4 <= m; j += 4) {
      transpose4(
        dst + <usize>j * row + (<usize>i << 2), row, a + <usize>i * col + (<usize>j << 2), col,
      );
    }
    for (; j < m; j++) {
      for (let s = i; s < i + 4; s++) {
        store<f32>(
          dst + <usize>j * row + (<usize>s << 2), load<f32>(a + <usize>s * col + (<usize>j << 2)),
        );
      }
    }
  }
  for (; i < k; i++) {
    for (let j = 0; j < m; j++) {
      store<f32>(
        dst + <usize>j * row + (<usize>i << 2), load<f32>(a + <usize>i * col + (<usize>j << 2)),
      );
    }
  }
}

/** c[4, 8] (+)= a[4, kc] · b[kc, 8]; lda, ldc in bytes; `more` continues a fold begun earlier. */
function tile4x8(a: usize, lda: usize, b: usize, c: usize, ldc: usize, kc: i32, more: bool): void {
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0), c10 = f32x4.splat(0), c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0), c30 = f32x4.splat(0), c31 = f32x4.splat(0);
  const c1 = c + ldc, c2 = c1 + ldc, c3 = c2 + ldc;
  if (more) {
    c00 = v128.load(c); c01 = v128.load(c, 16);
    c10 = v128.load(c1); c11 = v128.load(c1, 16);
    c20 = v128.load(c2); c21 = v128.load(c2, 16);
    c30 = v128.load(c3); c31 = v128.load(c3, 16);
  }
  let a1 = a + lda, a2 = a1 + lda, a3 = a2 + lda;
  let k = 0;
  for (; k + 2 <= kc; k += 2) {
    let b0 = v128.load(b), b1 = v128.load(b, 16);
    let s = v128.load32_splat(a);
    c00 = f32x4.add(c00, f32x4.mul(s, b0)); c01 = f32x4.add(c01, f32x4.mul(s, b1));
    s = v128.load32_splat(a1);
    c10 = f32x4.add(c10, f32x4.mul(s, b0)); c11 = f32x4.add(c11, f32x4.mul(s, b1));
    s = v128.load32_splat(a2);
    c20 = f32x4.add(c20, f32x4.mul(s, b0)); c21 = f32x4.add(c21, f32x4.mul(s, b1));
    s = v128.load32_splat(a3);
    c30 = f32x4.add(c30, f32x4.mul(s, b0)); c31 = f32x4.add(c31, f32x4.mul(s, b1));
    b0 = v128.load(b, 32); b1 = v128.load(b, 48);
    s = v128.load32_splat(a, 4);
    c00 = f32x4.add(c00, f32x4.mul(s, b0)); c01 = f32x4.add(c01, f32x4.mul(s, b1));
    s = v128.load32_splat(a1, 4);
    c10 = f32x4.add(c10, f32x4.mul(s, b0)); c11 = f32x4.add(c11, f32x4.mul(s, b1));
    s = v128.load32_splat(a2, 4);
    c20 = f32x4.add(c20, f32x4.mul(s, b0)); c21 = f32x4.add(c21, f32x4.mul(s, b1));
    s = v128.load32_splat(a3, 4);
    c30 = f32x4.add(c30, f32x4.mul(s, b0)); c31 = f32x4.add(c31, f32x4.mul(s, b1));
    a += 8; a1 += 8; a2 += 8; a3 += 8; b += 64;
  }
  if (k < kc) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let s = v128.load32_splat(a);
    c00 = f32x4.add(c00, f32x4.mul(s, b0)); c01 = f32x4.add(c01, f32x4.mul(s, b1));
    s = v128.load32_splat(a1);
    c10 = f32x4.add(c10, f32x4.mul(s, b0)); c11 = f32x4.add(c11, f32x4.mul(s, b1));
    s = v128.load32_splat(a2);
    c20 = f32x4.add(c20, f32x4.mul(s, b0)); c21 = f32x4.add(c21, f32x4.mul(s, b1));
    s = v128.load32_splat(a3);
    c30 = f32x4.add(c30, f32x4.mul(s, b0)); c31 = f32x4.add(c31, f32x4.mul(s, b1));
  }
  v128.store(c, c00); v128.store(c, c01, 16);
  v128.store(c1, c10); v128.store(c1, c11, 16);
  v128.store(c2, c20); v128.store(c2, c21, 16);
  v128.store(c3, c30); v128.store(c3, c31, 16);
}

/** A tile that hangs over an edge: done in scratch, of which only [m, n] is read and written. */
function tileEdge(
  a: usize, lda: usize, b: usize, c: usize, ldc: usize, kc: i32, more: bool,
  m: i32, n: i32, scratch: usize,
): void {
  const rows = scratch + TILE_M * TILE_N * 4;
  const rowBytes = <usize>kc << 2;
  for (let i = 0; i < TILE_M; i++) {
    if (i < m) memory.copy(rows + <usize>i * rowBytes, a + <usize>i * lda, rowBytes);
    else memory.fill(rows + <usize>i * rowBytes, 0, rowBytes);
    const line = scratch + (<usize>i << 5);
    memory.fill(line, 0, 32);
    if (more && i < m) memory.copy(line, c + <usize>i * ldc, <usize>n << 2);
  }
  tile4x8(rows, rowBytes, b, scratch, 32, kc, more);
  for (let i = 0; i < m; i++) {
    memory.copy(c + <usize>i * ldc, scratch + (<usize>i << 5), <usize>n << 2);
  }
}

/**
 * One pass: c[m, n] (+)= a[m, k0..k1) · packed b, rows of a contiguous. `panelBytes` from one panel
 * of b to the next; a and b point at k = 0 of this pass; `part` as above, rows count from `row0`.
 */
function pass(
  c: usize, ldc: usize, a: usize, lda: usize, b: usize, panelBytes: usize,
  m: i32, n: i32, k0: i32, k1: i32, more: bool, part: i32, row0: i32, scratch: usize,
): void {
  for (let j = 0; j < n; j += TILE_N) {
    const panel = b + <usize>(j / TILE_N) * panelBytes;
    for (let i = 0; i < m; i += TILE_M) {
      const row = row0 + i;
      if (part == LOWER_OUT && j > row + TILE_M - 1) continue;
      let from = k0, to = k1;
      if (part == LOWER_A) to = min(k1, row + TILE_M);
      else if (part == UPPER_A) from = max(k0, row);
      const skipped = <usize>(from - k0);
      // An empty fold still owes its +0 on the first pass.
      const kc = max(0, to - from);
      if (kc == 0 && more) continue;
      const at = a + <usize>i * lda + (skipped << 2);
      const out = c + <usize>i * ldc + (<usize>j << 2);
      if (i + TILE_M <= m && j + TILE_N <= n) {
        tile4x8(at, lda, panel + (skipped << 5), out, ldc, kc, more);
      } else {
        tileEdge(
          at, lda, panel + (skipped << 5), out, ldc, kc, more,
          min(TILE_M, m - i), min(TILE_N, n - j), scratch,
        );
      }
    }
  }
}

/**
 * c[i, j] = Σ_k a[i, k] · b[k, j], k ascending. Strides in elements; a has acs = 1 or ars = 1.
 * `more` continues the fold already in c. `part`: 0 whole, else see above.
 * Shapes: a [m, k], b [k, n], c [m, n] with row stride ldc.
 */
export function gemm(
  c: usize, ldc: i32, a: usize, ars: i32, acs: i32, b: usize, brs: i32, bcs: i32,
  m: i32, n: i32, k: i32, more: bool, part: i32, scratch: usize,
): void {
  if (k == 0 && !more) {
    for (let i = 0; i < m; i++) memory.fill(c + (<usize>(i * ldc) << 2), 0, <usize>n << 2);
  }
  const kMax = min(k, BLOCK_K);
  const edge = scratch;
  const packedB = edge + (<usize>(TILE_M * TILE_N + TILE_M * kMax) << 2);
  const panels = (n + TILE_N - 1) / TILE_N;
  const packedA = packedB + (<usize>(panels * TILE_N * kMax) << 2);
  for (let k0 = 0; k0 < k; k0 += BLOCK_K) {
    const kc = min(BLOCK_K, k - k0);
    packB(packedB, b + (<usize>(k0 * brs) << 2), brs, bcs, kc, n);
    for (let i = 0; i < m; i += BLOCK_M) {
      const rows = min(BLOCK_M, m - i);
      let from = a + (<usize>(i * ars + k0 * acs) << 2);
      let lda = <usize>ars << 2;
      if (acs != 1) {
        packA(packedA, from, acs, rows, kc);
        from = packedA;
        lda = <usize>kc << 2;
      }
      pass(
        c + (<usize>(i * ldc) << 2), <usize>ldc << 2, from, lda, packedB, <usize>kc << 5,
        rows, n, k0, k0 + kc, more || k0 > 0, part, i, edge,
      );
    }
  }
}

/** Bytes of `packWeights`' output for b [k, n]. */
export function packedBytes(k: i32, n: i32): usize {
  return <usize>((n + TILE_N - 1) / TILE_N * TILE_N * k) << 2;
}

/** c[m, n] = a[m, k] · b, b packed whole by packB; a and c row-major. For inference. */
export function gemmPacked(
  c: usize, ldc: i32, a: usize, lda: i32, packed: usize, m: i32, n: i32, k: i32, scratch: usize,
): void {
  const panelBytes = <usize>k << 5;
  if (m < TILE_M && (n & 31) == 0) {
    for (let i = 0; i < m; i++) {
      row1x32(c + (<usize>(i * ldc) << 2), a + (<usize>(i * lda) << 2), packed, panelBytes, n, k);
    }
    return;
  }
  for (let k0 = 0; k0 < k; k0 += BLOCK_K) {
    const kc = min(BLOCK_K, k - k0);
    for (let i = 0; i < m; i += BLOCK_M) {
      pass(
        c + (<usize>(i * ldc) << 2), <usize>ldc << 2, a + (<usize>(i * lda + k0) << 2),
        <usize>lda << 2, packed + (<usize>k0 << 5), panelBytes,
        min(BLOCK_M, m - i), n, k0, k0 + kc, k0 > 0, 0, i, scratch,
      );
    }
  }
}

/** One row times four panels at a time: eight independent folds hide the latency of the adds. */
function row1x32(c: usize, a: usize, packed: usize, panelBytes: usize, n: i32, k: i32): void {
  for (let j = 0; j < n; j += 32) {
    let p = packed + <usize>(j >> 3) * panelBytes;
    let q = p + panelBytes, r = q + panelBytes, s = r + panelBytes;
    let c0 = f32x4.splat(0), c1 = f32x4.splat(0), c2 = f32x4.splat(0), c3 = f32x4.splat(0);
    let c4 = f32x4.splat(0), c5 = f32x4.splat(0), c6 = f32x4.splat(0), c7 = f32x4.splat(0);
    for (let i = 0; i < k; i++) {
      const x = v128.load32_splat(a + (<usize>i << 2));
      c0 = f32x4.add(c0, f32x4.mul(x, v128.load(p)));
      c1 = f32x4.add(c1, f32x4.mul(x, v128.load(p, 16)));
      c2 = f32x4.add(c2, f32x4.mul(x, v128.load(q)));
      c3 = f32x4.add(c3, f32x4.mul(x, v128.load(q, 16)));
      c4 = f32x4.add(c4, f32x4.mul(x, v128.load(r)));
      c5 = f32x4.add(c5, f32x4.mul(x, v128.load(r, 16)));
      c6 = f32x4.add(c6, f32x4.mul(x, v128.load(s)));
      c7 = f32x4.add(c7, f32x4.mul(x, v128.load(s, 16)));
      p += 32; q += 32; r += 32; s += 32;
    }
    const out = c + (<usize>j << 2);
    v128.store(out, c0); v128.store(out, c1, 16);
    v128.store(out, c2, 32); v128.store(out, c3, 48);
    v128.store(out, c4, 64); v128.store(out, c5, 80);
    v128.store(out, c6, 96); v128.store(out, c7, 112);
  }
}
