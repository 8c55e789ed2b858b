// Runs benchmarks on one model. The same call in server jobs, the tab and the CLI.

import { IntegrityError } from "../errors.ts";
import { sha256Hex } from "../hash.ts";
import type { Benchmark, BenchmarkModel, BenchmarkResult } from "./benchmark.ts";

/** How one benchmark ended for one model: a result, or the reason why there is none. */
export interface BenchmarkOutcome {
  benchmark: string;
  version: number;
  dataDigest: string;
  result: BenchmarkResult | null;
  incompatibleReason: string | null;
  wallMs: number;
}

export interface RunProgress {
  benchmark: Benchmark;
  /** Fraction of this benchmark done, 0..1. */
  fraction: number;
  /** Fraction of all of them, weighed by `approxSeconds`, 0..1. */
  overall: number;
}

export interface RunBenchmarksOptions {
  /** A monotonic clock in milliseconds. */
  nowMs: () => number;
  onProgress?: (progress: RunProgress) => void;
  signal?: AbortSignal;
}

/**
 * Runs the benchmarks in order. `loadData` reads a path below data/.
 *
 * @throws {IntegrityError} when a data file is not the registered one.
 */
export async function runBenchmarks(
  model: BenchmarkModel,
  benchmarks: readonly Benchmark[],
  loadData: (file: string) => Promise<Uint8Array>,
  { nowMs, onProgress, signal }: RunBenchmarksOptions,
): Promise<BenchmarkOutcome[]> {
  const total = benchmarks.reduce((sum, { approxSeconds }) => sum + approxSeconds, 0);
  const outcomes: BenchmarkOutcome[] = [];
  let before = 0;
  for (const benchmark of benchmarks) {
    const report = (fraction: number) => {
      const overall = (before + fraction * benchmark.approxSeconds) / total;
      onProgress?.({ benchmark, fraction, overall });
    };
    const startMs = nowMs();
    signal?.throwIfAborted();
    report(0);
    const ended = await runOne(model, benchmark, loadData, { onProgress: report, signal });
    const { id, version, dataDigest } = benchmark;
    outcomes.push({ benchmark: id, version, dataDigest, ...ended, wallMs: nowMs() - startMs });
    report(1);
    before += benchmark.approxSeconds;
  }
  return outcomes;
}

async function runOne(
  model: BenchmarkModel,
  benchmark: Benchmark,
  loadData: (file: string) => Promise<Uint8Array>,
  options: { onProgress: (fraction: number) => void; signal?: AbortSignal },
): Promise<Pick<BenchmarkOutcome, "result" | "incompatibleReason">> {
  const incompatibleReason = benchmark.incompatibility(model);
  if (incompatibleReason !== null) return { result: null, incompatibleReason };
  const data = await readBenchmarkData(benchmark, loadData);
  const result = await benchmark.run(model, data, options);
  options.signal?.throwIfAborted();
  const figures = [result, ...result.secondary ?? []];
  const finite = figures.every(({ interval }) => interval.every(Number.isFinite)) &&
    Number.isFinite(result.score);
  return finite
    ? { result, incompatibleReason: null }
    : { result: null, incompatibleReason: "The model's score is not a finite number." };
}

/** The data `run` is given. @throws {IntegrityError} when the file is not the registered one. */
export async function readBenchmarkData(
  { id, dataFile, dataDigest }: Benchmark,
  loadData: (file: string) => Promise<Uint8Array>,
): Promise<Uint8Array | null> {
  if (dataFile === null) return null;
  const data = await loadData(dataFile);
  const digest = await sha256Hex(data);
  if (digest === dataDigest) return data;
  throw new IntegrityError(`The data of ${id} is not the file it should be`, {
    expected: `SHA-256 ${dataDigest}`,
    got: `SHA-256 ${digest}`,
    fix: `Restore data/${dataFile}.`,
  });
}
