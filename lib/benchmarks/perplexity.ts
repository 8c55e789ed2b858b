// Perplexity per raw byte over passages: what tinystories-ppl and shakespeare-ppl share.

import type { ExactMath } from "../engine/engine.ts";
import type { BenchmarkResult } from "./benchmark.ts";
import { bootstrapInterval, type Cluster } from "./statistics.ts";

/** A stretch of text: one example, and what the bootstrap draws as a whole. */
export interface Passage {
  text: string;
  /** Nats of its scored bytes, in order. */
  nats: Float32Array;
}

/**
 * exp of the mean nats per byte over all passages. The interval is the bootstrap over passages,
 * whose bounds follow from the text alone, so every model meets the same resamples.
 */
export function perplexity(
  passages: readonly Passage[],
  { exp }: ExactMath,
  bootstrapSeed: number,
): BenchmarkResult {
  // One fold over all bytes, in order, so the score does not depend on how they were grouped.
  let sum = 0, count = 0;
  const clusters: Cluster[] = [];
  for (const { nats } of passages) {
    let passageSum = 0;
    for (const value of nats) {
      sum += value;
      passageSum += value;
    }
    count += nats.length;
    clusters.push({ sum: passageSum, count: nats.length });
  }
  const [low, high] = bootstrapInterval(clusters, bootstrapSeed);
  const examples = clusters.map((cluster, index) => ({
    index,
    prompt: passages[index].text,
    expected: "",
    output: "",
    value: cluster.count === 0 ? 0 : cluster.sum / cluster.count,
    weight: cluster.count,
  }));
  return { score: exp(sum / count), interval: [exp(low), exp(high)], examples };
}
