// exp, log, sine and cosine in binary64, where one host operation is one rounded operation.

import { float64, pattern64 } from "./float_bits.ts";

const LN2_HIGH = float64(0x3fe62e42fee00000n);
const LN2_LOW = float64(0x3dea39ef35793c76n);
const LOG2_E = float64(0x3ff71547652b82fen);
const PI = float64(0x400921fb54442d18n);

function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1); // exact up to 18!
}

/** Σ coefficients[i]·x^(last − i) by Horner's rule. */
function horner(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient);
}

/** 2^n, −1022 ≤ n ≤ 1023. */
function powerOfTwo(n: number): number {
  return float64(BigInt(n + 1023) << 52n);
}

/** x to the nearest integer, ties to even, |x| < 2^51. */
function roundEven(x: number): number {
  const shift = 6755399441055744; // 1.5 · 2^52
  return (x + shift) - shift;
}

const EXP = [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2].map((n) => 1 / factorial(n));

/** exp(x) = 2^n·(1 + (r + r²·P(r))); 0 below −708, +∞ above 709.78. */
export function exp64(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > 709.78) return Infinity;
  if (x < -708) return 0;
  const n = roundEven(x * LOG2_E);
  const r = (x - n * LN2_HIGH) - n * LN2_LOW;
  const y = 1 + (r + r * r * horner(EXP, r));
  const half = Math.floor(n / 2);
  return (y * powerOfTwo(half)) * powerOfTwo(n - half);
}

const LOG = [23, 21, 19, 17, 15, 13, 11, 9, 7, 5, 3].map((n) => 1 / n);

/** ln x of a positive normal number: x = 2^k·m, √½ < m ≤ √2, ln m = 2·atanh((m − 1)/(m + 1)). */
export function log64(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return x;
  const pattern = pattern64(x);
  let k = Number(pattern >> 52n) - 1023;
  let m = float64((pattern & 0xfffffffffffffn) | 0x3ff0000000000000n);
  if (m > 1.4142135623730951) {
    m = m * 0.5;
    k = k + 1;
  }
  const s = (m - 1) / (m + 1);
  const u = s * s;
  const tail = 2 * s * (u * horner(LOG, u));
  return k * LN2_HIGH + (2 * s + (tail + k * LN2_LOW));
}

// Signs of the Taylor series alternate: p ← 1/n! − p·u.
const SIN = [17, 15, 13, 11, 9, 7, 5, 3].map((n) => 1 / factorial(n));
const COS = [16, 14, 12, 10, 8, 6, 4, 2].map((n) => 1 / factorial(n));

function alternating(coefficients: readonly number[], u: number): number {
  return coefficients.reduce((sum, coefficient) => coefficient - sum * u);
}

/** sin x, |x| ≤ π/4. */
function sine(x: number): number {
  const u = x * x;
  return x - x * (u * alternating(SIN, u));
}

/** cos x, |x| ≤ π/4. */
function cosine(x: number): number {
  const u = x * x;
  return 1 - u * alternating(COS, u);
}

/** cos(π·p), 0 ≤ p ≤ 1. */
export function cosPi(p: number): number {
  if (p <= 0.25) return cosine(PI * p);
  if (p <= 0.75) return sine(PI * (0.5 - p));
  return -cosine(PI * (1 - p));
}

/** cos (or sin) of 2π·u/2^32, u a uint32: the nearest quarter turn is taken off in integers. */
export function circle(u: number, wantSine: boolean): number {
  const quadrant = Math.floor((u + 0x20000000) / 0x40000000);
  const x = (u - quadrant * 0x40000000) * (PI * 4.656612873077393e-10);
  const turned = (quadrant + (wantSine ? 3 : 0)) % 4;
  return [cosine, (y: number) => -sine(y), (y: number) => -cosine(y), sine][turned](x);
}

/** cos x (or sin x), 0 ≤ x ≤ 2^20: x less n quarter turns, in two parts. */
export function cosine64(x: number, wantSine: boolean): number {
  const n = roundEven(x * float64(0x3fe45f306dc9c883n)); // 2/π
  const r = (x - n * float64(0x3ff921fb54400000n)) - n * float64(0x3dd0b4611a626331n);
  const turned = (n + (wantSine ? 3 : 0)) % 4;
  return [cosine, (y: number) => -sine(y), (y: number) => -cosine(y), sine][turned](r);
}

/** base^n by squaring: bits of n from the lowest. */
export function powInt(base: number, n: number): number {
  let result = 1, square = base;
  for (let k = n; k > 0; k = k >> 1) {
    if (k & 1) result = result * square;
    square = square * square;
  }
  return result;
}
