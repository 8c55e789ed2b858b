// exp, erf, GELU, SiLU and their slopes in binary32: docs/exactness.md, one operation after another.

import { f32, float32, pattern32 } from "./float_bits.ts";

const LOG2_E = float32(0x3fb8aa3b);
const ROUNDER = float32(0x4b400000); // 1.5 · 2^23
const LN2_HIGH = float32(0x3f317200);
const LN2_LOW = float32(0x35bfbe8e);
const LOWEST = -87;
const HIGHEST = float32(0x42b16666); // 88.7
const EXP_P = [0x3ab6ba9f, 0x3c0905b9, 0x3d2aaa5c, 0x3e2aaa6e, 0x3f000000].map(float32);
const ERF_P = [
  0x38a5725d,
  0xba5242f2,
  0x3baa0cfa,
  0xbcdbfdda,
  0x3de71690,
  0xbec0939f,
  0x3f906eba,
].map(float32);
const ERF_Q = [
  0xb7b5ec60,
  0x39e76355,
  0xbb89c67a,
  0x3cce8196,
  0xbdde0a93,
  0xbf221ab2,
  0xbf909607,
  0x39452d96,
].map(float32);
const ROOT_HALF = float32(0x3f3504f3); // 1/√2
const DENSITY = float32(0x3ecc422a); // 1/√2π

/** Horner's rule from the highest coefficient: multiply, round, add, round. */
function horner(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => f32(f32(sum * x) + coefficient));
}

/** exp(x), +0 below −87 and +∞ above 88.7. */
export function exp32(x: number): number {
  if (x < LOWEST) return 0;
  if (x > HIGHEST) return Infinity;
  const t = f32(f32(x * LOG2_E) + ROUNDER);
  const n = f32(t - ROUNDER);
  const r = f32(f32(x - f32(n * LN2_HIGH)) - f32(n * LN2_LOW));
  const p = horner(EXP_P, r);
  const y = f32(1 + f32(r + f32(f32(r * r) * p)));
  return float32((pattern32(y) + (pattern32(t) << 23)) >>> 0);
}

/** erf(x): odd, x·P(x²) below 1, 1 − exp(Q(x)) below 4, then 1. */
export function erf32(x: number): number {
  const a = Math.abs(x);
  const magnitude = a < 1
    ? f32(a * horner(ERF_P, f32(a * a)))
    : a < 4
    ? f32(1 - exp32(horner(ERF_Q, a)))
    : 1;
  return x < 0 || Object.is(x, -0) ? -magnitude : magnitude;
}

function twiceNormalCdf(x: number): number {
  return f32(1 + erf32(f32(x * ROOT_HALF)));
}

/** gelu(x) = (0.5·x)·(1 + erf(x/√2)) */
export function gelu(x: number): number {
  return f32(f32(0.5 * x) * twiceNormalCdf(x));
}

/** gelu'(x) = 0.5·(1 + erf(x/√2)) + x·(exp((−0.5·x)·x)·(1/√2π)) */
export function geluSlope(x: number): number {
  const density = f32(exp32(f32(f32(-0.5 * x) * x)) * DENSITY);
  return f32(f32(0.5 * twiceNormalCdf(x)) + f32(x * density));
}

function sigmoid(x: number): number {
  return f32(1 / f32(1 + exp32(-x)));
}

/** The tanh approximation: x·σ(x·(c1 + (x·x)·c2)), c1 = 2√(2/π), c2 = 0.044715·c1. */
export function geluTanh(x: number): number {
  const slope = f32(float32(0x3fcc422a) + f32(f32(x * x) * float32(0x3d922279)));
  return f32(x * sigmoid(f32(x * slope)));
}

/** silu(x) = x·σ(x), σ(x) = 1/(1 + exp(−x)) */
export function silu(x: number): number {
  return f32(x * sigmoid(x));
}

/** silu'(x) = σ·(1 + x·(1 − σ)) */
export function siluSlope(x: number): number {
  return f32(sigmoid(x) * f32(1 + f32(x * f32(1 - sigmoid(x)))));
}
