// Beam search without a cache, a queue or a batch: every candidate is written out and sorted, every
// text computed again from its start.

import type { BeamOptions, Hypothesis } from "../../lib/engine/engine.ts";
import type { ModelConfig } from "../../lib/format/config.ts";
import { exp64, log64, powInt } from "./exact64.ts";
import { nextLogits } from "./generate.ts";
import { negativeLogLikelihood } from "./loss.ts";

interface Text {
  tokens: number[];
  sum: number;
}

/** Log-probability of each id: the negated loss of predicting it. */
export function logProbabilities(logits: Float32Array): number[] {
  return [...logits.keys()].map((id) => -negativeLogLikelihood(logits, id));
}

/** The score of a text of `length` new tokens. */
function score(sum: number, length: number, penalty: number): number {
  if (penalty >= 0 && penalty === Math.floor(penalty)) return sum / powInt(length, penalty);
  return sum / exp64(penalty * log64(length));
}

/** Texts that follow from one step, best first; the order they come in decides among equals. */
function continuations(texts: Text[], next: (tokens: number[]) => number[]): Text[] {
  const all = texts.flatMap(({ tokens, sum }) =>
    next(tokens).map((logProbability, id) => ({
      tokens: [...tokens, id],
      sum: sum + logProbability,
    }))
  );
  return all.sort((a, b) => b.sum - a.sum); // stable
}

/** The best continuations of `prompt`. */
export function beamSearch(
  config: ModelConfig,
  weights: Float32Array,
  prompt: readonly number[],
  options: BeamOptions,
): Hypothesis[] {
  const { beams, maxTokens, minTokens = 0, endToken, lengthPenalty = 1 } = options;
  const next = (tokens: number[]) =>
    logProbabilities(nextLogits(config, weights, [...prompt, ...tokens].slice(-config.ctx)));
  let running: Text[] = [{ tokens: [], sum: 0 }];
  let ended: Hypothesis[] = [];
  for (let length = 1; length <= maxTokens; length++) {
    const candidates = continuations(running, next)
      .filter(({ tokens }) => tokens[length - 1] !== endToken || length - 1 >= minTokens)
      .slice(0, 2 * beams);
    const isEnd = ({ tokens }: Text) => length === maxTokens || tokens[length - 1] === endToken;
    const news = candidates.slice(0, beams).filter(isEnd)
      .map(({ tokens, sum }) => ({ tokens, score: score(sum, length, lengthPenalty) }));
    ended = [...ended, ...news].sort((a, b) => b.score - a.score).slice(0, beams);
    running = candidates.filter((text) => !isEnd(text)).slice(0, beams);
    if (running.length === 0) break;
    const best = score(running[0].sum, length, lengthPenalty);
    const isFull = ended.length === beams;
    if (isFull && (options.earlyStopping || best <= ended[beams - 1].score)) break;
  }
  return ended;
}
