// What the server needs to know of jobs: their files, their limits, and how often it looks.

import type { Benchmark } from "../benchmarks/benchmark.ts";
import { BENCHMARKS } from "../benchmarks/registry.ts";
import { CORPORA } from "../corpora/registry.ts";
import { log } from "../operating/log.ts";
import type { JobKind } from "../storage/job_schema.ts";

export interface JobSettings {
  enginePath: string;
  /** The repository's data/. */
  dataRoot: string;
  /** Paths below `dataRoot` that a job of each kind is given. */
  dataFiles: Record<JobKind, readonly string[]>;
  timeoutMs: Record<JobKind, number>;
  /** Longest silence of a worker; a cancelled process ends within it. */
  heartbeatMs: number;
  /** Time beyond its limit after which a job is taken from a worker that does not end it. */
  graceMs: number;
  /** How often to look for jobs that nobody announced: those that are due again. */
  pollMs: number;
  onError: (error: unknown) => void;
}

const HOUR_MS = 3600_000;
const benchmarkFiles = BENCHMARKS.flatMap(({ dataFile }: Benchmark) => dataFile ?? []);

export function jobSettings(changes: Partial<JobSettings> = {}): JobSettings {
  return {
    enginePath: new URL("../../static/engine.wasm", import.meta.url).pathname,
    dataRoot: new URL("../../data", import.meta.url).pathname,
    dataFiles: {
      score: benchmarkFiles,
      generate: [],
      verify: [...benchmarkFiles, ...CORPORA.map((corpus) => corpus.file)],
    },
    timeoutMs: { score: HOUR_MS, generate: 2 * HOUR_MS, verify: 8 * HOUR_MS },
    heartbeatMs: 2000,
    graceMs: 60_000,
    pollMs: 1000,
    onError: (error) => log.error("A job could not be handed over or settled", { error }),
    ...changes,
  };
}
