// Positions of rows: added from a table when learned, turned into queries and keys when rotary.

import { architectureOf } from "../format/architecture.ts";
import type { ModelConfig } from "../format/config.ts";
import type { Kernels } from "./kernels.ts";
import type { ModelPointers } from "./parameters.ts";

/** Writes the cosines and sines [ctx, C / heads], when positions are rotary. */
export function fillRotaryTable(kernels: Kernels, table: number, config: ModelConfig): void {
  const { positions, rotaryBase } = architectureOf(config);
  if (positions === "rotary") {
    kernels.rotaryTable(table, config.ctx, config.dModel / config.heads, rotaryBase!);
  }
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
