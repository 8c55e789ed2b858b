// A part of a run in words. Part of every model's page.

import type { PublicSegment } from "../lib/verification/public_segments.ts";
import { formatInteger } from "./format.ts";

/** "steps 201–400". */
export function stepsOf({ fromStep, toStep }: Pick<PublicSegment, "fromStep" | "toStep">): string {
  return `steps ${formatInteger(fromStep + 1)}–${formatInteger(toStep)}`;
}
