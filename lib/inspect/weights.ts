// What the weights of each tensor look like: how they are spread, and how far they reach.

import { type ModelConfig, tensorSpecs } from "../format/config.ts";

/** An odd number, so that zero stands in the middle of a bin. */
export const BINS = 41;

export interface TensorLook {
  name: string;
  shape: readonly number[];
  min: number;
  max: number;
  mean: number;
  /** Standard deviation, of all weights and not of a sample. */
  deviation: number;
  /** Largest magnitude: the bins are equally wide over [−reach, reach]. */
  reach: number;
  /** How many weights lie in each bin. */
  counts: number[];
}

/** Every tensor in the order of the file; `weights` flat, in that order. */
export function lookAtWeights(config: ModelConfig, weights: Float32Array): TensorLook[] {
  return tensorSpecs(config).map(({ name, shape, offset, size }) => ({
    name,
    shape,
    ...lookAtTensor(weights.subarray(offset, offset + size)),
  }));
}

function lookAtTensor(values: Float32Array): Omit<TensorLook, "name" | "shape"> {
  let min = Infinity, max = -Infinity, sum = 0;
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
  }
  const mean = sum / values.length, reach = Math.max(-min, max);
  const counts: number[] = new Array(BINS).fill(0);
  let squares = 0;
  for (const value of values) {
    squares += (value - mean) * (value - mean);
    counts[binOf(value, reach)]++;
  }
  return { min, max, mean, deviation: Math.sqrt(squares / values.length), reach, counts };
}

/** The bin of a value in [−reach, reach]; the ends belong to the outer bins. */
function binOf(value: number, reach: number): number {
  if (reach === 0) return (BINS - 1) / 2;
  return Math.min(BINS - 1, Math.floor((value / reach + 1) / 2 * BINS));
}
