// exp and erf over arrays, for measuring their error.

import { erf4, exp4 } from "./math32";

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
