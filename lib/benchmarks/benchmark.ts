// The interface every benchmark implements. One definition of a score for server, tab and CLI.

import type { EvaluationText } from "../corpora/contamination/evaluation_text.ts";
import type { GeneratorParams } from "../corpora/generators.ts";
import type { Trial } from "../corpora/trials.ts";
import type { ExactMath, GenerateOptions } from "../engine/engine.ts";

/** What a benchmark may ask of a model. Bytes in, bytes out: tokenizers stay behind this. */
export interface BenchmarkModel {
  readonly parameters: number;
  /** Longest context in tokens. */
  readonly contextLength: number;
  readonly vocabularySize: number;
  /** Whether bytes can be made tokens: without, nothing below works. */
  readonly hasTokenizer: boolean;
  readonly math: ExactMath;
  /**
   * Negative log-likelihood in nats of every byte but the first of each text, windows of the
   * context with one token of overlap, fresh context per window. A token of several bytes has all
   * of its nats at its last byte and +0 at the others, so sums over whole tokens are right.
   */
  scoreBytes(texts: readonly Uint8Array[], options?: RunOptions): Promise<Float32Array[]>;
  /** Continues each prompt by at most `maxBytes` bytes. */
  generate(
    prompts: readonly Uint8Array[],
    options: Omit<GenerateOptions, "maxTokens" | "stop"> & {
      maxBytes: number;
      /** Called with a row's bytes so far, at every new token; true ends that row. */
      stop?: (row: number, bytes: readonly number[]) => boolean;
      /** Called with each row's new bytes, after `onToken` of the same token. */
      onBytes?: (row: number, bytes: Uint8Array) => void;
    },
  ): Promise<Uint8Array[]>;
}

export interface RunOptions {
  /** Fraction done, 0..1. */
  onProgress?: (fraction: number) => void;
  signal?: AbortSignal;
}

/** One example of a benchmark, kept and shown. */
export interface ExampleResult {
  index: number;
  prompt: string;
  /** Empty for likelihood benchmarks. */
  expected: string;
  output: string;
  /** 1 or 0 for exact match; mean nats per byte for likelihood benchmarks. */
  value: number;
  /**
   * Bytes or trials behind `value`: Σ value · weight / Σ weight is the score, or its logarithm for
   * likelihoods. 0 for an example that is shown beside the score.
   */
  weight: number;
  /** Why it came out so, or a remark; shown beside the example. */
  note?: string;
}

export const UNITS = ["perplexity per byte", "%"] as const;
export type Unit = typeof UNITS[number];

/** A figure beside the score: kept and shown, never ranked. */
export interface SecondaryFigure {
  name: string;
  value: number;
  /** 95 % interval, [low, high]. */
  interval: [number, number];
  unit: Unit;
}

export interface BenchmarkResult {
  score: number;
  /** 95 % interval, [low, high], in the unit of the score. */
  interval: [number, number];
  examples: ExampleResult[];
  secondary?: SecondaryFigure[];
}

/** The trials of a generated task, drawn anew from a seed that only the server knows for a while. */
export interface SealedTwin {
  /** Distributed as the public trials, none of them among those. `seed` has 32 bytes. */
  trials(seed: Uint8Array): readonly Trial[];
  /** As the benchmark's own `run`; examples have the value 1 or 0. */
  run(
    model: BenchmarkModel,
    trials: readonly Trial[],
    options: RunOptions,
  ): Promise<BenchmarkResult>;
}

export interface Benchmark {
  /** Stable, kebab-case: part of URLs and of score keys. */
  id: string;
  /** Goes up whenever any score can change. */
  version: number;
  /** Only ranked versions have a tab; the others are kept for comparison. */
  ranked: boolean;
  name: string;
  description: string;
  lowerIsBetter: boolean;
  unit: Unit;
  /** Seconds for a model of a million parameters in a tab, for the first ETA. */
  approxSeconds: number;
  browserTrainable: boolean;
  /** Path below data/ of the file `run` is given, or null when the trials are generated. */
  dataFile: string | null;
  /** SHA-256 of the data file, or of the generated trials. */
  dataDigest: string;
  /**
   * What no training corpus may hold, for the contamination scan: in the same order whenever the
   * data is the same. Without it corpora are not searched for this benchmark.
   */
  evaluationTexts?(data: Uint8Array | null): readonly EvaluationText[];
  /** Of a generated task (docs/sealed-twins.md): shows who has learned its public trials by heart. */
  twin?: SealedTwin;
  /** What the muted rows of its board are made of; without it there are none. */
  baselines?: {
    /** Score of guessing without looking. */
    chance: number;
    /** Byte n-grams are counted in a registered corpus or in a generator's examples. */
    text: { corpus: string } | { generator: string; params: GeneratorParams };
  };
  /** Why the model cannot be scored, or null when it can. */
  incompatibility(model: BenchmarkModel): string | null;
  run(
    model: BenchmarkModel,
    data: Uint8Array | null,
    options: RunOptions,
  ): Promise<BenchmarkResult>;
}
