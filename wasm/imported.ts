// What models of other programs compute otherwise. Sizes as in elementwise.ts; inference only.

import { bits, sigmoid4 } from "./math32";
import { squares16, sum16 } from "./reduce";

/** The tanh approximation of GELU (Hendrycks & Gimpel 2016): 0.5·x·(1 + tanh u) = x·σ(2u). */
// @ts-ignore: decorator
@inline
function geluTanh4(x: v128): v128 {
  // 2u = x·(2√(2/π) + (x·x)·(2√(2/π)·0.044715))
  const slope = f32x4.add(bits(0x3FCC422A), f32x4.mul(f32x4.mul(x, x), bits(0x3D922279)));
  return f32x4.mul(x, sigmoid4(f32x4.mul(x, slope)));
}

/** y[i] = gelu(x[i] + bias[i mod n]), and x[i] keeps the biased value. */
export function biasGeluTanh(y: usize, x: usize, bias: usize, r0: i32, r1: i32, n: i32): void {
  const rowBytes = <usize>n << 2;
  for (let r = r0; r < r1; r++) {
    const at = <usize>r * rowBytes;
    for (let i: usize = 0; i < rowBytes; i += 16) {
      const h = f32x4.add(v128.load(x + at + i), v128.load(bias + i));
      v128.store(x + at + i, h);
      v128.store(y + at + i, geluTanh4(h));
    }
  }
}

/**
 * Layer norm of rows [r0, r1), or RMS norm where `centred` is false, of any epsilon:
 * y = ((x − mean)·rstd)·gain + bias, rstd = 1 / √(Σ(x − mean)²/n + ε), mean 0 where not centred.
 */
export function normWith(
  y: usize, x: usize, gain: usize, bias: usize, r0: i32, r1: i32, n: i32, epsilon: f32, centred: bool,
): void {
  const rowBytes = <usize>n << 2;
  for (let r = r0; r < r1; r++) {
    const row = x + <usize>r * rowBytes, out = y + <usize>r * rowBytes;
    const mean: f32 = centred ? sum16(row, n) / <f32>n : 0;
    const rstd: f32 = 1 / sqrt<f32>(squares16(row, mean, n) / <f32>n + epsilon);
    const mu = f32x4.splat(mean), scale = f32x4.splat(rstd);
    for (let i: usize = 0; i < rowBytes; i += 16) {
      const hat = f32x4.mul(f32x4.sub(v128.load(row + i), mu), scale);
      v128.store(out + i, f32x4.add(f32x4.mul(hat, v128.load(gain + i)), v128.load(bias + i)));
    }
  }
}
