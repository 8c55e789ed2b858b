// Chooses the next token from logits. Binary64 with exact operations and the engine's exp.

import { philox, seedKey, STREAM } from "../corpora/philox.ts";
import type { SamplingOptions } from "./engine.ts";

/** Index of the largest logit; the lowest index wins ties. */
export function argmax(logits: Float32Array): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i] > logits[best]) best = i;
  return best;
}

/**
 * Draws a token: softmax(logits / temperature) cut to the `topK` likeliest, then to the smallest
 * likeliest set that reaches `topP`, by the uint32 at counter (position, row) of the seed.
 */
export function sampleToken(
  logits: Float32Array,
  options: SamplingOptions,
  row: number,
  position: number,
  exp: (x: number) => number,
): number {
  const { temperature, topK = 0, topP = 1, seed = 0 } = options;
  if (temperature === 0) return argmax(logits);
  let order = Array.from(logits, (_, id) => id).sort((a, b) => logits[b] - logits[a] || a - b);
  if (topK > 0) order = order.slice(0, topK);
  const top = logits[order[0]];
  const mass = order.map((id) => exp((logits[id] - top) / temperature));
  let total = fold(mass);
  if (topP < 1) {
    const kept = nucleus(mass, topP * total);
    order.length = mass.length = kept;
    total = fold(mass);
  }
  const words = new Uint32Array(4);
  const [key0, key1] = seedKey(seed);
  philox(key0, key1, position, row, 0, STREAM.sampling, words);
  const threshold = words[0] / 0x100000000 * total;
  let reached = 0;
  for (let i = 0; i < order.length; i++) {
    reached += mass[i];
    if (reached > threshold) return order[i];
  }
  return order[order.length - 1];
}

function fold(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** How many of the likeliest reach `goal`; at least one. */
function nucleus(mass: readonly number[], goal: number): number {
  let sum = 0;
  for (let i = 0; i < mass.length; i++) {
    sum += mass[i];
    if (sum >= goal) return i + 1;
  }
  return mass.length;
}
