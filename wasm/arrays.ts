// exp, erf and SiLU over arrays, for measuring their error.

import { erf4, exp4, sigmoid4, siluSlope } from "./math32";

/** y[i] = exp(x[i]), n a multiple of 4. */
export function expArray(y: usize, x: usize, n: i32): void {
  const end = <usize>n << 2;
  for (let i: usize = 0; i < end; i += 16) v128.store(y + i, exp4(v128.load(x + i)));
}

/** y[i] = erf(x[i]), n a multiple of 4. */
export function erfArray(y: usize, x: usize, n: i32): void {
  const end = <usize>n << 2;
  for (let i: usize = 0; i < end; i += 16) v128.store(y + i, erf4(v128.load(x + i)));
}

/** y[i] = silu(x[i]) and slope[i] its derivative, n a multiple of 4. */
export function siluArray(y: usize, slope: usize, x: usize, n: i32): void {
  const end = <usize>n << 2;
  for (let i: usize = 0; i < end; i += 16) {
    const v = v128.load(x + i), sigmoid = sigmoid4(v);
    v128.store(y + i, f32x4.mul(v, sigmoid));
    v128.store(slope + i, siluSlope(v, sigmoid));
  }
}
