// Error-free transformations (Dekker 1971): a sum or product of two binary64 as two binary64.

import { fixed } from "../../tests/oracle/precise.ts";

const SPLITTER = 2 ** 27 + 1;

/** a·b − `product`, exact when `product` is the rounded a·b and nothing over- or underflows. */
export function productError(a: number, b: number, product: number): number {
  const aBig = SPLITTER * a, aHigh = aBig - (aBig - a), aLow = a - aHigh;
  const bBig = SPLITTER * b, bHigh = bBig - (bBig - b), bLow = b - bHigh;
  return aLow * bLow - (((product - aHigh * bHigh) - aLow * bHigh) - aHigh * bLow);
}

/** a + b − `sum`, exact when `sum` is the rounded a + b. */
export function sumError(a: number, b: number, sum: number): number {
  const bThere = sum - a;
  return (a - (sum - bThere)) + (b - bThere);
}

/** A fixed-point number of `precise.ts` (320 fractional bits) as an unevaluated sum of binary64. */
export function parts(value: bigint, count: number): number[] {
  const found: number[] = [];
  let rest = value;
  for (let i = 0; i < count; i++) {
    const part = leading(rest, 53);
    found.push(part);
    rest -= fixed(part);
  }
  return found;
}

/** The first `bits` bits of a fixed-point number, cut off towards zero. */
export function leading(value: bigint, bits: number): number {
  const magnitude = value < 0n ? -value : value;
  const drop = BigInt(Math.max(0, magnitude.toString(2).length - bits));
  const kept = Number((magnitude >> drop) << drop) * 2 ** -320;
  return value < 0n ? -kept : kept;
}
