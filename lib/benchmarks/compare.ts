// Two models on one benchmark, example by example. Knows their stored results, no model and no rank.

import { ValidationError } from "../errors.ts";
import type { Benchmark, ExampleResult } from "./benchmark.ts";
import {
  bootstrapDifference,
  type Cluster,
  mcnemarExact,
  type PairedCounts,
  pairedInterval,
} from "./statistics.ts";

/** Seed of the resamples of every comparison. */
const COMPARISON_SEED = 0x7199;

/** What a comparison needs of an example. An example of weight 0 counts for no score. */
export type Outcome = Pick<ExampleResult, "value" | "weight">;

interface Compared {
  /** Score of A minus score of B: mean nats per byte, or percentage points. */
  difference: number;
  /** 95 % interval of the difference. */
  interval: [number, number];
  /** The better one, or null when the gap is inside the noise: a tie. */
  better: "a" | "b" | null;
}

/** Likelihoods: paired bootstrap over the examples. */
export interface LikelihoodComparison extends Compared {
  method: "paired bootstrap";
  unit: "nats per byte";
  /** Share of resamples in which A has the lower mean, 0..1. */
  shareABetter: number;
}

/** Accuracies: McNemar's exact test, and Newcombe's paired interval. */
export interface AccuracyComparison extends Compared {
  method: "McNemar, exact";
  unit: "percentage points";
  counts: PairedCounts;
  pValue: number;
}

export type Comparison = LikelihoodComparison | AccuracyComparison;

/**
 * Compares A with B on the examples both were scored on, in the same order.
 *
 * @throws {ValidationError} when the two lists are not of the same examples, or are empty.
 */
export function compareOutcomes(
  benchmark: Pick<Benchmark, "id" | "unit">,
  a: readonly Outcome[],
  b: readonly Outcome[],
): Comparison {
  const mismatch = pairingProblem(a, b);
  if (mismatch !== null) {
    throw new ValidationError(`The two results on ${benchmark.id} cannot be compared`, {
      expected: "results on the same examples, kept with both scores",
      got: mismatch,
      fix: "Have both models scored again on the same version of the benchmark.",
    });
  }
  const counted = (outcomes: readonly Outcome[]) => outcomes.filter(({ weight }) => weight > 0);
  return benchmark.unit === "%"
    ? compareAccuracy(counted(a), counted(b))
    : compareLikelihood(counted(a), counted(b));
}

/** Why the two lists cannot be paired, or null. */
export function pairingProblem(a: readonly Outcome[], b: readonly Outcome[]): string | null {
  if (a.length !== b.length) return `${a.length} and ${b.length} examples`;
  const unlike = a.findIndex(({ weight }, i) => weight !== b[i].weight);
  if (unlike !== -1) {
    return `weights ${a[unlike].weight} and ${b[unlike].weight} at example ${unlike + 1}`;
  }
  return a.some(({ weight }) => weight > 0) ? null : "no examples";
}

function compareLikelihood(a: readonly Outcome[], b: readonly Outcome[]): LikelihoodComparison {
  const clusters: Cluster[] = a.map(({ value, weight }, i) => ({
    sum: (value - b[i].value) * weight,
    count: weight,
  }));
  const sum = clusters.reduce((total, cluster) => total + cluster.sum, 0);
  const count = clusters.reduce((total, cluster) => total + cluster.count, 0);
  const { interval, shareBelowZero } = bootstrapDifference(clusters, COMPARISON_SEED);
  return {
    method: "paired bootstrap",
    unit: "nats per byte",
    difference: sum / count,
    interval,
    shareABetter: shareBelowZero,
    better: interval[1] < 0 ? "a" : interval[0] > 0 ? "b" : null,
  };
}

function compareAccuracy(a: readonly Outcome[], b: readonly Outcome[]): AccuracyComparison {
  const counts: PairedCounts = { bothRight: 0, onlyA: 0, onlyB: 0, neither: 0 };
  a.forEach(({ value }, i) => {
    const [rightA, rightB] = [value === 1, b[i].value === 1];
    counts[rightA ? (rightB ? "bothRight" : "onlyA") : (rightB ? "onlyB" : "neither")]++;
  });
  const pValue = mcnemarExact(counts);
  const [low, high] = pairedInterval(counts);
  return {
    method: "McNemar, exact",
    unit: "percentage points",
    difference: 100 * (counts.onlyA - counts.onlyB) / a.length,
    interval: [100 * low, 100 * high],
    counts,
    pValue,
    better: pValue >= 0.05 ? null : counts.onlyA > counts.onlyB ? "a" : "b",
  };
}
