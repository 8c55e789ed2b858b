// Row- and element-wise kernels: bias, residual, GELU, SwiGLU, embeddings, column sums. Every width is a
// multiple of 4; sizes in elements; rows [r0, r1) or columns [c0, c1), multiples of 4, so that threads
// may split them.

import { geluCdf2, geluOf, geluSlope, sigmoid4, siluSlope } from "./math32";

/** y[r, i] = y[r, i] + bias[i] */
export function addBias(y: usize, bias: usize, r0: i32, r1: i32, n: i32): void {
  const rowBytes = <usize>n << 2;
  for (let r = r0; r < r1; r++) {
    const row = y + <usize>r * rowBytes;
    for (let i: usize = 0; i < rowBytes; i += 16) {
      v128.store(row + i, f32x4.add(v128.load(row + i), v128.load(bias + i)));
    }
  }
}

/** out[r, i] = x[r, i] + (y[r, i] + bias[i]): a projection's bias and the residual. */
export function addBiasResidual(
  out: usize, x: usize, y: usize, bias: usize, r0: i32, r1: i32, n: i32,
): void {
  const rowBytes = <usize>n << 2;
  for (let r = r0; r < r1; r++) {
    const at = <usize>r * rowBytes;
    for (let i: usize = 0; i < rowBytes; i += 16) {
      const branch = f32x4.add(v128.load(y + at + i), v128.load(bias + i));
      v128.store(out + at + i, f32x4.add(v128.load(x + at + i), branch));
    }
  }
}

/** y[i] = gelu(x[i] + bias[i mod n]), and x[i] keeps the biased value. */
export function biasGelu(y: usize, x: usize, bias: usize, r0: i32, r1: i32, n: i32): void {
  const rowBytes = <usize>n << 2;
  for (let r = r0; r < r1; r++) {
    const at = <usize>r * rowBytes;
    for (let i: usize = 0; i < rowBytes; i += 16) {
      const h = f32x4.add(v128.load(x + at + i), v128.load(bias + i));
      v128.store(x + at + i, h);
      v128.store(y + at + i, geluOf(h, geluCdf2(h)));
    }
  }
}

/** With h = x[i] + bias[i mod n]: y[i] = gelu(h), x[i] ← gelu'(h), from one erf. */
export function biasGeluSplit(y: usize, x: usize, bias: usize, r0: i32, r1: i32, n: i32): void {
  const rowBytes = <usize>n << 2;
  for (let r = r0; r < r1; r++) {
    const at = <usize>r * rowBytes;
    for (let i: usize = 0; i < rowBytes; i += 16) {
      const h = f32x4.add(v128.load(x + at + i), v128.load(bias + i));
      const cdf2 = geluCdf2(h);
      v128.store(y + at + i, geluOf(h, cdf2));
      v128.store(x + at + i, geluSlope(h, cdf2));
    }
  }
}

/**
 * y[i] = (g·σ(g))·u with g = gate[i] + gateBias[i mod n] and u = up[i] + upBias[i mod n]; gate and up
 * keep their biased values.
 */
export function swiGlu(
  y: usize, gate: usize, up: usize, gateBias: usize, upBias: usize, r0: i32, r1: i32, n: i32,
): void {
  const rowBytes = <usize>n << 2;
  for (let r = r0; r < r1; r++) {
    const at = <usize>r * rowBytes;
    for (let i: usize = 0; i < rowBytes; i += 16) {
      const g = f32x4.add(v128.load(gate + at + i), v128.load(gateBias + i));
      const u = f32x4.add(v128.load(up + at + i), v128.load(upBias + i));
      v128.store(gate + at + i, g);
      v128.store(up + at + i, u);
      v128.store(y + at + i, f32x4.mul(f32x4.mul(g, sigmoid4(g)), u));
    }
  }
}

/**
 * With g = gate[i], u = up[i], d = dy[i] and s = g·σ(g): y = s·u again, gate ← (d·u)·silu'(g) and
 * up ← d·s, the gradients of both, for `count` elements, a multiple of 4.
 */
export function swiGluBackward(y: usize, gate: usize, up: usize, dy: usize, count: i32): void {
  const end = <usize>count << 2;
  for (let i: usize = 0; i < end; i += 16) {
    const g = v128.load(gate + i), u = v128.load(up + i), d = v128.load(dy + i);
    const sigmoid = sigmoid4(g);
    const silu = f32x4.mul(g, sigmoid);
    v128.store(y + i, f32x4.mul(silu, u));
    v128.store(gate + i, f32x4.mul(f32x4.mul(d, u), siluSlope(g, sigmoid)));
    v128.store(up + i, f32x4.mul(d, silu));
  }
}

/** x[i] = x[i] · y[i] for `count` elements, a multiple of 4. */
export function multiply(x: usize, y: usize, count: i32): void {
  const end = <usize>count << 2;
  for (let i: usize = 0; i < end; i += 16) {
    v128.store(x + i, f32x4.mul(v128.load(x + i), v128.load(y + i)));
  }
}

/** out[i] = Σ_r x[r, i], rows ascending from +0, for i in [c0, c1); `more` continues the sums in out. */
export function columnSums(
  out: usize, x: usize, rows: i32, n: i32, c0: i32, c1: i32, more: bool,
): void {
  const rowBytes = <usize>n << 2, first = <usize>c0 << 2, end = <usize>c1 << 2;
  if (!more) memory.fill(out + first, 0, end - first);
  for (let r = 0; r < rows; r++) {
    const row = x + <usize>r * rowBytes;
    for (let i = first; i < end; i += 16) {
      v128.store(out + i, f32x4.add(v128.load(out + i), v128.load(row + i)));
    }
  }
}

/** x[r, i] = token[ids[r], i] + position[positions[r], i]; ids and positions are int32. */
export function embed(
  x: usize, tokenTable: usize, positionTable: usize, ids: usize, positions: usize,
  r0: i32, r1: i32, n: i32,
): void {
  const rowBytes = <usize>n << 2;
  for (let r = r0; r < r1; r++) {
    const t = tokenTable + <usize>load<i32>(ids + (<usize>r << 2)) * rowBytes;
    const p = positionTable + <usize>load<i32>(positions + (<usize>r << 2)) * rowBytes;
    const row = x + <usize>r * rowBytes;
    for (let i: usize = 0; i < rowBytes; i += 16) {
      v128.store(row + i, f32x4.add(v128.load(t + i), v128.load(p + i)));
    }
  }
}

/** x[r, i] = table[ids[r], i]; ids are int32. */
export function lookUp(x: usize, table: usize, ids: usize, r0: i32, r1: i32, n: i32): void {
  const rowBytes = <usize>n << 2;
  for (let r = r0; r < r1; r++) {
    const row = table + <usize>load<i32>(ids + (<usize>r << 2)) * rowBytes;
    memory.copy(x + <usize>r * rowBytes, row, rowBytes);
  }
}

/**
 * table[ids[r], i] = table[ids[r], i] + dx[r, i] for i in [c0, c1), rows ascending: continues the
 * fold in the table.
 */
export function embedBackward(
  table: usize, dx: usize, ids: usize, rows: i32, n: i32, c0: i32, c1: i32,
): void {
  const rowBytes = <usize>n << 2, first = <usize>c0 << 2, end = <usize>c1 << 2;
  for (let r = 0; r < rows; r++) {
    const to = table + <usize>load<i32>(ids + (<usize>r << 2)) * rowBytes;
    const row = dx + <usize>r * rowBytes;
    for (let i = first; i < end; i += 16) {
      v128.store(to + i, f32x4.add(v128.load(to + i), v128.load(row + i)));
    }
  }
}
