// What a replay in a tab says, and of how much of the run. Part of every model's page: imports nothing.

import type { Segment, VerificationResult } from "./types.ts";

/** The predicate type of the statement that a visitor signs. */
export const CONFIRMATION_TYPE = "https://tinyproof.example/confirmation/v1";

/** What a visitor's replay may end with to say something about an entry. */
export const CONFIRMED_VERDICTS = ["exact", "mismatch"] as const;

/** How much of the run was replayed: all of it, or from the state of one leaf to that of another. */
export type ConfirmedScope = { kind: "full" } | { kind: "segment" } & Segment;

/** The segment that a statement is about; null for the whole run. */
export function segmentOfScope(scope: ConfirmedScope | undefined): Segment | null {
  // Statements from before segments could be replayed have none.
  return scope?.kind === "segment" ? { from: scope.from, to: scope.to } : null;
}

/**
 * What a replay in a tab says of what it looked at, whole run or segment; null when it says nothing
 * of it. A segment that ends before the run does is `sampled` where all of it agrees.
 */
export function confirmedVerdict(
  { verdict, segment }: Pick<VerificationResult, "verdict" | "segment">,
): typeof CONFIRMED_VERDICTS[number] | null {
  if (verdict === "sampled" && segment !== null) return "exact";
  return verdict === "exact" || verdict === "mismatch" ? verdict : null;
}
