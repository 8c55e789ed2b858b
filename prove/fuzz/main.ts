// `prove fuzz`: hostile model files by the million. Each gives a model or a FormatError.

import { readOrRefusal } from "./judge.ts";
import { mutatedFile } from "./mutations.ts";

export interface FuzzOptions {
  seed: number;
  /** Number of the first file: a failure is repeated with `first` set to it and one case. */
  first: number;
  cases: number;
}

export interface FuzzReport {
  read: number;
  refused: number;
  /** Different first words of the refusals: how many checks were reached. */
  reasons: number;
  failures: { number: number; error: unknown }[];
  slowestMs: number;
  slowestNumber: number;
}

/** Longest time one small file may take, in processor-starved surroundings too. */
const MOST_MS = 5_000;
/** Files between two looks at the memory, and how much it may have grown since the first. */
const LOOK_EVERY = 50_000;
const MOST_GROWTH_BYTES = 256 * 2 ** 20;

/** Reads every file of the range; stops at nothing. */
export function fuzz({ seed, first, cases }: FuzzOptions, onProgress?: (done: number) => void) {
  const report: FuzzReport = {
    read: 0,
    refused: 0,
    reasons: 0,
    failures: [],
    slowestMs: 0,
    slowestNumber: first,
  };
  const reasons = new Set<string>();
  for (let number = first; number < first + cases; number++) {
    const bytes = mutatedFile(seed, number);
    const started = performance.now();
    try {
      const refusal = readOrRefusal(bytes);
      if (refusal === null) report.read++;
      else {
        report.refused++;
        reasons.add(refusal.message.replace(/, got [^]*/, "").replace(/\d+/g, "n").slice(0, 120));
      }
    } catch (error) {
      report.failures.push({ number, error });
    }
    const ms = performance.now() - started;
    if (ms > report.slowestMs) Object.assign(report, { slowestMs: ms, slowestNumber: number });
    if ((number - first + 1) % LOOK_EVERY === 0) onProgress?.(number - first + 1);
  }
  report.reasons = reasons.size;
  return report;
}

/** @returns whether every file was read or refused, in bounded time and memory. */
export function proveFuzz(options: FuzzOptions): boolean {
  let base = 0, growth = 0;
  const report = fuzz(options, (done) => {
    const { rss } = Deno.memoryUsage();
    if (base === 0) base = rss;
    growth = Math.max(growth, rss - base);
    console.log(`${done} files, ${(rss / 2 ** 20).toFixed(0)} MiB`);
  });
  const { read, refused, reasons, failures, slowestMs, slowestNumber } = report;
  console.log(
    `${read} read, ${refused} refused for ${reasons} reasons, ${failures.length} failures; ` +
      `slowest ${slowestMs.toFixed(0)} ms (file ${slowestNumber}); memory grew by at most ` +
      `${(growth / 2 ** 20).toFixed(0)} MiB`,
  );
  for (const { number, error } of failures.slice(0, 20)) {
    console.error(`File ${number} (--seed ${options.seed} --first ${number} --cases 1):`, error);
  }
  return failures.length === 0 && slowestMs <= MOST_MS && growth <= MOST_GROWTH_BYTES;
}
