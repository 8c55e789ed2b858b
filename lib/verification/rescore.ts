// Scores weights on the benchmarks of a claim and compares the scores' bits.

import type { Benchmark } from "../benchmarks/benchmark.ts";
import { createBenchmarkModel } from "../benchmarks/model.ts";
import { findBenchmark } from "../benchmarks/registry.ts";
import { runBenchmarks } from "../benchmarks/run.ts";
import type { Engine } from "../engine/engine.ts";
import { IntegrityError } from "../errors.ts";
import type { ModelConfig } from "../format/config.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";
import type { ScoreComparison } from "./types.ts";

/** A score some earlier run published. */
export interface ClaimedScore {
  benchmark: string;
  version: number;
  score: number;
}

export interface RescoreOptions {
  engine: Engine;
  config: ModelConfig;
  weights: Float32Array;
  tokenizer: Tokenizer | null;
  claimed: readonly ClaimedScore[];
  /** Reads a path below data/. */
  loadData: (file: string) => Promise<Uint8Array>;
  nowMs: () => number;
  /** Fraction done, 0..1. */
  onProgress?: (fraction: number) => void;
  signal?: AbortSignal;
}

/** The claims whose benchmark and version this build still holds. */
export function knownClaims(claimed: readonly ClaimedScore[]): ClaimedScore[] {
  return claimed.filter(({ benchmark, version }) => findBenchmark(benchmark, version));
}

/**
 * Recomputes every known claim from the weights.
 *
 * @throws {IntegrityError} when benchmark data are damaged or a claimed score cannot be computed.
 */
export async function rescore(options: RescoreOptions): Promise<ScoreComparison[]> {
  const { engine, config, weights, tokenizer, loadData, nowMs, onProgress, signal } = options;
  const claims = knownClaims(options.claimed);
  if (claims.length === 0) return [];
  const benchmarks = claims.map((c) => findBenchmark(c.benchmark, c.version) as Benchmark);
  const inference = await engine.loadModel(config, weights);
  try {
    const model = createBenchmarkModel(inference, engine.math, tokenizer);
    const outcomes = await runBenchmarks(model, benchmarks, loadData, {
      nowMs,
      signal,
      onProgress: ({ overall }) => onProgress?.(overall),
    });
    return claims.map(({ benchmark, version, score: claimed }, i) => {
      const { result, incompatibleReason } = outcomes[i];
      if (!result) throw new IntegrityError(`${benchmark} has a score but: ${incompatibleReason}`);
      const equal = Object.is(claimed, result.score);
      return { benchmark, version, claimed, recomputed: result.score, equal };
    });
  } finally {
    inference.close();
  }
}
