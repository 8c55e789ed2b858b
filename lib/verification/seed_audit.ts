// Was it luck? The scores of a recipe trained from seeds that nobody chose, beside the claimed one.
// Knows no SQL and trains nothing.

import { findBenchmark } from "../benchmarks/registry.ts";
import { concatBytes, fromHex, uint32le, utf8 } from "../bytes.ts";
import { sha256 } from "../hash.ts";
import type { SeedJobResult } from "./result_schema.ts";
import type { Ticket, TicketCount } from "./ticket.ts";

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
  /**
   * How often the best of as many seeds as the author took tickets would; null without p, and for a
   * free seed, of which nobody knows how many were tried. Missing in audits from before it was said.
   */
  pOfBest?: number | null;
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

/**
 * What the runs say together, for each benchmark whose direction is known. `tickets` the author took
 * for the recipe, or null for a free seed.
 */
export function auditedScores(
  runs: readonly SeedJobResult[],
  tickets: number | null,
): AuditedScore[] {
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
    const pOfBest = p === null || tickets === null ? null : bestOf(tickets, p);
    return [{ benchmark, version, claimed, scores, mean, spread, p, pOfBest }];
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

/**
 * The chance that the best of `tries` seeds reaches what one reaches with chance p, 1 − (1 − p)^tries:
 * as a sum of positive terms, which keeps the digits of a small p and is the same everywhere.
 */
export function bestOf(tries: number, p: number): number {
  let chance = 0;
  for (let i = 0; i < tries; i++) chance += p * (1 - chance);
  return chance;
}

/** Chances below this are called luck. */
const UNUSUAL = 0.05;

/** One sentence for people; `tickets` as for `auditedScores`. */
export function describeAudit(
  { benchmark, version, ...score }: AuditedScore,
  tickets: number | null,
): string {
  const { claimed, mean, scores, p, pOfBest = null } = score;
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
  const chosen = pOfBest !== null && tickets !== null && tickets > 1;
  const best = chosen ? `, and the best of ${tickets} in ${perCent(pOfBest)} of cases` : "";
  const end = p >= UNUSUAL
    ? "no sign of luck"
    : chosen && pOfBest >= UNUSUAL
    ? `it took ${tickets} tickets, and the choice among them explains it`
    : "part of it may be luck";
  return `${many} of 100 seeds would score as well or better${best}: ${end}.`;
}

function perCent(p: number): string {
  return p < 0.01 ? "fewer than 1 %" : `${Math.round(100 * p)} %`;
}

/** What is signed about an audit. Holds facts only: equal inputs give equal bytes. */
export function seedAuditStatement(
  { modelDigest, recipeHash, nonce, ticket, runs }: {
    modelDigest: string;
    recipeHash: string;
    nonce: string;
    /** Of the claimed seed, and how many its account took by now; null for a free seed. */
    ticket: (Ticket & TicketCount) | null;
    runs: readonly SeedJobResult[];
  },
) {
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: "model", digest: { sha256: modelDigest } }],
    predicateType: SEED_AUDIT_TYPE as typeof SEED_AUDIT_TYPE,
    predicate: {
      ...{ recipeHash, nonce, ticket },
      runs: runs.map(({ seed, divergedAt, trainedDigest, finalLoss, verifier, cost, ...run }) => ({
        ...{ seed, divergedAt, trainedDigest, finalLoss, engineDigest: run.engineDigest },
        ...{ verifier, cost },
      })),
      scores: auditedScores(runs, ticket?.ofRecipe ?? null),
      startedAt: runs.map(({ startedAt }) => startedAt).sort()[0],
      finishedAt: runs.map(({ finishedAt }) => finishedAt).sort().at(-1)!,
    },
  };
}

export type SeedAuditStatement = ReturnType<typeof seedAuditStatement>;
