// Positions of rows: added from a table when learned, turned into queries and keys when rotary.

import { architectureOf } from "../format/architecture.ts";
import type { ModelConfig } from "../format/config.ts";
import type { RotaryScaling } from "../format/imported.ts";
import type { Kernels } from "./kernels.ts";
import type { ModelPointers } from "./parameters.ts";

const TWO_PI = 2 * Math.PI;

/** Writes the cosines and sines [ctx, C / heads], when positions are rotary. */
export function fillRotaryTable(kernels: Kernels, table: number, config: ModelConfig): void {
  const { positions, rotaryBase } = architectureOf(config);
  if (positions === "learned") return;
  const { ctx, dModel, heads, imported } = config, hd = dModel / heads;
  const scaling = imported?.rotaryScaling;
  if (!scaling) return kernels.rotaryTable(table, ctx, hd, rotaryBase!);
  const logBase = kernels.log64(rotaryBase!);
  for (let i = 0; i < hd / 2; i++) {
    const frequency = kernels.exp64(-(logBase * (i / (hd / 2))));
    kernels.rotaryColumn(table, ctx, hd, i, scaledFrequency(frequency, scaling));
  }
}

/** A frequency in radians per position, stretched as `scaling` says; binary64. */
export function scaledFrequency(frequency: number, scaling: RotaryScaling): number {
  const slow = frequency / scaling.factor;
  if (scaling.type === "linear") return slow;
  const { lowFrequencyFactor: low, highFrequencyFactor: high, originalContext } = scaling;
  const turns = originalContext * frequency / TWO_PI;
  const smooth = Math.min(1, Math.max(0, (turns - low) / (high - low)));
  return (1 - smooth) * slow + smooth * frequency;
}

/** Rows [r0, r1) of the first block's input x [rows, C]; ids and positions are int32. */
export function embedRows(
  kernels: Kernels,
  config: ModelConfig,
  p: ModelPointers,
  rows: { x: number; ids: number; positions: number; r0: number; r1: number },
): void {
  const { x, ids, positions, r0, r1 } = rows, C = config.dModel;
  if (architectureOf(config).positions === "rotary") kernels.lookUp(x, p.token, ids, r0, r1, C);
  else kernels.embed(x, p.token, p.position, ids, positions, r0, r1, C);
}

/**
 * Turns columns [c0, c1), whole heads, of rows [r0, r1) of x [rows, width]: forward, or `back` for
 * the gradient. Does nothing when positions are learned.
 */
export function rotateRows(
  kernels: Kernels,
  config: ModelConfig,
  table: number,
  rows: { x: number; width: number; positions: number; r0: number; r1: number; back?: boolean },
  [c0, c1]: readonly [from: number, to: number] = [0, rows.width],
): void {
  if (architectureOf(config).positions === "learned") return;
  const { x, width, positions, r0, r1, back = false } = rows;
  kernels.rotate(x, table, positions, r0, r1, width, config.dModel / config.heads, c0, c1, back);
}
