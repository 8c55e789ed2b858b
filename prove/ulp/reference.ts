// True values of the engine's functions, far finer than the formats they are measured in. Shares
// nothing with wasm/: other reductions, other series, tables from whole numbers of 320 bits.

import * as precise from "../../tests/oracle/precise.ts";
import { leading, parts, productError, sumError } from "./double_double.ts";

/**
 * Writes f(x) as (out[0] + out[1])·2^out[2], an unevaluated sum. Which x are allowed and how far
 * off it may be stands with each function; tests/prove/reference_test.ts holds both.
 */
export type Reference = (x: number, out: Float64Array) => void;

const ONE = 1n << 320n;
const EXP_STEPS = 128;

/** ln 2 / 128: the first part short, so that its product with an index is exact. */
const STEP_1 = leading(precise.LN2 / 128n, 34);
const [STEP_2, STEP_3] = parts(precise.LN2 / 128n - precise.fixed(STEP_1), 2);
/** 2^(i/128) as two binary64. */
const POWERS = table(EXP_STEPS, (i) => precise.exp(precise.LN2 * BigInt(i) / 128n));

/** 2·count numbers: `value` of 0, 1, … as two binary64 each. */
function table(count: number, value: (i: number) => bigint): Float64Array {
  return Float64Array.from(Array.from({ length: count }, (_, i) => parts(value(i), 2)).flat());
}

/**
 * exp for |x| ≤ 745, x a binary32: relative error below 2^−70. x = n·ln2/128 + r, |r| < 0.0028;
 * terms from r³ on (2^−28 of the result) are rounded, all before them are exact to 2^−80.
 */
export function expReference(x: number, out: Float64Array): void {
  const n = Math.round(x * (EXP_STEPS / Math.LN2));
  const first = x - n * STEP_1; // exact
  const second = n * STEP_2;
  const high = first - second;
  const low = sumError(first, -second, high) - productError(n, STEP_2, second) - n * STEP_3;
  const square = high * high;
  const rest = square * high *
    (1 / 6 + high * (1 / 24 + high * (1 / 120 + high * (1 / 720 + high * (1 / 5040)))));
  const grown = high + 0.5 * square;
  const grownLow = sumError(high, 0.5 * square, grown) + rest +
    (0.5 * productError(high, high, square) + low + high * low);
  const index = n & (EXP_STEPS - 1);
  const power = POWERS[2 * index], powerLow = POWERS[2 * index + 1];
  const product = power * grown;
  const sum = power + product;
  out[0] = sum;
  out[1] = sumError(power, product, sum) +
    (productError(power, grown, product) + power * grownLow + powerLow * grown + powerLow);
  out[2] = (n - index) / EXP_STEPS;
}

const LOG_STEPS = 128;
/** From here on m is halved, so that logarithms near 0 come from one entry of the table. */
const HALVED_FROM = 53;
const LN2_1 = leading(precise.LN2, 40);
const [LN2_2, LN2_3] = parts(precise.LN2 - precise.fixed(LN2_1), 2);
/** About 1/m for the m of each step, of at most 24 bits; 1 at both ends of 1. */
const INVERSES = Float64Array.from({ length: LOG_STEPS }, (_, i) => {
  if (i === 0) return 1;
  if (i === LOG_STEPS - 1) return 0.5;
  return Math.fround(1 / (1 + (i + 0.5) / LOG_STEPS));
});
/** −ln of each inverse, of its double where m is halved. */
const LOGS = table(LOG_STEPS, (i) => {
  const inverse = i >= HALVED_FROM ? 2 * INVERSES[i] : INVERSES[i];
  return inverse === 1 ? 0n : -precise.log(precise.fixed(inverse));
});

const words = new Uint32Array(2);
const float = new Float64Array(words.buffer);

/**
 * ln of a positive binary32: relative error below 2^−66. x = 2^k·m, m·inverse = 1 + r is exact in
 * 48 bits, |r| ≤ 1/128; terms from r³ on are rounded, all before them are exact to 2^−80.
 */
