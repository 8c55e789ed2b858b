// Matrix products of the arithmetics int8/1 and int4/1: whole numbers times whole numbers in 32 bits,
// scaled to binary32. Integer sums are exact, so no order matters but that of the groups.

// 1.5 · 2^23: adding it rounds to an integer, ties to even.
// @ts-ignore: decorator
@inline
const SHIFT: u32 = 0x4B400000;

/**
 * scales[r] = max|x[r]| / 127, q[r, i] = x[r, i] / scales[r] to the nearest integer, ties to even, as
 * int16; all 0 where the scale is 0. x, q [rows, k], k a multiple of 4.
 */
export function quantizeRows(q: usize, scales: usize, x: usize, rows: i32, k: i32): void {
  const shift = i32x4.splat(SHIFT);
  for (let r = 0; r < rows; r++) {
    const from = x + (<usize>(r * k) << 2);
    let to = q + (<usize>(r * k) << 1);
    let most = f32x4.splat(0);
    for (let i = 0; i < k; i += 4) {
      most = f32x4.max(most, f32x4.abs(v128.load(from + (<usize>i << 2))));
    }
    const scale = max<f32>(
      max<f32>(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)),
      max<f32>(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)),
    ) / 127;
    store<f32>(scales + (<usize>r << 2), scale);
    const divisor = f32x4.splat(scale == 0 ? 1 : scale);
    for (let i = 0; i < k; i += 4) {
      const t = f32x4.add(f32x4.div(v128.load(from + (<usize>i << 2)), divisor), shift);
      const whole = i32x4.sub(t, shift);
      v128.store64_lane(to, i16x8.narrow_i32x4_s(whole, whole), 0);
      to += 8;
    }
  }
}

/** Four accumulators += two terms each of one row's a (int16 pairs) and of four columns. */
// @ts-ignore: decorator
@inline
function pair(sum: v128, a: usize, columns: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(v128.load32_splat(a), columns));
}

/** Eight bytes of four-bit numbers plus 8: those in the low halves, and in the high. */
// @ts-ignore: decorator
@inline
function low(bytes: v128): v128 {
  return i16x8.sub(v128.and(bytes, i16x8.splat(15)), i16x8.splat(8));
}
// @ts-ignore: decorator
@inline
function high(bytes: v128): v128 {
  return i16x8.sub(i16x8.shr_u(bytes, 4), i16x8.splat(8));
}

/** c[0..4) (+)= sums · (rowScale · columnScales) */
// @ts-ignore: decorator
@inline
function scaled(c: usize, sums: v128, rowScale: usize, columnScales: usize, more: bool): void {
  const scale = f32x4.mul(v128.load32_splat(rowScale), v128.load(columnScales));
  const before = more ? v128.load(c) : f32x4.splat(0);
  v128.store(c, f32x4.add(before, f32x4.mul(f32x4.convert_i32x4_s(sums), scale)));
}

/** One group of a 4×8 tile; `k` terms. a in int16, strides in bytes. */
// @ts-ignore: decorator
@inline
function tile4(
  c: usize, ldc: usize, a: usize, lda: usize, b: usize, rowScales: usize, columnScales: usize,
  k: i32, more: bool, isFour: bool, isWhole: bool,
): void {
  let s00 = i32x4.splat(0), s01 = i32x4.splat(0), s10 = i32x4.splat(0), s11 = i32x4.splat(0);
  let s20 = i32x4.splat(0), s21 = i32x4.splat(0), s30 = i32x4.splat(0), s31 = i32x4.splat(0);
  let a1 = a + lda, a2 = a1 + lda, a3 = a2 + lda;
  for (let i = 0; i < k; i += 4) {
    let x: v128, y: v128, xx: v128, yy: v128;
    if (isFour) {
      const left = v128.load_ext<u8>(b), right = v128.load_ext<u8>(b, 8);
      x = low(left); y = low(right); xx = high(left); yy = high(right);
      b += 16;
    } else {
      x = v128.load_ext<i8>(b); y = v128.load_ext<i8>(b, 8);
      xx = v128.load_ext<i8>(b, 16); yy = v128.load_ext<i8>(b, 24);
      b += 32;
    }
    s00 = pair(s00, a, x); s01 = pair(s01, a, y);
    s10 = pair(s10, a1, x); s11 = pair(s11, a1, y);
    s20 = pair(s20, a2, x); s21 = pair(s21, a2, y);
    s30 = pair(s30, a3, x); s31 = pair(s31, a3, y);
    s00 = pair(s00, a + 4, xx); s01 = pair(s01, a + 4, yy);
    s10 = pair(s10, a1 + 4, xx); s11 = pair(s11, a1 + 4, yy);
    s20 = pair(s20, a2 + 4, xx); s21 = pair(s21, a2 + 4, yy);
    s30 = pair(s30, a3 + 4, xx); s31 = pair(s31, a3 + 4, yy);
    a += 8; a1 += 8; a2 += 8; a3 += 8;
  }
  const c1 = c + ldc, c2 = c1 + ldc, c3 = c2 + ldc;
  scaled(c, s00, rowScales, columnScales, more);
  scaled(c1, s10, rowScales + 4, columnScales, more);
  scaled(c2, s20, rowScales + 8, columnScales, more);
  scaled(c3, s30, rowScales + 12, columnScales, more);
  if (!isWhole) return;
  scaled(c + 16, s01, rowScales, columnScales + 16, more);
  scaled(c1 + 16, s11, rowScales + 4, columnScales + 16, more);
  scaled(c2 + 16, s21, rowScales + 8, columnScales + 16, more);
  scaled(c3 + 16, s31, rowScales + 12, columnScales + 16, more);
}

