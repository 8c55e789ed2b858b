// Was it luck? The scores of a recipe trained from seeds that nobody chose, beside the claimed one.
// Knows no SQL and trains nothing.

import { findBenchmark } from "../benchmarks/registry.ts";
import { concatBytes, fromHex, uint32le, utf8 } from "../bytes.ts";
import { sha256 } from "../hash.ts";
import type { SeedJobResult } from "./result_schema.ts";

/** Trainings of one audit. The test below is for this number. */
export const AUDIT_SEEDS = 3;
export const SEED_AUDIT_TYPE = "https://tinyproof.example/fresh-seeds/v1";

/** One benchmark of an audit. */
export interface AuditedScore {
  benchmark: string;
  version: number;
  claimed: number;
  /** Of the fresh seeds, in their order; those of runs that diverged are missing. */
  scores: number[];
  mean: number;
  /** Standard deviation of the fresh scores (n − 1). */
  spread: number;
  /**
   * How often one more fresh seed would score as well as the claim or better, if all of them are of
   * one normal distribution; null where they do not differ at all or a run is missing.
   */
  p: number | null;
}

/**
 * Seed i is the first 53 bits, as a big-endian number, of
 * SHA-256("fresh-seeds/v1" | nonce, 32 bytes | recipe hash, 32 bytes | i u32).
 */
export async function freshSeeds(nonce: string, recipeHash: string): Promise<number[]> {
  const seeds: number[] = [];
  for (let i = 0; i < AUDIT_SEEDS; i++) {
    const parts = [utf8("fresh-seeds/v1"), fromHex(nonce), fromHex(recipeHash), uint32le(i)];
    const digest = await sha256(concatBytes(parts));
    seeds.push(Number(new DataView(digest.buffer).getBigUint64(0) >> 11n));
  }
  return seeds;
}

/** What the runs say together, for each benchmark whose direction is known. */
export function auditedScores(runs: readonly SeedJobResult[]): AuditedScore[] {
  const whole = runs.filter(({ divergedAt }) => divergedAt === null);
  return (whole[0]?.scores ?? []).flatMap(({ benchmark, version, claimed }) => {
    const known = findBenchmark(benchmark, version);
    if (known === undefined) return [];
    const scores = whole.flatMap((run) =>
      run.scores.find((score) => score.benchmark === benchmark && score.version === version)
        ?.recomputed ?? []
    );
    const { mean, spread } = meanAndSpread(scores);
    const ahead = known.lowerIsBetter ? mean - claimed : claimed - mean;
    const p = scores.length === AUDIT_SEEDS ? oneSided(ahead, spread) : null;
    return [{ benchmark, version, claimed, scores, mean, spread, p }];
  });
}

function meanAndSpread(values: readonly number[]): { mean: number; spread: number } {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, spread: n > 1 ? Math.sqrt(squares / (n - 1)) : 0 };
}

/**
 * The chance of a value that is ahead of the mean of three by as much or more: the prediction of one
 * more observation, t = ahead / (spread · √(1 + 1/3)), by Student's distribution of two degrees of
 * freedom, whose tail is 1/2 − t / (2·√(2 + t²)).
 */
function oneSided(ahead: number, spread: number): number | null {
  if (spread === 0) return null;
  const t = ahead / (spread * Math.sqrt(1 + 1 / AUDIT_SEEDS));
  return 0.5 - t / (2 * Math.sqrt(2 + t * t));
}

/** One sentence for people. */
export function describeAudit({ benchmark, version, ...score }: AuditedScore): string {
  const { claimed, mean, scores, p } = score;
  const lower = findBenchmark(benchmark, version)?.lowerIsBetter ?? false;
  const word = claimed === mean ? "equal to" : (claimed < mean) === lower ? "better than" : "below";
  if (scores.length < AUDIT_SEEDS) {
    const missing = AUDIT_SEEDS - scores.length;
    return `${missing} of ${AUDIT_SEEDS} fresh seeds did not come to an end, so there is no test.`;
  }
  if (p === null) {
    return claimed === mean
      ? "Every fresh seed scores the very same: its seed was nothing special."
      : `Every fresh seed scores the same, and the claim is ${word} it.`;
  }
  const many = p < 0.01 ? "Fewer than 1" : `About ${Math.round(100 * p)}`;
  const end = p < 0.05 ? "part of it may be luck" : "no sign of luck";
  return `${many} of 100 seeds would score as well or better: ${end}.`;
}

/** What is signed about an audit. Holds facts only: equal inputs give equal bytes. */
export function seedAuditStatement(
  { modelDigest, recipeHash, nonce, runs }: {
    modelDigest: string;
    recipeHash: string;
    nonce: string;
    runs: readonly SeedJobResult[];
  },
) {
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: "model", digest: { sha256: modelDigest } }],
    predicateType: SEED_AUDIT_TYPE,
    predicate: {
      ...{ recipeHash, nonce },
      runs: runs.map(({ seed, divergedAt, trainedDigest, finalLoss, verifier, cost, ...run }) => ({
        ...{ seed, divergedAt, trainedDigest, finalLoss, engineDigest: run.engineDigest },
        ...{ verifier, cost },
      })),
      scores: auditedScores(runs),
      startedAt: runs.map(({ startedAt }) => startedAt).sort()[0],
      finishedAt: runs.map(({ finishedAt }) => finishedAt).sort().at(-1)!,
    },
  };
}

export type SeedAuditStatement = ReturnType<typeof seedAuditStatement>;
