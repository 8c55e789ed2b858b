// What the page or the command line that asks a judge and the server that keeps its scores say to
// each other. No key is part of it.

import { z } from "zod";
import { PROTOCOLS } from "./endpoint.ts";
import type { CriterionGate } from "./gate.ts";
import type { JudgeOutcome, JudgeTask } from "./run.ts";

/** Characters of an answer that could not be read. */
export const MOST_TEXT = 2_000;
const MOST_REASON = 1_000;

export const beginSchema = z.strictObject({
  templateId: z.string(),
  protocol: z.enum(PROTOCOLS, `one of ${PROTOCOLS.join(", ")}`),
  model: z.string().trim().min(1, "the name of a model").max(200),
});
export type BeginDraft = z.infer<typeof beginSchema>;

/** A run that goes on: what is left to ask, and with what. */
export interface BegunRun {
  id: string;
  template: string;
  levels: number[];
  /** What this judge has not scored yet. */
  tasks: JudgeTask[];
  /** Questions that are answered already. */
  done: number;
  gate: CriterionGate[];
}

const usage = z.strictObject({
  inputTokens: z.int().min(0).max(1e9),
  outputTokens: z.int().min(0).max(1e9),
});

const answered = {
  /** Random, made by the sender: the same outcome sent twice is kept once. */
  key: z.string().regex(/^[\w-]{8,56}$/, "8 to 56 letters, digits, hyphens or underscores"),
  itemId: z.string(),
  category: z.string().max(60),
  usage,
  tries: z.int().min(1).max(100),
  cost: z.number().min(0).max(1e6).nullable(),
};

export const outcomeSchema = z.discriminatedUnion("status", [
  z.strictObject({
    ...answered,
    status: z.literal("scored"),
    verdicts: z.array(z.strictObject({
      label: z.string().max(4),
      score: z.number(),
      explanation: z.string().max(4000),
    })).min(1).max(26),
  }),
  z.strictObject({
    ...answered,
    status: z.enum(["unreadable", "failed"]),
    reason: z.string().max(MOST_REASON),
    /** What the judge wrote, its beginning. */
    text: z.string().max(MOST_TEXT),
  }),
]);
export type OutcomeDraft = z.infer<typeof outcomeSchema>;

export const outcomesSchema = z.strictObject({ outcomes: z.array(outcomeSchema).min(1).max(100) });

/** A question that has no score yet. */
export interface JudgeFailure {
  key: string;
  itemId: string;
  category: string;
  status: "unreadable" | "failed";
  reason: string;
  text: string;
}

/** As it is kept: with what only the server and the owner need. */
export interface RunProgress extends ToldProgress {
  /** The rater who runs it. */
  owner: string;
  protocol: string;
  failures: JudgeFailure[];
}

/** As it is told. */
export interface ToldProgress {
  /** Questions with a score. */
  scored: number;
  /** Questions that went wrong and have no score since. */
  failures: Pick<JudgeFailure, "itemId" | "category" | "status" | "reason">[];
  inputTokens: number;
  outputTokens: number;
  tries: number;
  /** Sum of what the runner told, in the currency of their prices; null when they told none. */
  cost: number | null;
}

/** An outcome as it is sent. @param key random, kept with it until the server has it */
export function outcomeDraft(
  outcome: JudgeOutcome,
  key: string,
  cost: number | null,
): OutcomeDraft {
  const { itemId, category, usage, tries } = outcome;
  const answered = { key, itemId, category, usage, tries, cost };
  if (outcome.status === "scored") {
    return { ...answered, status: "scored", verdicts: outcome.verdicts };
  }
  return {
    ...answered,
    status: outcome.status,
    reason: outcome.reason.slice(0, MOST_REASON),
    text: outcome.text.slice(0, MOST_TEXT),
  };
}
