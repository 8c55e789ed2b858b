// The operations by which completions become sets of the lab.

import { z } from "zod";
import { completionsSchema } from "../lab/generate/completions.ts";
import { json, type Operations } from "./api_operation.ts";

const promptSetsSchema = z.object({
  promptSets: z.array(z.object({
    id: z.string(),
    name: z.string(),
    source: z.string(),
    prompts: z.array(z.object({ id: z.string(), category: z.string(), text: z.string() })),
  })).describe("Newest first."),
  rubrics: z.array(z.object({
    id: z.string(),
    slug: z.string(),
    version: z.int().min(1),
    name: z.string(),
  })).describe("The newest version of each."),
});

export const GENERATED_OPERATIONS: Operations = {
  "/api/v1/lab/prompt-sets": {
    get: {
      tag: "Lab",
      summary: "Prompts that models may complete, and rubrics to score by",
      answer: json(promptSetsSchema),
    },
  },
  "/api/v1/lab/generated": {
    post: {
      tag: "Lab",
      summary: "Completions of one model: a set to score, or a further model of one",
      json: completionsSchema,
      status: 201,
      answer: json(z.object({
        id: z.string(),
        name: z.string(),
        models: z.array(z.string()),
        url: z.string().describe("Path on this server of its page."),
      })),
    },
  },
};
