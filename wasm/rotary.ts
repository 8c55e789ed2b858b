// Rotary positions (Su et al. 2021): columns i and i + hd/2 of a head are turned together.

import { cosine64, exp64, log64 } from "./math64";

/** table[p] = cosines, then sines, of p·base^(−2i/hd), i < hd/2, for positions p < T; [T, hd]. */
export function rotaryTable(table: usize, T: i32, hd: i32, base: f64): void {
  const half = hd >> 1;
  const logBase = log64(base);
  for (let i = 0; i < half; i++) {
    rotaryColumn(table, T, hd, i, exp64(-(logBase * (<f64>i / <f64>half))));
  }
}

/** Column i of the table, and its sine, for a frequency in radians per position. */
export function rotaryColumn(table: usize, T: i32, hd: i32, i: i32, frequency: f64): void {
  const half = hd >> 1;
  for (let p = 0; p < T; p++) {
    const angle = <f64>p * frequency;
    const at = table + (<usize>(p * hd + i) << 2);
    store<f32>(at, <f32>cosine64(angle, false));
    store<f32>(at + (<usize>half << 2), <f32>cosine64(angle, true));
  }
}

/**
 * Turns columns [c0, c1), whole heads, of rows [r0, r1) of x [rows, width] in place, row r by the
 * angles of positions[r]: a ← a·cos − b·sin, b ← b·cos + a·sin. `back` turns the other way, which
 * is the gradient: a ← a·cos + b·sin, b ← b·cos − a·sin.
 */
export function rotate(
  x: usize, table: usize, positions: usize, r0: i32, r1: i32, width: i32, hd: i32,
  c0: i32, c1: i32, back: bool,
): void {
  const half = <usize>hd << 1, headBytes = <usize>hd << 2, rowBytes = <usize>width << 2;
  const whole = half & ~15;
  const sign = i32x4.splat(back ? 0x80000000 : 0);
  for (let r = r0; r < r1; r++) {
    const cos = table + <usize>load<i32>(positions + (<usize>r << 2)) * headBytes;
    const end = x + <usize>r * rowBytes + (<usize>c1 << 2);
    for (let a = x + <usize>r * rowBytes + (<usize>c0 << 2); a < end; a += headBytes) {
      let i: usize = 0;
      for (; i < whole; i += 16) {
        const c = v128.load(cos + i), s = v128.xor(v128.load(cos + half + i), sign);
        const p = v128.load(a + i), q = v128.load(a + half + i);
        v128.store(a + i, f32x4.sub(f32x4.mul(p, c), f32x4.mul(q, s)));
        v128.store(a + half + i, f32x4.add(f32x4.mul(q, c), f32x4.mul(p, s)));
      }
      for (; i < half; i += 4) {
        const c = load<f32>(cos + i);
        const s = back ? -load<f32>(cos + half + i) : load<f32>(cos + half + i);
        const p = load<f32>(a + i), q = load<f32>(a + half + i);
        store<f32>(a + i, p * c - q * s);
        store<f32>(a + half + i, q * c + p * s);
      }
    }
  }
}
