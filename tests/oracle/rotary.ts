// Rotary positions, one pair of columns at a time.

import type { RotaryScaling } from "../../lib/format/imported.ts";
import { cosine64, exp64, log64 } from "./exact64.ts";
import { f32 } from "./float_bits.ts";

/** Cosine and sine of pair i of a head at `position`: the angle is position·base^(−2i/hd). */
export function turnOf(
  position: number,
  i: number,
  hd: number,
  base: number,
  scaling?: RotaryScaling,
) {
  const angle = position * scaled(exp64(-(log64(base) * (i / (hd / 2)))), scaling);
  return { cos: f32(cosine64(angle, false)), sin: f32(cosine64(angle, true)) };
}

/** A frequency as the scaling leaves it: fast ones alone, slow ones divided, between them a mix. */
function scaled(frequency: number, scaling?: RotaryScaling): number {
  if (!scaling) return frequency;
  const slow = frequency / scaling.factor;
  if (scaling.type === "linear") return slow;
  const { lowFrequencyFactor: low, highFrequencyFactor: high } = scaling;
  const turns = scaling.originalContext * frequency / 6.283185307179586;
  const share = (turns - low) / (high - low);
  if (share <= 0) return slow;
  return share >= 1 ? frequency : (1 - share) * slow + share * frequency;
}

export interface Rotary {
  /** Width of a row, whole heads. */
  width: number;
  hd: number;
  base: number;
  scaling?: RotaryScaling;
  /** Position of a row. */
  positionOf: (row: number) => number;
}

/** Turns columns i and i + hd/2 of every head of every row; `back` is the other way. */
export function rotate(
  x: Float32Array,
  { width, hd, base, scaling, positionOf }: Rotary,
  back = false,
): Float32Array<ArrayBuffer> {
  const y = new Float32Array(x.length), half = hd / 2;
  for (let at = 0; at < x.length; at += hd) {
    for (let i = 0; i < half; i++) {
      const turn = turnOf(positionOf(Math.floor(at / width)), i, hd, base, scaling);
      const { cos } = turn, sin = back ? -turn.sin : turn.sin;
      const a = x[at + i], b = x[at + half + i];
      y[at + i] = f32(f32(a * cos) - f32(b * sin));
      y[at + half + i] = f32(f32(b * cos) + f32(a * sin));
    }
  }
  return y;
}
