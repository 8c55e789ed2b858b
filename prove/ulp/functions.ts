// The functions measured over every binary32 (log: every one from +0 on), and what the contract fixes outside their range.

import type { Arena } from "../../lib/engine/kernels.ts";
import {
  erfReference,
  expReference,
  logReference,
  type Reference,
  siluReference,
} from "./reference.ts";

export type FunctionName = "exp f32" | "erf f32" | "silu f32" | "exp f64" | "log f64";

/** Neighbouring inputs whose results are known without arithmetic. */
export interface Zone {
  /** First and last pattern. */
  from: number;
  to: number;
  result: number;
  /** Why: docs/exactness.md says so, or no other number lies within half a unit of the truth. */
  because: "contract" | "nearest";
}

export interface MeasuredFunction {
  /** Patterns 0 to patterns − 1 are the inputs: all binary32, or those without a sign. */
  patterns: number;
  /** Bits of a significand of the result. */
  precision: 24 | 53;
  /** Results for `count` inputs at `x`, a multiple of four; `y` has room for 8·count bytes. */
  results(arena: Arena, x: number, y: number, count: number): Float32Array | Float64Array;
  /** In the order of patterns. */
  zones: readonly Zone[];
  reference: Reference;
}

const SIGN = 0x80000000, INFINITY = 0x7f800000;

/** Pattern of the least positive binary32 above `value`. */
function above(value: number): number {
  const rounded = Float32Array.of(value);
  return new Uint32Array(rounded.buffer)[0] + (rounded[0] > value ? 0 : 1);
}

/** Pattern of a positive binary32. */
function at(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0];
}

/** exp: 1 for inputs up to `tiny`, the contract's limits beyond `lowest` and `highest`. */
function expZones(tiny: number, lowest: number, highest: number): Zone[] {
  return [
    { from: 0, to: at(tiny), result: 1, because: "nearest" },
    { from: above(highest), to: INFINITY, result: Infinity, because: "contract" },
    { from: SIGN, to: SIGN + at(tiny), result: 1, because: "nearest" },
    { from: SIGN + above(-lowest), to: SIGN + INFINITY, result: 0, because: "contract" },
  ];
}

const array =
  (name: "expArray" | "erfArray") => (arena: Arena, x: number, y: number, count: number) => {
    arena.kernels[name](y, x, count);
    return arena.floats(y, count);
  };

function silu(arena: Arena, x: number, y: number, count: number): Float32Array {
  arena.kernels.siluArray(y, y + 4 * count, x, count);
  return arena.floats(y, count);
}

const scalar = (name: "exp64" | "log64") => (arena: Arena, x: number, y: number, count: number) => {
  const inputs = arena.floats(x, count), results = arena.doubles(y, count);
  const kernel = arena.kernels[name];
  for (let i = 0; i < count; i++) results[i] = kernel(inputs[i]);
  return results;
};

export const FUNCTIONS: Record<FunctionName, MeasuredFunction> = {
  "exp f32": {
    patterns: 2 ** 32,
    precision: 24,
    results: array("expArray"),
    zones: expZones(2 ** -25, -87, 88.69999694824219),
    reference: expReference,
  },
  "erf f32": {
    patterns: 2 ** 32,
    precision: 24,
    results: array("erfArray"),
    zones: [
      { from: 0, to: 0, result: 0, because: "nearest" },
      // 1 − erf(4) = 1.54e−8, a quarter of the unit below 1; erf grows.
      { from: at(4), to: INFINITY, result: 1, because: "nearest" },
      { from: SIGN, to: SIGN, result: -0, because: "nearest" },
      { from: SIGN + at(4), to: SIGN + INFINITY, result: -1, because: "nearest" },
    ],
    reference: erfReference,
  },
  "silu f32": {
    patterns: 2 ** 32,
    precision: 24,
    results: silu,
    zones: [
      { from: 0, to: 0, result: 0, because: "nearest" },
      { from: INFINITY, to: INFINITY, result: Infinity, because: "contract" },
      { from: SIGN, to: SIGN, result: -0, because: "nearest" },
      // exp(−x) is +∞ there, and x times its inverse −0; −∞ times 0 has no value.
      {
        from: SIGN + above(88.69999694824219),
        to: SIGN + INFINITY - 1,
        result: -0,
        because: "contract",
      },
      { from: SIGN + INFINITY, to: SIGN + INFINITY, result: NaN, because: "contract" },
    ],
    reference: siluReference,
  },
  "exp f64": {
    patterns: 2 ** 32,
    precision: 53,
    results: scalar("exp64"),
    zones: expZones(2 ** -54, -708, 709.78),
    reference: expReference,
  },
  "log f64": {
    patterns: 2 ** 31,
    precision: 53,
    results: scalar("log64"),
    zones: [
      { from: 0, to: 0, result: -Infinity, because: "contract" },
      { from: at(1), to: at(1), result: 0, because: "nearest" },
      { from: INFINITY, to: INFINITY, result: Infinity, because: "contract" },
    ],
    reference: logReference,
  },
};
