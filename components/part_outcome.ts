// What the replay of a part of a run says, in words. Loaded when there is an outcome.

import type { PublicSegment } from "../lib/verification/public_segments.ts";
import { describeVerdict } from "../lib/verification/report.ts";
import type { VerificationResult } from "../lib/verification/types.ts";
import { formatInteger } from "./format.ts";
import { stepsOf } from "./segment_words.ts";

type Part = Pick<PublicSegment, "fromStep" | "toStep" | "state">;

/** What the replay of a part says, and of what it says nothing. Without markup. */
export function describePart(
  result: VerificationResult,
  { fromStep, toStep, state }: Part,
  steps: number,
): string {
  const { verdict, leavesCompared, scores, reasons, firstDivergentStep } = result;
  const start = state === null
    ? "from the seed"
    : `from the state of step ${formatInteger(fromStep)} that this board has kept and whose hash ` +
      "is the one in the file";
  const what = `Of ${formatInteger(steps)} steps, ${stepsOf({ fromStep, toStep }).slice(6)} were ` +
    `trained again, ${start}`;
  const rest = `The other ${formatInteger(steps - (toStep - fromStep))} steps were not checked.`;
  if (verdict === "mismatch") {
    return `${what}. The first difference stands at step ${firstDivergentStep}: ` +
      `${reasons.join(" ")} ${rest}`;
  }
  if (verdict !== "sampled" && verdict !== "exact") return describeVerdict(result);
  const end = verdict === "sampled"
    ? ""
    : `, the weights at the end${scores.length > 0 ? ` and ${scores.length} scores` : ""}`;
  return `${what}: all ${leavesCompared} checkpoints in them${end} are equal to the last bit. ` +
    `${rest}${reasons.length > 0 ? ` ${reasons.join(" ")}` : ""}`;
}
