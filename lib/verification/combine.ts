// Joins two replays of one file by different runtimes or settings into one verdict.

import type { VerificationResult } from "./types.ts";

/** V8 flags of the second replay: its baseline compiler alone, so other machine code throughout. */
export const CONFIRM_V8_FLAGS = ["--liftoff-only"];

/**
 * Both say the same, to the bit → that verdict, with both verifiers named. They recomputed different
 * values → "engine-divergent": our bug, the entry is not penalised. One has no verdict → "error".
 */
export function combineVerifications(
  first: VerificationResult,
  second: VerificationResult,
): VerificationResult {
  const joined = {
    ...first,
    verifiers: [...first.verifiers, ...second.verifiers],
    cost: {
      flops: first.cost.flops + second.cost.flops,
      wallMs: first.cost.wallMs + second.cost.wallMs,
    },
  };
  if (agree(first, second)) {
    return { ...joined, reasons: [...new Set([...first.reasons, ...second.reasons])] };
  }
  if (![first, second].every(({ verdict }) => verdict === "exact" || verdict === "mismatch")) {
    const reasons = ["A second replay could not confirm the first.", ...second.reasons];
    return { ...joined, verdict: "error", firstDivergentStep: null, reasons };
  }
  return {
    ...joined,
    verdict: "engine-divergent",
    firstDivergentStep: null,
    reasons: [
      "Two of our own verifiers recomputed different values.",
      ...describe(first),
      ...describe(second),
    ],
  };
}

function agree(first: VerificationResult, second: VerificationResult): boolean {
  return first.verdict === second.verdict &&
    first.firstDivergentStep === second.firstDivergentStep &&
    first.recomputedHead === second.recomputedHead &&
    Object.is(first.weightDifference?.recomputed, second.weightDifference?.recomputed) &&
    first.scores.length === second.scores.length &&
    first.scores.every(({ recomputed }, i) => Object.is(recomputed, second.scores[i].recomputed));
}

function describe({ verdict, recomputedHead, reasons, verifiers }: VerificationResult): string[] {
  const runtime = verifiers.map((verifier) => verifier.runtime).join(", ");
  return [`${runtime}: ${verdict}, head ${recomputedHead ?? "none"}. ${reasons.join(" ")}`.trim()];
}
