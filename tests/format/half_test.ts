import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { floatBitsToHalf, halfToFloatBits, packHalf, unpackHalf } from "../../lib/format/half.ts";

function bitsOf(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0];
}

function floatOf(bits: number): number {
  return new Float32Array(Uint32Array.of(bits).buffer)[0];
}

/** The value of a finite binary16 straight from its definition. */
function valueOfHalf(half: number): number {
  const exponent = (half >> 10) & 31;
  const mantissa = half & 1023;
  const magnitude = exponent === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (exponent - 25);
  return half & 0x8000 ? -magnitude : magnitude;
}

/** Finite positive halfs by bits, then 2^16: where infinity would stand on the same grid. */
const GRID = Array.from(
  { length: 0x7c01 },
  (_, half) => half === 0x7c00 ? 65536 : valueOfHalf(half),
);

/** Nearest by comparing exact binary64 distances; a tie goes to the even pattern. */
function referenceHalf(value: number): number {
  const sign = Object.is(value, -0) || value < 0 ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude >= 65536) return sign | 0x7c00;
  let low = 0;
  let high = 0x7c00;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (GRID[middle] <= magnitude) low = middle;
    else high = middle;
  }
  const down = magnitude - GRID[low];
  const up = GRID[high] - magnitude;
  return sign | (down < up || (down === up && low % 2 === 0) ? low : high);
}

describe("binary16", () => {
  it("survives the way to binary32 and back in all 65,536 patterns, NaN payloads too", () => {
    for (let half = 0; half < 0x10000; half++) {
      assert.equal(floatBitsToHalf(halfToFloatBits(half)), half);
    }
  });

  it("decodes every finite pattern to the value its definition gives", () => {
    for (let half = 0; half < 0x10000; half++) {
      if ((half & 0x7c00) === 0x7c00) continue;
      const value = floatOf(halfToFloatBits(half));
      if (!Object.is(value, valueOfHalf(half))) assert.fail(`half ${half} gave ${value}`);
    }
  });

  it("decodes the patterns above the finite ones to infinities and NaN", () => {
    assert.equal(floatOf(halfToFloatBits(0x7c00)), Infinity);
    assert.equal(floatOf(halfToFloatBits(0xfc00)), -Infinity);
    assert.ok(Number.isNaN(floatOf(halfToFloatBits(0x7e00))));
    assert.ok(Number.isNaN(floatOf(halfToFloatBits(0xfc01))));
  });

  it("rounds around every tie, subnormals and overflow included, as the reference does", () => {
    for (let half = 0; half < 0x7c00; half++) {
      // The middle of two neighbours is a float32 exactly; so are the floats beside it.
      const tie = bitsOf((GRID[half] + GRID[half + 1]) / 2);
      for (const bits of [tie - 1, tie, tie + 1, tie | 0x80000000]) {
        const got = floatBitsToHalf(bits >>> 0);
        const want = referenceHalf(floatOf(bits >>> 0));
        if (got !== want) assert.fail(`bits ${(bits >>> 0).toString(16)}: ${got}, not ${want}`);
      }
    }
  });

  it("rounds a million spread binary32 patterns as the reference does", () => {
    for (let i = 0; i < 1_000_000; i++) {
      const bits = Math.imul(i, 0x9e3779b1) >>> 0;
      if ((bits & 0x7f800000) === 0x7f800000) continue;
      const got = floatBitsToHalf(bits);
      if (got !== referenceHalf(floatOf(bits))) assert.fail(`bits ${bits.toString(16)}: ${got}`);
    }
  });

  it("keeps NaN a NaN even when its payload is below the kept bits", () => {
    assert.equal(floatBitsToHalf(0x7f800001), 0x7e00);
    assert.equal(floatBitsToHalf(0xff800001), 0xfe00);
    assert.equal(floatBitsToHalf(0x7f800000), 0x7c00);
  });

  it("packs and unpacks arrays at any alignment", () => {
    const values = Float32Array.of(0, -0, 1, -2.5, 65504, 2 ** -24, 0.1);
    const packed = packHalf(values.subarray(1));
    const shifted = new Uint8Array(packed.length + 1);
    shifted.set(packed, 1);
    const back = unpackHalf(shifted.subarray(1));
    assert.deepEqual([...back], [-0, 1, -2.5, 65504, 2 ** -24, 0.0999755859375]);
  });
});
