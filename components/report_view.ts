// Reads a report's statement back into the result pages show. A statement may be older than this code.

import type { Report } from "../lib/storage/provenance_schema.ts";
import type { Statement } from "../lib/verification/report.ts";
import type { SampleShare } from "../lib/verification/sample_store.ts";
import type { SampleScope } from "../lib/verification/spot_check.ts";
import type {
  ScoreComparison,
  Segment,
  Verdict,
  VerificationResult,
} from "../lib/verification/types.ts";

type Stored = Pick<
  Report,
  "statement" | "verdict" | "recipe_hash" | "first_divergent_step"
>;

/** The verification a report was written for. Fields its statement lacks are empty. */
export function resultOf(report: Stored): VerificationResult {
  const predicate = predicateOf(report);
  return {
    verdict: report.verdict as Verdict,
    recipeHash: report.recipe_hash,
    engineDigest: predicate.engineDigest ?? "",
    firstDivergentStep: report.first_divergent_step,
    reasons: predicate.reasons ?? [],
    leavesCompared: predicate.scope?.leavesCompared ?? 0,
    claimedHead: predicate.claim?.head ?? null,
    recomputedHead: predicate.recomputed?.head ?? null,
    weightDifference: predicate.weightDifference ?? null,
    leafDifference: predicate.leafDifference,
    losses: predicate.losses ?? [],
    segment: segmentOf(predicate),
    trainedDigest: predicate.trainedDigest ?? null,
    scores: comparisons(predicate),
    verifiers: predicate.verifiers ?? [],
    cost: predicate.cost ?? { flops: 0, wallMs: 0 },
  };
}

/** Checkpoints the replay compared, or null when it compared none. */
export function leavesCompared(report: Pick<Report, "statement">): number | null {
  return predicateOf(report).scope?.leavesCompared || null;
}

/** In how many parts the run was replayed beside each other; null for one. */
export function partsReplayed(report: Pick<Report, "statement">): number | null {
  return predicateOf(report).scope?.parts ?? null;
}

/** What a spot check drew; null for any other report. */
export function sampleOf(report: Pick<Report, "statement">): SampleScope | null {
  const { kind, nonce, segments, drawn } = predicateOf(report).scope ?? {};
  return kind === "sample" && nonce && segments && drawn ? { nonce, segments, drawn } : null;
}

/** How much of the run that was; null for any other report. */
export function shareOf(report: Pick<Report, "statement">): SampleShare | null {
  const sample = sampleOf(report);
  return sample && { count: sample.drawn.length, of: sample.segments };
}

/** Digest of the engine that the recipe named, or null without a recipe that could be read. */
export function declaredEngine(report: Pick<Report, "statement">): string | null {
  return predicateOf(report).declaredEngineDigest ?? null;
}

function predicateOf({ statement }: Pick<Report, "statement">): Partial<Statement["predicate"]> {
  return Object(Object(statement).predicate);
}

function segmentOf({ scope }: Partial<Statement["predicate"]>): Segment | null {
  return scope?.from === undefined || scope.to === undefined
    ? null
    : { from: scope.from, to: scope.to };
}

function comparisons(predicate: Partial<Statement["predicate"]>): ScoreComparison[] {
  const recomputed = predicate.recomputed?.scores ?? [];
  return (predicate.claim?.scores ?? []).flatMap(({ benchmark, version, value }) => {
    const other = recomputed.find((score) =>
      score.benchmark === benchmark && score.version === version
    );
    if (other === undefined) return [];
    const equal = Object.is(value, other.value);
    return [{ benchmark, version, claimed: value, recomputed: other.value, equal }];
  });
}
