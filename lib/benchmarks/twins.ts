// Sealed twins: the trials of a generated task drawn anew from a secret seed. Knows no server.

import { fromHex, utf8 } from "../bytes.ts";
import { SEED_BYTES } from "../corpora/seed_random.ts";
import { ValidationError } from "../errors.ts";
import { sha256Hex } from "../hash.ts";
import type { Benchmark, BenchmarkModel, RunOptions } from "./benchmark.ts";
import type { Proportion } from "./gap.ts";

/** How a model did on the sealed trials of one benchmark. No trial is in it. */
export interface TwinOutcome extends Proportion {
  benchmark: string;
  version: number;
}

/** Published before a seed is used: SHA-256("twin-seed/v1" | seed), hexadecimal. */
export function twinCommitment(seed: Uint8Array): Promise<string> {
  return sha256Hex(utf8("twin-seed/v1"), seed);
}

/** @throws {ValidationError} when `hex` is no seed. */
export function parseTwinSeed(hex: string): Uint8Array {
  if (new RegExp(`^[0-9a-f]{${2 * SEED_BYTES}}$`).test(hex)) return fromHex(hex);
  throw new ValidationError("This is not the seed of a sealed twin", {
    expected: `${2 * SEED_BYTES} hexadecimal digits, as the page /twins shows after the quarter`,
    got: `${hex.length} characters`,
    fix: "Copy the whole seed.",
  });
}

/** Scores the model on the twin of every benchmark that has one and that it can take. */
export async function runTwins(
  model: BenchmarkModel,
  benchmarks: readonly Benchmark[],
  seed: Uint8Array,
  { onProgress, signal }: RunOptions = {},
): Promise<TwinOutcome[]> {
  const having = benchmarks.filter(({ twin }) => twin !== undefined);
  const outcomes: TwinOutcome[] = [];
  for (const [i, { id, version, twin, incompatibility }] of having.entries()) {
    signal?.throwIfAborted();
    if (twin === undefined || incompatibility(model) !== null) continue;
    const { examples } = await twin.run(model, twin.trials(seed), { signal });
    const correct = examples.filter(({ value }) => value === 1).length;
    outcomes.push({ benchmark: id, version, correct, trials: examples.length });
    onProgress?.((i + 1) / having.length);
  }
  return outcomes;
}
