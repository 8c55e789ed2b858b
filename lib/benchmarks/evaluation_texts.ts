// What corpora are searched for: the texts of every benchmark that tells them.

import type { ScanTarget } from "../corpora/contamination/report.ts";
import type { Benchmark } from "./benchmark.ts";
import { readBenchmarkData } from "./run.ts";

/**
 * One target for each benchmark with evaluation texts, in the order given. `loadData` reads a path
 * below data/.
 *
 * @throws {IntegrityError} when a data file is not the registered one.
 */
export async function scanTargets(
  benchmarks: readonly Benchmark[],
  loadData: (file: string) => Promise<Uint8Array>,
): Promise<ScanTarget[]> {
  const targets: ScanTarget[] = [];
  for (const benchmark of benchmarks) {
    const { id, version, dataDigest } = benchmark;
    const texts = benchmark.evaluationTexts?.(await readBenchmarkData(benchmark, loadData));
    if (texts) targets.push({ benchmark: id, version, dataDigest, texts });
  }
  return targets;
}
