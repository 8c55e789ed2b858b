// The addresses of a rater's page and of its tasks: what somebody chose to score, and how.

import { z } from "zod";
import { SCORING_MODES, type ScoringChoice } from "../lab/scoring/plan.ts";

export const scoringQuery = z.object({
  mode: z.enum(SCORING_MODES, `one of ${SCORING_MODES.join(", ")}`).default("isolated")
    .describe("One category after another, each item in its own; or all criteria of each item."),
  category: z.string().max(60).optional().describe("One category alone."),
  repeats: z.coerce.number({ error: "a whole number from 0 to 100" })
    .int("a whole number from 0 to 100").min(0, "a whole number from 0 to 100")
    .max(100, "a whole number from 0 to 100").default(10)
    .describe("Per cent of the items that come a second time, to measure drift."),
});

/** A page also says where one stands. */
export const scoringPageQuery = scoringQuery.extend({
  task: z.coerce.number({ error: "a task, counted from 1" }).int("a task, counted from 1")
    .min(1, "a task, counted from 1").optional(),
  begun: z.literal("1", "1").optional(),
});

export function scoringChoice(
  { mode, category, repeats }: z.infer<typeof scoringQuery>,
): ScoringChoice {
  return { mode, repeats, category: category ?? null };
}

/** As an address has it. */
export function scoringSearch({ mode, category, repeats }: ScoringChoice): string {
  return new URLSearchParams({
    mode,
    ...(category !== null && { category }),
    repeats: String(repeats),
  }).toString();
}
