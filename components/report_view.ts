// What pages read out of a report's statement. The statement is ours, yet older than this code.

import type { Report } from "../lib/storage/schema.ts";
import type { VerificationResult } from "../lib/verification/types.ts";

/** The predicate of the statement, or an empty object. */
export function predicateOf(report: Pick<Report, "statement">): Partial<VerificationResult> {
  return Object(Object(report.statement).predicate);
}

/** Checkpoints the replay compared, or null when it compared none. */
export function leavesCompared(report: Pick<Report, "statement">): number | null {
  const count = predicateOf(report).leavesCompared;
  return typeof count === "number" && count > 0 ? count : null;
}
