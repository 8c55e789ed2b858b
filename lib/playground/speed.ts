// How long a training will take on a machine, from what one second of training there showed.

import type { TrainerOptions } from "../engine/engine.ts";

/** What a machine does, by the width of the model: narrow ones spend their time elsewhere. */
export interface Calibration {
  /** Of the engine that was measured. */
  engine: string;
  threads: number;
  /** Widths ascending. */
  points: { width: number; flopsPerSecond: number }[];
}

/** A shape that is measured. */
export interface Probe {
  width: number;
  options: TrainerOptions;
  /** Of one step. */
  flops: number;
  /** Tokens of a step: batchSize · ctx. */
  tokens: number;
}

/** Milliseconds a training of so many FLOPs takes at that speed. */
export function estimateMs(
  { flops, width }: { flops: number; width: number },
  calibration: Calibration,
): number {
  return flops / speedAt(width, calibration) * 1000;
}

/** Along straight lines between what was measured, level beyond the ends. */
function speedAt(width: number, { points }: Calibration): number {
  const above = points.findIndex((point) => point.width >= width);
  if (above <= 0) return (above === 0 ? points[0] : points[points.length - 1]).flopsPerSecond;
  const [low, high] = [points[above - 1], points[above]];
  const share = (width - low.width) / (high.width - low.width);
  return low.flopsPerSecond + share * (high.flopsPerSecond - low.flopsPerSecond);
}
