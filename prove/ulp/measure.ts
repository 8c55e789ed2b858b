// Measures a function over a range of binary32 patterns. Knows no files and no other threads.

import type { Arena } from "../../lib/engine/kernels.ts";
import { sha256Hex } from "../../lib/hash.ts";
import type { MeasuredFunction, Zone } from "./functions.ts";

/** Inputs of one chunk: the unit of work, of progress and of hashing. */
export const CHUNK = 2 ** 22;
const BLOCK = 2 ** 16;

/** What was found in one chunk, or in several together. */
export interface Measurement {
  /** Inputs compared with the true value, or known to be nearest to it. */
  measured: number;
  /** Inputs outside the range, whose results equal what the contract fixes. */
  fixed: number;
  /** NaN inputs: the contract says nothing of them. */
  nan: number;
  /** Measured results within half a unit of the true value. */
  nearest: number;
  /** Largest distance from the true value in units of its own last place, and its input. */
  worstUlp: number;
  worstInput: number;
  /** The same in units of the last place of 1, where those are larger. */
  worstUlpOfOne: number;
  worstInputOfOne: number;
  /** First input whose result is not the known one, or −1. */
  wrongInput: number;
}

export const NOTHING: Readonly<Measurement> = {
  measured: 0,
  fixed: 0,
  nan: 0,
  nearest: 0,
  worstUlp: 0,
  worstInput: 0,
  worstUlpOfOne: 0,
  worstInputOfOne: 0,
  wrongInput: -1,
};

export function joined(a: Measurement, b: Measurement): Measurement {
  const own = a.worstUlp >= b.worstUlp ? a : b;
  const ofOne = a.worstUlpOfOne >= b.worstUlpOfOne ? a : b;
  return {
    measured: a.measured + b.measured,
    fixed: a.fixed + b.fixed,
    nan: a.nan + b.nan,
    nearest: a.nearest + b.nearest,
    worstUlp: own.worstUlp,
    worstInput: own.worstInput,
    worstUlpOfOne: ofOne.worstUlpOfOne,
    worstInputOfOne: ofOne.worstInputOfOne,
    wrongInput: a.wrongInput >= 0 ? a.wrongInput : b.wrongInput,
  };
}

/**
 * Measures the patterns from `first` to `first + count − 1`, count a multiple of BLOCK.
 * @returns with `digest` the SHA-256 of all results, little-endian, NaN as +0.
 */
export async function measure(
  spec: MeasuredFunction,
  arena: Arena,
  first: number,
  count: number,
): Promise<Measurement & { digest: string }> {
  const bytesEach = spec.precision === 24 ? 4 : 8;
  const mark = arena.mark();
  const x = arena.alloc4(BLOCK), y = arena.alloc(8 * BLOCK);
  const all = new Uint8Array(bytesEach * count);
  let found: Measurement = NOTHING;
  for (let done = 0; done < count; done += BLOCK) {
    const patterns = arena.ints(x, BLOCK);
    for (let i = 0; i < BLOCK; i++) patterns[i] = first + done + i;
    const results = spec.results(arena, x, y, BLOCK);
    found = joined(found, measureBlock(spec, first + done, arena.floats(x, BLOCK), results));
    all.set(new Uint8Array(results.buffer, y, bytesEach * BLOCK), bytesEach * done);
  }
  arena.release(mark);
  // Most chunks are one number throughout, which was checked: their digest is taken once.
  const zone = spec.zones.find(({ from, to }) => from <= first && to >= first + count - 1);
  const key = `${bytesEach * count} bytes of ${zone?.result}`;
  const digest = zone ? constantDigests.get(key) ?? await sha256Hex(all) : await sha256Hex(all);
  if (zone) constantDigests.set(key, digest);
  return { ...found, digest };
}

/** SHA-256 of so many bytes of one number. */
const constantDigests = new Map<string, string>();

/** Patterns of NaN. */
const NAN_RANGES = [[0x7f800001, 0x7fffffff], [0xff800001, 0xffffffff]];

