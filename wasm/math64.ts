// Scalar binary64 functions for schedules, bias correction, initialisation and perplexities.
// Only + − × ÷ and exact conversions: error ≤ 2 ULP, tested against a high-precision reference.

/** exp(x) by x = n·ln2 + r and a Taylor polynomial of degree 13 in r, |r| ≤ 0.35. */
export function exp64(x: f64): f64 {
  if (x != x) return x;
  if (x > 709.78) return Infinity;
  if (x < -708.0) return 0;
  const n = nearest(x * reinterpret<f64>(0x3FF71547652B82FE)); // log2 e
  const r = (x - n * reinterpret<f64>(0x3FE62E42FEE00000)) - n * reinterpret<f64>(0x3DEA39EF35793C76);
  let p: f64 = 1.0 / 6227020800.0;
  p = p * r + 1.0 / 479001600.0;
  p = p * r + 1.0 / 39916800.0;
  p = p * r + 1.0 / 3628800.0;
  p = p * r + 1.0 / 362880.0;
  p = p * r + 1.0 / 40320.0;
  p = p * r + 1.0 / 5040.0;
  p = p * r + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  p = p * r + 0.5;
  const y = 1.0 + (r + r * r * p);
  // n ≤ 1024: two exact factors keep each power of two in range.
  const half = (<i64>n) >> 1;
  const rest = (<i64>n) - half;
  return (y * reinterpret<f64>((half + 1023) << 52)) * reinterpret<f64>((rest + 1023) << 52);
}

/** Natural logarithm of a positive normal number: x = 2^k·m, log m = 2·atanh((m−1)/(m+1)). */
export function log64(x: f64): f64 {
  if (!(x > 0)) return x == 0 ? -Infinity : NaN;
  if (x == Infinity) return x;
  const pattern = reinterpret<i64>(x);
  let k = <i32>((pattern >> 52) - 1023);
  let m = reinterpret<f64>((pattern & 0x000FFFFFFFFFFFFF) | 0x3FF0000000000000);
  if (m > 1.4142135623730951) {
    m = m * 0.5;
    k += 1;
  }
  const s = (m - 1.0) / (m + 1.0);
  const u = s * s;
  let p: f64 = 1.0 / 23.0;
  p = p * u + 1.0 / 21.0;
  p = p * u + 1.0 / 19.0;
  p = p * u + 1.0 / 17.0;
  p = p * u + 1.0 / 15.0;
  p = p * u + 1.0 / 13.0;
  p = p * u + 1.0 / 11.0;
  p = p * u + 1.0 / 9.0;
  p = p * u + 1.0 / 7.0;
  p = p * u + 1.0 / 5.0;
  p = p * u + 1.0 / 3.0;
  const tail = 2.0 * s * (u * p);
  const n = <f64>k;
  return n * reinterpret<f64>(0x3FE62E42FEE00000) +
    (2.0 * s + (tail + n * reinterpret<f64>(0x3DEA39EF35793C76)));
}

// @ts-ignore: decorator
@inline
function sinTaylor(x: f64): f64 {
  const u = x * x;
  let p: f64 = 1.0 / 355687428096000.0;
  p = 1.0 / 1307674368000.0 - p * u;
  p = 1.0 / 6227020800.0 - p * u;
  p = 1.0 / 39916800.0 - p * u;
  p = 1.0 / 362880.0 - p * u;
  p = 1.0 / 5040.0 - p * u;
  p = 1.0 / 120.0 - p * u;
  p = 1.0 / 6.0 - p * u;
  return x - x * (u * p);
}

// @ts-ignore: decorator
@inline
function cosTaylor(x: f64): f64 {
  const u = x * x;
  let p: f64 = 1.0 / 20922789888000.0;
  p = 1.0 / 87178291200.0 - p * u;
  p = 1.0 / 479001600.0 - p * u;
  p = 1.0 / 3628800.0 - p * u;
  p = 1.0 / 40320.0 - p * u;
  p = 1.0 / 720.0 - p * u;
  p = 1.0 / 24.0 - p * u;
  p = 0.5 - p * u;
  return 1.0 - u * p;
}

// @ts-ignore: decorator
@inline
const PI: f64 = reinterpret<f64>(0x400921FB54442D18);

/** cos(π·p) for p in [0, 1]: the cosine schedule. */
export function cosPi(p: f64): f64 {
  if (p <= 0.25) return cosTaylor(PI * p);
  if (p <= 0.75) return sinTaylor(PI * (0.5 - p));
  return -cosTaylor(PI * (1.0 - p));
}

/** cos(x + turns·π/2), |x| ≤ π/4. */
// @ts-ignore: decorator
@inline
function cosTurned(x: f64, turns: i32): f64 {
  const quadrant = turns & 3;
  if (quadrant == 0) return cosTaylor(x);
  if (quadrant == 1) return -sinTaylor(x);
  if (quadrant == 2) return -cosTaylor(x);
  return sinTaylor(x);
}

/** cos(2π·u/2^32) when `sine` is false, else sin: the angle is reduced in integers, exactly. */
export function circle(u: u32, sine: bool): f64 {
  const quadrant = (u + 0x20000000) >> 30;
  const rest = <i32>(u - (quadrant << 30));
  const x = <f64>rest * (PI * 4.656612873077393e-10); // 2π / 2^32 = π · 2^−31
  return cosTurned(x, quadrant + (sine ? 3 : 0));
}

/**
 * cos(x) when `sine` is false, else sin(x), 0 ≤ x ≤ 2^20: the nearest multiple n of π/2 is taken
 * off in two parts, of which the high one (33 bits) times n is exact.
 */
export function cosine64(x: f64, sine: bool): f64 {
  const n = nearest(x * reinterpret<f64>(0x3FE45F306DC9C883)); // 2/π
  const r = (x - n * reinterpret<f64>(0x3FF921FB54400000)) - n * reinterpret<f64>(0x3DD0B4611A626331);
  return cosTurned(r, <i32>(<i64>n) + (sine ? 3 : 0));
}

/** base^n by repeated squaring, n ≥ 0: a function of n alone, so a resumed run agrees. */
export function powInt(base: f64, n: i32): f64 {
  let result: f64 = 1.0;
  let square = base;
  for (let k = n; k > 0; k >>= 1) {
    if (k & 1) result = result * square;
    square = square * square;
  }
  return result;
}