/** One group of a row of eight columns. */
// @ts-ignore: decorator
@inline
function tile1(
  c: usize, a: usize, b: usize, rowScale: usize, columnScales: usize,
  k: i32, more: bool, isFour: bool, isWhole: bool,
): void {
  let s0 = i32x4.splat(0), s1 = i32x4.splat(0), t0 = i32x4.splat(0), t1 = i32x4.splat(0);
  for (let i = 0; i < k; i += 4) {
    if (isFour) {
      const left = v128.load_ext<u8>(b), right = v128.load_ext<u8>(b, 8);
      s0 = pair(s0, a, low(left)); s1 = pair(s1, a, low(right));
      t0 = pair(t0, a + 4, high(left)); t1 = pair(t1, a + 4, high(right));
      b += 16;
    } else {
      s0 = pair(s0, a, v128.load_ext<i8>(b)); s1 = pair(s1, a, v128.load_ext<i8>(b, 8));
      t0 = pair(t0, a + 4, v128.load_ext<i8>(b, 16)); t1 = pair(t1, a + 4, v128.load_ext<i8>(b, 24));
      b += 32;
    }
    a += 8;
  }
  scaled(c, i32x4.add(s0, t0), rowScale, columnScales, more);
  if (isWhole) scaled(c + 16, i32x4.add(s1, t1), rowScale, columnScales + 16, more);
}

/**
 * c[r, j] = Σ_g f32(Σ_{k in g} a[r, k]·b[k, j])·(rowScales[r]·columnScales[g, j]), groups of `group`
 * terms ascending from +0. Shapes: a int16 [m, k]; c [m, n] with row stride ldc; columnScales
 * [groups, lds]; n, k and group multiples of 4. b: panels of 8 columns, of k/4 times
 * [2 halves of the quad][8 columns][2 terms] signed bytes, or with `isFour` [8 columns][2 terms]
 * bytes of two four-bit numbers plus 8, the quad's first half low.
 */
// @ts-ignore: decorator
@inline
function product(
  c: usize, ldc: i32, a: usize, rowScales: usize, b: usize, columnScales: usize, lds: i32,
  m: i32, n: i32, k: i32, group: i32, isFour: bool,
): void {
  const cBytes = <usize>ldc << 2, aBytes = <usize>k << 1;
  const termBytes: usize = isFour ? 4 : 8;
  for (let j = 0; j < n; j += 8) {
    const isWhole = j + 8 <= n;
    const panel = b + <usize>(j >> 3) * <usize>k * termBytes;
    for (let k0 = 0; k0 < k; k0 += group) {
      const terms = min(group, k - k0), more = k0 > 0;
      const columns = panel + <usize>k0 * termBytes;
      const scales = columnScales + (<usize>(k0 / group * lds + j) << 2);
      let i = 0;
      for (; i + 4 <= m; i += 4) {
        tile4(
          c + <usize>i * cBytes + (<usize>j << 2), cBytes, a + <usize>i * aBytes + (<usize>k0 << 1), aBytes,
          columns, rowScales + (<usize>i << 2), scales, terms, more, isFour, isWhole,
        );
      }
      for (; i < m; i++) {
        tile1(
          c + <usize>i * cBytes + (<usize>j << 2), a + <usize>i * aBytes + (<usize>k0 << 1),
          columns, rowScales + (<usize>i << 2), scales, terms, more, isFour, isWhole,
        );
      }
    }
  }
}

/** `product` with b in signed bytes. */
export function gemmInt8(
  c: usize, ldc: i32, a: usize, rowScales: usize, b: usize, columnScales: usize, lds: i32,
  m: i32, n: i32, k: i32, group: i32,
): void {
  product(c, ldc, a, rowScales, b, columnScales, lds, m, n, k, group, false);
}

/** `product` with b in four bits. */
export function gemmInt4(
  c: usize, ldc: i32, a: usize, rowScales: usize, b: usize, columnScales: usize, lds: i32,
  m: i32, n: i32, k: i32, group: i32,
): void {
  product(c, ldc, a, rowScales, b, columnScales, lds, m, n, k, group, true);
}