/** One block, part by part: zones, NaN (whose results are set to +0), and what is left. */
function measureBlock(
  spec: MeasuredFunction,
  first: number,
  inputs: Float32Array,
  results: Float32Array | Float64Array,
): Measurement {
  const end = first + inputs.length;
  let found: Measurement = NOTHING, from = first;
  while (from < end) {
    const zone = spec.zones.find((zone) => zone.to >= from && zone.from < end);
    const nan = NAN_RANGES.find((range) => range[1] >= from && range[0] < end);
    const next = Math.max(from, Math.min(zone?.from ?? end, nan?.[0] ?? end));
    if (next > from) {
      found = joined(found, measureRange(spec, inputs, results, first, from, next));
      from = next;
    } else if (zone && zone.from <= from) {
      const to = Math.min(end, zone.to + 1);
      found = joined(found, checkZone(zone, results, first, from, to));
      from = to;
    } else {
      const to = Math.min(end, nan![1] + 1);
      results.fill(0, from - first, to - first);
      found = joined(found, { ...NOTHING, nan: to - from });
      from = to;
    }
  }
  return found;
}

function checkZone(
  { result, because }: Zone,
  results: Float32Array | Float64Array,
  first: number,
  from: number,
  to: number,
): Measurement {
  const count = to - from;
  const part = results.subarray(from - first, to - first);
  const wrong = part.findIndex((got) => !Object.is(got, result));
  if (Number.isNaN(result)) part.fill(0);
  const checked = because === "contract" ? { fixed: count } : { measured: count, nearest: count };
  return { ...NOTHING, ...checked, wrongInput: wrong < 0 ? -1 : from + wrong };
}

/** 2^n at n + LEAST_POWER, as far as one binary64 holds it; products of two reach further. */
const LEAST_POWER = 1100;
const POWERS = Float64Array.from({ length: 2200 }, (_, i) => 2 ** (i - LEAST_POWER));

const truth = new Float64Array(3);
const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);

/** The patterns from `from` to `to` − 1 against their true values. */
function measureRange(
  { precision, reference }: MeasuredFunction,
  inputs: Float32Array,
  results: Float32Array | Float64Array,
  first: number,
  from: number,
  to: number,
): Measurement {
  const leastUnit = precision === 24 ? -149 : -1074;
  let nearest = 0, worstUlp = 0, worstInput = from, worstUlpOfOne = 0, worstInputOfOne = from;
  for (let i = from - first; i < to - first; i++) {
    const x = inputs[i], got = results[i];
    reference(x, truth);
    // Compared at the scale of the sum, where neither side over- or underflows.
    const high = truth[0], k = truth[2], near = k >> 1;
    const scaled = got * POWERS[LEAST_POWER - near] * POWERS[LEAST_POWER + near - k];
    const error = Math.abs((scaled - high) - truth[1]);
    const unit = Math.max(exponentOf(high) - precision + 1, leastUnit - k);
    const ulp = error * POWERS[LEAST_POWER - unit];
    if (ulp <= 0.5) nearest++;
    if (!(ulp <= worstUlp)) {
      worstUlp = ulp;
      worstInput = first + i;
    }
    if (ulp <= worstUlpOfOne) continue; // a larger unit only makes it less
    const ulpOfOne = error * POWERS[LEAST_POWER - Math.max(unit, 1 - precision - k)];
    if (!(ulpOfOne <= worstUlpOfOne)) {
      worstUlpOfOne = ulpOfOne;
      worstInputOfOne = first + i;
    }
  }
  const measured = to - from;
  return { ...NOTHING, measured, nearest, worstUlp, worstInput, worstUlpOfOne, worstInputOfOne };
}

/** ⌊log2 |x|⌋ of a normal number. */
function exponentOf(x: number): number {
  float[0] = x;
  return ((words[1] >>> 20) & 0x7ff) - 1023;
}
