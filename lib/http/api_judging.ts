// The operations by which judges score sets of the lab, and what they answer.

import { z } from "zod";
import type { CriterionGate } from "../lab/judge/gate.ts";
import { beginSchema, outcomesSchema } from "../lab/judge/protocol.ts";
import type { JudgeRunRow } from "../lab/judge_store.ts";
import { judgeTemplateSchema } from "../lab/schema.ts";
import type { JudgeTemplate } from "../lab/types.ts";
import { json, type Operations } from "./api_operation.ts";

const set = z.string().meta({ description: "Id of the set.", examples: ["c4hn8wfz3rvp"] });
const run = z.string().meta({ description: "Id of the run.", examples: ["t4hn8wcz3rvp"] });

const count = () => z.int().min(0);

const gateSchema = z.array(z.object({
  category: z.string(),
  label: z.string(),
  pairs: count().describe("Blind scores of people beside the judge's."),
  agreed: count().describe("Equal ones."),
  agreement: z.number().nullable(),
  interval: z.tuple([z.number(), z.number()]).nullable().describe("95 %, Wilson."),
  kappa: z.number().nullable().describe("Cohen's, of judge and people; it decides nothing."),
  kappaInterval: z.tuple([z.number(), z.number()]).nullable()
    .describe("95 %, bootstrap over completions."),
  verdict: z.enum(["passed", "passed, barely", "failed", "too few"]),
})).meta({ id: "JudgeGate", description: "By criterion; 90 % of at least 30 is asked for." });

const progressSchema = z.object({
  scored: count().describe("Questions with a score."),
  failures: z.array(z.object({
    itemId: z.string(),
    category: z.string(),
    status: z.enum(["unreadable", "failed"]),
    reason: z.string(),
  })).describe("Questions without one; the next run asks them again."),
  inputTokens: count(),
  outputTokens: count(),
  tries: count(),
  cost: z.number().nullable().describe("In the currency of the prices that were given."),
}).meta({ id: "JudgeProgress" });

const judgeRunSchema = z.object({
  id: z.string(),
  set: z.string(),
  judge: z.object({
    id: z.string(),
    name: z.string(),
    madeBy: z.literal("judge").describe("Every figure of it is a machine's."),
    protocol: z.string(),
    model: z.string(),
    template: z.string(),
  }),
  progress: progressSchema,
  gate: gateSchema,
}).meta({ id: "JudgeRun" });

const begunSchema = z.object({
  id: z.string(),
  template: z.string(),
  levels: z.array(z.number()),
  tasks: z.array(z.object({
    itemId: z.string(),
    category: z.string(),
    criteria: z.array(z.object({ label: z.string(), text: z.string() })),
    prompt: z.string(),
    completion: z.string(),
  })).describe("What is left to ask."),
  done: count(),
  gate: gateSchema,
});

const templateSchema = z.object({
  id: z.string(),
  slug: z.string(),
  version: z.int().min(1),
  name: z.string(),
  text: z.string(),
  source: z.string(),
  createdAt: z.iso.datetime(),
}).meta({ id: "JudgeTemplate" });

/** A run as the API tells it. */
export function judgeRunView(
  { id, setId, judge, templateId, progress }: JudgeRunRow,
  gate: readonly CriterionGate[],
): z.input<typeof judgeRunSchema> {
  const { provider, model } = judge.judge!;
  const { scored, inputTokens, outputTokens, tries, cost } = progress;
  return {
    id,
    set: setId,
    judge: {
      ...{ id: judge.id, name: judge.name, madeBy: "judge", protocol: provider, model },
      template: templateId,
    },
    progress: {
      ...{ scored, inputTokens, outputTokens, tries, cost },
      failures: progress.failures.map(({ itemId, category, status, reason }) => ({
        ...{ itemId, category, status, reason },
      })),
    },
    gate: [...gate],
  };
}

export function templateView(template: JudgeTemplate): z.input<typeof templateSchema> {
  const { id, slug, version, name, text, source, createdAt } = template;
  return { id, slug, version, name, text, source, createdAt: createdAt.toISOString() };
}

export const JUDGING_OPERATIONS: Operations = {
  "/api/v1/lab/templates": {
    get: {
      tag: "Lab",
      summary: "Templates of what judges are asked, all versions",
      answer: json(z.object({ templates: z.array(templateSchema) })),
    },
    post: {
      tag: "Lab",
      summary: "Keep a template, as the next version of its slug",
      json: judgeTemplateSchema,
      status: 201,
      answer: json(templateSchema),
    },
  },
  "/api/v1/lab/sets/{id}/judge-runs": {
    post: {
      tag: "Lab",
      summary: "Begin a judge's run over a set, or go on with it: what is left to ask",
      description:
        "A judge is asked what people have scored blind; of other completions only the " +
        "criteria on which it has passed the gate. The caller asks the judge: no key comes here.",
      path: { id: set },
      json: beginSchema,
      answer: json(begunSchema),
    },
  },
  "/api/v1/lab/judge-runs/{id}": {
    get: {
      tag: "Lab",
      summary: "A judge's run: how far, what it cost, what failed, and the gate",
      path: { id: run },
      answer: json(judgeRunSchema),
    },
  },
  "/api/v1/lab/judge-runs/{id}/outcomes": {
    post: {
      tag: "Lab",
      summary: "What a judge said",
      description: "Each bears a key that its sender made: sent again, it changes nothing.",
      path: { id: run },
      json: outcomesSchema,
      answer: json(progressSchema),
    },
  },
};
