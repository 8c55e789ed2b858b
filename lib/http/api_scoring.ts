// The operations by which raters score sets of the lab.

import { z } from "zod";
import { eventsSchema } from "../lab/take_store.ts";
import { criterionSchema } from "../lab/schema.ts";
import { json, type Operations } from "./api_operation.ts";
import { scoringQuery } from "./scoring_query.ts";

const set = z.string().meta({ description: "Id of the set.", examples: ["c4hn8wfz3rvp"] });

const round = z.int().min(0).describe("0 is the first time, 1 the repeat.");

const scoringSchema = z.object({
  set: z.object({ id: z.string(), name: z.string() }),
  rater: z.object({ id: z.string(), name: z.string() }).nullable()
    .describe("Who is asking; null before their first score."),
  levels: z.array(z.number()).describe("Scores that may be given, ascending."),
  criteria: z.array(criterionSchema.loose()),
  items: z.record(z.string(), z.object({ prompt: z.string(), completion: z.string() }))
    .describe("By id. Whose they are is not told."),
  tasks: z.array(z.object({
    itemId: z.string(),
    criteria: z.array(z.string()),
    round,
  })).describe("In the rater's own order."),
  cells: z.array(z.object({
    itemId: z.string(),
    criterion: z.string(),
    round,
    value: z.number(),
    note: z.string().nullable(),
  })).describe("What the rater gave before."),
}).meta({ id: "ScoringTasks" });

export const SCORING_OPERATIONS: Operations = {
  "/api/v1/lab/sets/{id}/tasks": {
    get: {
      tag: "Lab",
      summary: "What there is to score in a set, in the caller's order, and what they gave",
      description: "The rater is the account of a session or an API key, or the guest of a cookie.",
      path: { id: set },
      query: scoringQuery,
      answer: json(scoringSchema),
    },
  },
  "/api/v1/lab/sets/{id}/answers": {
    post: {
      tag: "Lab",
      summary: "Scores of a rater",
      description: "The last score of an item, criterion and round counts; null takes it back. " +
        "Each bears a key that its sender made: sent again, it is not added again.",
      path: { id: set },
      json: eventsSchema,
      answer: json(z.object({ added: z.int().min(0).describe("How many were new.") })),
    },
  },
};
