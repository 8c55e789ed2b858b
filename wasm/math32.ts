// exp, erf, the Gaussian and the sigmoid over four binary32 lanes. Constants are bit patterns; coefficients were
// fitted for this project (Lawson-weighted least squares at Chebyshev nodes, then rounded).
// Error bounds, tested against a high-precision reference: exp ≤ 1.5 ULP, erf ≤ 2 ULP of 1.

// @ts-ignore: decorator
@inline
export function bits(pattern: u32): v128 {
  return i32x4.splat(pattern);
}

/**
 * exp(x). Below −87 the result is +0 (no subnormals), above 88.7 it is +∞.
 * x = n·ln2 + r, |r| ≤ ln2/2, exp(r) = 1 + (r + r²·P(r)); 2^n enters by integer addition.
 */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  const shift = bits(0x4B400000); // 1.5 · 2^23: adding it rounds to an integer, ties to even
  const t = f32x4.add(f32x4.mul(x, bits(0x3FB8AA3B)), shift); // log2 e
  const n = f32x4.sub(t, shift);
  // ln 2 in two parts; n times the high part is exact.
  const r = f32x4.sub(f32x4.sub(x, f32x4.mul(n, bits(0x3F317200))), f32x4.mul(n, bits(0x35BFBE8E)));
  let p = bits(0x3AB6BA9F);
  p = f32x4.add(f32x4.mul(p, r), bits(0x3C0905B9));
  p = f32x4.add(f32x4.mul(p, r), bits(0x3D2AAA5C));
  p = f32x4.add(f32x4.mul(p, r), bits(0x3E2AAA6E));
  p = f32x4.add(f32x4.mul(p, r), bits(0x3F000000));
  const y = f32x4.add(bits(0x3F800000), f32x4.add(r, f32x4.mul(f32x4.mul(r, r), p)));
  const scaled = i32x4.add(y, i32x4.shl(t, 23));
  const low = f32x4.lt(x, bits(0xC2AE0000)); // −87
  const high = f32x4.gt(x, bits(0x42B16666)); // 88.7
  return v128.bitselect(bits(0x7F800000), v128.andnot(scaled, low), high);
}

/** erf(x): x·P(x²) for |x| < 1, 1 − exp(Q(|x|)) for 1 ≤ |x| < 4, ±1 beyond. */
// @ts-ignore: decorator
@inline
export function erf4(x: v128): v128 {
  const sign = v128.and(x, bits(0x80000000));
  const a = v128.andnot(x, bits(0x80000000));
  const u = f32x4.mul(a, a);
  let p = bits(0x38A5725D);
  p = f32x4.add(f32x4.mul(p, u), bits(0xBA5242F2));
  p = f32x4.add(f32x4.mul(p, u), bits(0x3BAA0CFA));
  p = f32x4.add(f32x4.mul(p, u), bits(0xBCDBFDDA));
  p = f32x4.add(f32x4.mul(p, u), bits(0x3DE71690));
  p = f32x4.add(f32x4.mul(p, u), bits(0xBEC0939F));
  p = f32x4.add(f32x4.mul(p, u), bits(0x3F906EBA));
  const small = f32x4.mul(a, p);
  let q = bits(0xB7B5EC60);
  q = f32x4.add(f32x4.mul(q, a), bits(0x39E76355));
  q = f32x4.add(f32x4.mul(q, a), bits(0xBB89C67A));
  q = f32x4.add(f32x4.mul(q, a), bits(0x3CCE8196));
  q = f32x4.add(f32x4.mul(q, a), bits(0xBDDE0A93));
  q = f32x4.add(f32x4.mul(q, a), bits(0xBF221AB2));
  q = f32x4.add(f32x4.mul(q, a), bits(0xBF909607));
  q = f32x4.add(f32x4.mul(q, a), bits(0x39452D96));
  const one = bits(0x3F800000);
  let large = f32x4.sub(one, exp4(q));
  large = v128.bitselect(large, one, f32x4.lt(a, bits(0x40800000))); // 4
  return v128.or(v128.bitselect(small, large, f32x4.lt(a, one)), sign);
}

/** 1 + erf(x/√2): twice the normal distribution function, shared by GELU and its slope. */
// @ts-ignore: decorator
@inline
export function geluCdf2(x: v128): v128 {
  return f32x4.add(bits(0x3F800000), erf4(f32x4.mul(x, bits(0x3F3504F3))));
}

/** gelu(x) = (0.5·x)·(1 + erf(x/√2)) */
// @ts-ignore: decorator
@inline
export function geluOf(x: v128, cdf2: v128): v128 {
  return f32x4.mul(f32x4.mul(bits(0x3F000000), x), cdf2);
}

/** gelu'(x) = 0.5·(1 + erf(x/√2)) + x·φ(x), φ(x) = exp((−0.5·x)·x)·(1/√2π) */
// @ts-ignore: decorator
@inline
export function geluSlope(x: v128, cdf2: v128): v128 {
  const density = f32x4.mul(exp4(f32x4.mul(f32x4.mul(bits(0xBF000000), x), x)), bits(0x3ECC422A));
  return f32x4.add(f32x4.mul(bits(0x3F000000), cdf2), f32x4.mul(x, density));
}

/** 1 / (1 + exp(−x)) */
// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  const one = bits(0x3F800000);
  return f32x4.div(one, f32x4.add(one, exp4(f32x4.neg(x))));
}

/** silu'(x) = σ·(1 + x·(1 − σ)), σ = sigmoid(x) */
// @ts-ignore: decorator
@inline
export function siluSlope(x: v128, sigmoid: v128): v128 {
  const one = bits(0x3F800000);
  return f32x4.mul(sigmoid, f32x4.add(one, f32x4.mul(x, f32x4.sub(one, sigmoid))));
}