export function logReference(x: number, out: Float64Array): void {
  float[0] = x;
  const exponent = words[1] >>> 20;
  const index = (words[1] >>> 13) & (LOG_STEPS - 1);
  words[1] = (words[1] & 0xfffff) | 0x3ff00000;
  const k = exponent - 1023 + (index >= HALVED_FROM ? 1 : 0);
  const r = float[0] * INVERSES[index] - 1;
  const square = r * r;
  const rest = square * r *
    (1 / 3 - r * (1 / 4 - r * (1 / 5 - r * (1 / 6 - r * (1 / 7 - r * (1 / 8 - r * (1 / 9 -
                              r * (1 / 10 - r / 11))))))));
  const one = r - 0.5 * square;
  const oneLow = sumError(r, -0.5 * square, one) - 0.5 * productError(r, r, square) + rest;
  const twos = k * LN2_1; // exact
  const whole = twos + LOGS[2 * index];
  const wholeLow = sumError(twos, LOGS[2 * index], whole) + LOGS[2 * index + 1];
  const twosLow = k * LN2_2;
  const sum = whole + one;
  const sumLow = sumError(whole, one, sum) + wholeLow + oneLow +
    (twosLow + productError(k, LN2_2, twosLow) + k * LN2_3);
  out[0] = sum + sumLow;
  out[1] = sumLow - (out[0] - sum);
  out[2] = 0;
}

/** Distance of the points erf is expanded at. */
const ERF_STEP = 1 / 16;
const ERF_DEGREE = 10;
/** From here on 1 − erf is below 2^−54. */
const ERF_END = 6;
/** ERF_DEGREE + 1 Taylor coefficients of erf at 0, 1/16, … */
const ERF_SERIES = erfSeries();

/** erf⁽ⁿ⁺¹⁾(x) = 2/√π·(−1)ⁿ·Hₙ(x)·e^(−x²), Hₙ₊₁ = 2x·Hₙ − 2n·Hₙ₋₁ (Hermite). */
function erfSeries(): Float64Array {
  const series: number[] = [];
  for (let x = 0; x <= ERF_END; x += ERF_STEP) {
    const point = precise.fixed(x);
    const [value] = parts(precise.erf(point), 1);
    const [bell] = parts(precise.exp(-((point * point) / ONE)), 1);
    series.push(value);
    let hermite = 1, before = 0, scale = 2 / Math.sqrt(Math.PI) * bell;
    for (let n = 0; n < ERF_DEGREE; n++) {
      scale /= n + 1;
      series.push(scale * hermite);
      [hermite, before] = [2 * x * hermite - 2 * n * before, hermite];
      scale = -scale;
    }
  }
  return Float64Array.from(series);
}

/**
 * erf for any x: relative error below 2^−49, a hundred-thousandth of a binary32's last place.
 * Taylor series of degree 10 at the nearest sixteenth, the largest terms last.
 */
export function erfReference(x: number, out: Float64Array): void {
  const a = Math.abs(x);
  let value = 1;
  if (a < 2 ** -14) {
    value = ERF_SERIES[1] * (a - a * a * a / 3); // the next term is below 2^−59 of it
  } else if (a < ERF_END) {
    const point = Math.round(a / ERF_STEP);
    const h = a - point * ERF_STEP; // exact
    const first = point * (ERF_DEGREE + 1);
    value = 0;
    for (let i = ERF_DEGREE; i >= 0; i--) value = value * h + ERF_SERIES[first + i];
  }
  out[0] = x < 0 ? -value : value;
  out[1] = 0;
  out[2] = 0;
}

const POWERS_OF_TWO = Float64Array.from({ length: 256 }, (_, i) => 2 ** (i - 128));

/** x/(1 + e^(−x)) for x ≥ −88.7: relative error below 2^−50, four roundings. */
export function siluReference(x: number, out: Float64Array): void {
  let grown = 0; // e^(−x), below 2^−53 from 60 on
  if (x < 60) {
    expReference(-x, out);
    grown = (out[0] + out[1]) * POWERS_OF_TWO[128 + out[2]];
  }
  out[0] = x / (1 + grown);
  out[1] = 0;
  out[2] = 0;
}
