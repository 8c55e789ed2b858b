// Sampling and decoding without a cache: the whole window is computed again for every token.

import type { SamplingOptions } from "../../lib/engine/engine.ts";
import type { ModelConfig } from "../../lib/format/config.ts";
import { exp64 } from "./exact64.ts";
import { negativeLogLikelihood } from "./loss.ts";
import { forward, tensorsOf } from "./model.ts";
import { keyOf, philox } from "./random.ts";

/** Logits after the last token. */
export function nextLogits(
  config: ModelConfig,
  weights: Float32Array,
  tokens: readonly number[],
): Float32Array {
  const { logits } = forward(config, tensorsOf(config, weights), tokens, tokens.length);
  return logits.slice(-config.vocabSize);
}

/** Negative log-likelihood in nats of every token but the first. */
export function scoreSequence(
  config: ModelConfig,
  weights: Float32Array,
  tokens: readonly number[],
): Float32Array {
  const inputs = tokens.slice(0, -1);
  if (inputs.length === 0) return new Float32Array();
  const { logits } = forward(config, tensorsOf(config, weights), inputs, inputs.length);
  const V = config.vocabSize;
  return Float32Array.from(
    inputs,
    (_, r) => negativeLogLikelihood(logits.subarray(r * V, (r + 1) * V), tokens[r + 1]),
  );
}

/** Draws token `position` of row `row`. */
export function sample(
  logits: Float32Array,
  { temperature, topK = 0, topP = 1, seed = 0 }: SamplingOptions,
  row: number,
  position: number,
): number {
  // Likeliest first, lowest id first among equals.
  const ids = [...logits.keys()];
  ids.sort((a, b) => logits[a] === logits[b] ? a - b : logits[a] > logits[b] ? -1 : 1);
  if (temperature === 0) return ids[0];
  let kept = topK > 0 ? ids.slice(0, topK) : ids;
  const mass = (id: number) => exp64((logits[id] - logits[ids[0]]) / temperature);
  const total = (some: readonly number[]) => some.reduce((sum, id) => sum + mass(id), 0);
  if (topP < 1) {
    const goal = topP * total(kept);
    const enough = kept.findIndex((_, i) => total(kept.slice(0, i + 1)) >= goal);
    if (enough >= 0) kept = kept.slice(0, enough + 1);
  }
  const [word] = philox(keyOf(seed), [position, row, 0, 3]);
  const threshold = word / 2 ** 32 * total(kept);
  return kept.find((_, i) => total(kept.slice(0, i + 1)) > threshold) ?? kept[kept.length - 1];
}

/** `count` new tokens after `prompt`; the context is the last ctx tokens, from position 0. */
export function generate(
  config: ModelConfig,
  weights: Float32Array,
  prompt: readonly number[],
  count: number,
  options: SamplingOptions,
  row: number,
): number[] {
  const text = [...prompt];
  for (let i = 0; i < count; i++) {
    const logits = nextLogits(config, weights, text.slice(-config.ctx));
    text.push(sample(logits, options, row, i));
  }
  return text.slice(prompt.length);
}
