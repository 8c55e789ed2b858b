// A byte n-gram model that every benchmark can run. Knows counts, no text and no benchmark.

import type { ExactMath } from "../engine/engine.ts";
import { ValidationError } from "../errors.ts";
import type { BenchmarkModel } from "./benchmark.ts";
import { type NgramCounts, NONE, ROOT } from "./ngram_counts.ts";

const BYTES = 256;

/**
 * Interpolated Witten–Bell smoothing (Witten & Bell 1991, method C) over bytes, down to the uniform
 * distribution: with N(h) bytes seen after h, T(h) different ones and h′ one byte shorter,
 * P(c | h) = (N(hc) + T(h)·P(c | h′)) / (N(h) + T(h)). Of a text's bytes but the first the history
 * is all that stands before, at most order − 1 bytes.
 *
 * @param order 1 to that of the counts.
 */
export function createNgramModel(
  counts: NgramCounts,
  order: number,
  math: ExactMath,
): BenchmarkModel {
  return {
    parameters: counts.sizes.slice(1, order + 1).reduce((sum, size) => sum + size, 0),
    contextLength: Number.MAX_SAFE_INTEGER,
    vocabularySize: BYTES,
    hasTokenizer: true,
    math,
    scoreBytes(texts, { onProgress, signal } = {}) {
      const scores = texts.map((text, i) => {
        signal?.throwIfAborted();
        const nats = scoreText(counts, order, math, text);
        onProgress?.((i + 1) / texts.length);
        return nats;
      });
      return Promise.resolve(scores);
    },
    generate(prompts, { temperature, maxBytes, stop, onBytes, signal }) {
      mustBeGreedy(temperature);
      const outputs = prompts.map((prompt, row) => {
        signal?.throwIfAborted();
        const suffixes = new Suffixes(counts, order);
        for (const byte of prompt) suffixes.push(byte);
        const bytes: number[] = [];
        while (bytes.length < maxBytes) {
          const byte = suffixes.likeliest();
          bytes.push(byte);
          suffixes.push(byte);
          onBytes?.(row, Uint8Array.of(byte));
          if (stop?.(row, bytes)) break;
        }
        return Uint8Array.from(bytes);
      });
      return Promise.resolve(outputs);
    },
  };
}

function mustBeGreedy(temperature: number): void {
  if (temperature === 0) return;
  throw new ValidationError("An n-gram model writes greedily", {
    expected: "temperature 0",
    got: `temperature ${temperature}`,
    fix: "Ask it for its likeliest bytes.",
  });
}

/** P(byte | history) of each of the 256 bytes. */
export function distribution(
  counts: NgramCounts,
  order: number,
  history: Uint8Array,
): Float64Array {
  const suffixes = new Suffixes(counts, order);
  for (const byte of history) suffixes.push(byte);
  return Float64Array.from({ length: BYTES }, (_, byte) => suffixes.probability(byte));
}

function scoreText(
  counts: NgramCounts,
  order: number,
  math: ExactMath,
  text: Uint8Array,
): Float32Array {
  const suffixes = new Suffixes(counts, order);
  const nats = new Float32Array(Math.max(0, text.length - 1));
  text.forEach((byte, i) => {
    if (i > 0) nats[i - 1] = -math.log(suffixes.probability(byte));
    suffixes.push(byte);
  });
  return nats;
}

/** Nodes of the last 0, 1, … order − 1 bytes; NONE where the text never holds them. */
class Suffixes {
  readonly #counts: NgramCounts;
  readonly #nodes: Int32Array;

  constructor(counts: NgramCounts, order: number) {
    this.#counts = counts;
    this.#nodes = new Int32Array(order).fill(NONE);
    this.#nodes[0] = ROOT;
  }

  push(byte: number): void {
    const nodes = this.#nodes;
    for (let k = nodes.length - 1; k > 0; k--) {
      nodes[k] = nodes[k - 1] === NONE ? NONE : this.#counts.child(nodes[k - 1], byte);
    }
  }

  probability(byte: number): number {
    const { count, total, types } = this.#counts;
    let p = 1 / BYTES;
    for (const node of this.#nodes) {
      if (node === NONE || total[node] === 0) break;
      const child = this.#counts.child(node, byte);
      const seen = child === NONE ? 0 : count[child];
      p = (seen + types[node] * p) / (total[node] + types[node]);
    }
    return p;
  }

  /** The lowest of equals. */
  likeliest(): number {
    let best = 0, most = -1;
    for (let byte = 0; byte < BYTES; byte++) {
      const p = this.probability(byte);
      if (p > most) [best, most] = [byte, p];
    }
    return best;
  }
}
