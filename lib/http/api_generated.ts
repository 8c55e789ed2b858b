// The operations by which completions become sets of the lab.

import { z } from "zod";
import { completionsSchema, searchSchema } from "../lab/generate/completions.ts";
import { orderSchema } from "../lab/generate/order.ts";
import { promptSetSchema } from "../lab/schema.ts";
import { json, type Operations } from "./api_operation.ts";

const promptSet = z.object({
  id: z.string(),
  name: z.string(),
  source: z.string().describe("Where the prompts are from, in words."),
  licence: z.string().describe("Empty where nobody said."),
  prompts: z.array(z.object({ id: z.string(), category: z.string(), text: z.string() })),
});
const promptSetsSchema = z.object({
  promptSets: z.array(promptSet).describe("Newest first."),
  rubrics: z.array(z.object({
    id: z.string(),
    slug: z.string(),
    version: z.int().min(1),
    name: z.string(),
  })).describe("The newest version of each."),
  joinable: z.array(z.object({
    id: z.string(),
    name: z.string(),
    promptSetId: z.string(),
    rubricId: z.string(),
    models: z.array(z.string()).describe("Their names in it."),
  })).describe("Generated sets of the caller, which further models may join. Newest first."),
});

const count = () => z.int().min(0);
const viewSchema = z.object({
  id: z.string(),
  model: z.string().describe("What it is called in the set."),
  entryId: z.string(),
  prompts: z.string().describe("Their name."),
  rubric: z.string(),
  search: searchSchema,
  into: z.string().nullable().describe("The set that it joins."),
  intoName: z.string().nullable().describe("Its name; null where a moderator has hidden it."),
  createdAt: z.iso.datetime(),
  done: count().describe("Completions that are kept: another attempt goes on after them."),
  total: count(),
  active: z.boolean().describe("Its job waits or runs."),
  setId: z.string().nullable().describe("What came of it."),
  job: z.object({
    id: z.string(),
    kind: z.literal("generate"),
    state: z.enum(["queued", "running", "retrying", "done", "failed", "cancelled"]),
    stage: z.string(),
    progress: z.number().min(0).max(1),
    etaMs: z.number().nullable().describe("Expected time until it is done, in ms."),
    attempts: count(),
    jobsAhead: count().nullable(),
    log: z.string(),
    error: z.object({ stage: z.string(), reason: z.string(), fix: z.string() }).nullable(),
  }).nullable().describe("Its newest job."),
}).meta({ id: "LabOrder", description: "A set that the server generates for an account." });

const submitter = { tag: "Lab", needs: "submit" } as const;
const orderPath = { id: z.string().meta({ description: "Id of the order.", examples: ["Zx81…"] }) };

export const GENERATED_OPERATIONS: Operations = {
  "/api/v1/lab/prompt-sets": {
    get: {
      tag: "Lab",
      summary: "Prompts that models may complete, and rubrics to score by",
      answer: json(promptSetsSchema),
    },
    post: {
      tag: "Lab",
      summary: "Prompts of one's own; the same ones are kept once",
      json: promptSetSchema,
      status: 201,
      answer: json(promptSet.extend({ url: z.string().describe("Path of its page.") })),
    },
  },
  "/api/v1/lab/orders": {
    get: {
      ...submitter,
      summary: "The caller's own sets that the server generates or has generated",
      answer: json(z.object({ orders: z.array(viewSchema).describe("Newest first.") })),
    },
    post: {
      ...submitter,
      summary: "Have the server complete prompts with a model of the board, as a job",
      json: orderSchema,
      status: 201,
      answer: json(viewSchema),
    },
  },
  "/api/v1/lab/orders/{id}": {
    get: { ...submitter, summary: "How far it is", path: orderPath, answer: json(viewSchema) },
    delete: {
      ...submitter,
      summary: "Call it off; what is complete is kept",
      path: orderPath,
      answer: json(viewSchema),
    },
  },
  "/api/v1/lab/orders/{id}/events": {
    get: {
      ...submitter,
      summary: "The same as a stream: once now, then after every change",
      description: "Server-sent events; each data line is the JSON of the address above. " +
        "The stream ends with the job.",
      path: orderPath,
      answer: { "text/event-stream": viewSchema },
    },
  },
  "/api/v1/lab/orders/{id}/resume": {
    post: {
      ...submitter,
      summary: "Have it go on after what is complete",
      path: orderPath,
      answer: json(viewSchema),
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
