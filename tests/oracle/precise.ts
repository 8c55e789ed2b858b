// Reference values in fixed point with 320 fractional bits: series summed in whole numbers.

const BITS = 320n;
const ONE = 1n << BITS;

/** a·b, both in fixed point. */
export function times(a: bigint, b: bigint): bigint {
  return (a * b) >> BITS;
}

/** A binary64 in fixed point: exact down to 2^−320. */
export function fixed(x: number): bigint {
  let scaled = x, shift = BITS;
  while (!Number.isInteger(scaled)) {
    scaled = scaled * 2;
    shift = shift - 1n;
  }
  return shift >= 0n ? BigInt(scaled) << shift : BigInt(scaled) >> -shift;
}

/** Σ terms until they vanish; `next` gives term i from the one before. */
function series(first: bigint, next: (term: bigint, i: bigint) => bigint): bigint {
  let sum = 0n, i = 1n;
  for (let term = first; term !== 0n && term !== -1n; i++) {
    sum = sum + term;
    term = next(term, i);
  }
  return sum;
}

/** atanh(1/n) = Σ 1/((2i + 1)·n^(2i + 1)). */
function atanhInverse(n: bigint): bigint {
  let sum = 0n, power = ONE / n;
  for (let i = 1n; power > 0n; i += 2n) {
    sum = sum + power / i;
    power = power / (n * n);
  }
  return sum;
}

/** ln 2 = 2·atanh(1/3) */
export const LN2 = 2n * atanhInverse(3n);

/** arctan(1/n), n > 1. */
function arctanInverse(n: bigint): bigint {
  let sum = 0n, power = ONE / n, sign = 1n;
  for (let i = 1n; power > 0n; i += 2n) {
    sum = sum + sign * (power / i);
    sign = -sign;
    power = power / (n * n);
  }
  return sum;
}

/** π = 16·arctan(1/5) − 4·arctan(1/239) (Machin) */
export const PI = 16n * arctanInverse(5n) - 4n * arctanInverse(239n);

/** exp(x): the argument is halved ten times, the result squared as often. */
export function exp(x: bigint): bigint {
  const small = x >> 10n;
  let value = series(ONE, (term, i) => times(term, small) / i);
  for (let i = 0; i < 10; i++) value = times(value, value);
  return value;
}

/** ln x, x > 0: x = 2^k·m, ln m = 2·atanh((m − 1)/(m + 1)). */
export function log(x: bigint): bigint {
  const k = BigInt(x.toString(2).length - 1) - BITS;
  const m = k >= 0n ? x >> k : x << -k;
  const s = ((m - ONE) << BITS) / (m + ONE), square = times(s, s);
  let sum = 0n, power = s;
  for (let i = 1n; power > 0n; i += 2n) {
    sum = sum + power / i;
    power = times(power, square);
  }
  return 2n * sum + k * LN2;
}

/** cos x by its series, |x| ≤ 2π. */
export function cos(x: bigint): bigint {
  const square = times(x, x);
  return series(ONE, (term, i) => -times(term, square) / ((2n * i - 1n) * (2n * i)));
}

/** sin x by its series, |x| ≤ 2π. */
export function sin(x: bigint): bigint {
  const square = times(x, x);
  return series(x, (term, i) => -times(term, square) / (2n * i * (2n * i + 1n)));
}

/** erf x = 2/√π·e^(−x²)·Σ 2^i·x^(2i + 1)/(1·3·…·(2i + 1)): all terms of one sign. */
export function erf(x: bigint): bigint {
  const square = times(x, x);
  const sum = series(x, (term, i) => 2n * times(term, square) / (2n * i + 1n));
  const rootPi = squareRoot(PI << BITS);
  return (2n * times(exp(-square), sum) << BITS) / rootPi;
}

/** x/(1 + exp(−2u)), u = √(2/π)·(x + 0.044715·x³): GELU by tanh. */
export function geluTanh(x: bigint): bigint {
  const root = squareRoot((2n * ONE << (2n * BITS)) / PI);
  const cube = times(times(x, x), x);
  const u = times(root, x + 44_715n * cube / 1_000_000n);
  return (x << BITS) / (ONE + exp(-2n * u));
}

function squareRoot(n: bigint): bigint {
  let x = 1n << BigInt((n.toString(2).length >> 1) + 1);
  for (;;) {
    const y = (x + n / x) >> 1n;
    if (y >= x) return x;
    x = y;
  }
}

/**
 * Distance of a floating-point value from the true one in units in the last place of the true one,
 * `precision` bits per significand (24 or 53); no unit is smaller than 2^`lowestUnit`.
 */
export function ulps(got: number, truth: bigint, precision: number, lowestUnit = -300): number {
  const magnitude = truth < 0n ? -truth : truth;
  const exponent = magnitude.toString(2).length - Number(BITS) - 1;
  const unit = Math.max(exponent - precision + 1, lowestUnit);
  const distance = fixed(got) - truth;
  // Twenty more bits than the unit are plenty to print.
  const scaled = distance >> (BITS + BigInt(unit) - 20n);
  return Math.abs(Number(scaled)) / 2 ** 20;
}
