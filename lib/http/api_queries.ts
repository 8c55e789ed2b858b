// The query parameters of the API but for those of a board (board_query.ts): routes parse by these,
// the document is made of them.

import { z } from "zod";
import { ACTS } from "../moderation/acts.ts";
import { ENGINE_FAMILIES, VERDICTS } from "../verification/types.ts";
import { benchmarkVersion, entryId, reportId } from "./query.ts";

export const modelsQuery = z.object({
  after: entryId.optional()
    .describe("Id of the last model of the part before; without it the first 500."),
});

export const modelScoreQuery = z.object({
  version: benchmarkVersion.describe("Version of the benchmark; without it the ranked one."),
  format: z.enum(["json", "csv"], "json or csv").default("json").describe("JSON, or a table."),
});

export const comparisonQuery = z.object({
  a: entryId.meta({ description: "Id of model A.", examples: ["b7kx2mfq9tzw"] }),
  b: entryId.meta({ description: "Id of model B.", examples: ["n3vgd6jrc8hp"] }),
});

export const reportsQuery = z.object({
  verdict: z.enum(VERDICTS, `one of ${VERDICTS.join(", ")}`).optional()
    .describe("Only reports of this verdict."),
  before: reportId.optional()
    .describe("Id of the last report of the page before; without it the newest 100."),
});

export const ticketsQuery = z.object({
  account: z.string().regex(/^[\w-]{1,64}$/, "the id of an account").optional()
    .describe("Only tickets of the account with this id."),
  before: z.string().regex(/^[\w-]{1,64}$/, "the id of a ticket").optional()
    .describe("Id of the last ticket of the page before; without it the newest 100."),
});

const leafNumber = () =>
  z.coerce.number({ error: "the number of a checkpoint" }).int("a whole number")
    .min(0, "a whole number").max(10_000, "a whole number").optional();

/** Both or none. */
export const challengeQuery = z.object({
  from: leafNumber().describe(
    "Checkpoint in which the segment starts; left out for the whole run.",
  ),
  to: leafNumber().describe("Checkpoint in which it ends."),
}).refine(({ from, to }) => (from === undefined) === (to === undefined), {
  path: ["to"],
  message: "both ends of a segment, or none",
});

export const wantedQuery = z.object({
  engineFamily: z.enum(ENGINE_FAMILIES, ENGINE_FAMILIES.join(", "))
    .meta({ description: "Family of the JavaScript engine that is offered.", examples: ["v8"] }),
  isa: z.string({ error: "an instruction set" }).regex(/^\w{1,20}$/, "an instruction set")
    .meta({ description: "Instruction set, or unknown.", examples: ["x86_64"] }),
  keyid: z.string().regex(/^[0-9a-f]{64}$/, "64 hexadecimal digits").optional()
    .describe("What this key has confirmed already is left out."),
  maxFlops: z.coerce.number({ error: "a number" }).positive("a number above 0").default(1e14)
    .describe("Longest replay that is offered, in floating-point operations."),
});

export const decisionsQuery = z.object({
  act: z.enum(ACTS, `one of ${ACTS.join(", ")}`).optional().describe(
    "Only decisions of this kind.",
  ),
  before: z.string().regex(/^[\w-]{1,64}$/, "the id of a decision").optional()
    .describe("Id of the last decision of the page before; without it the newest 100."),
});

export const ledgerQuery = z.object({
  before: z.coerce.number({ error: "a line number" }).int("a line number").min(1, "a line number")
    .optional()
    .describe("The seq of the last event of the page before; without it the newest 500."),
});

export const rankQuery = z.object({
  score: z.coerce.number({ error: "a number" }).refine(Number.isFinite, "a finite number")
    .meta({ description: "In the unit of the benchmark, to the last digit.", examples: [99.5] }),
  parameters: z.coerce.number({ error: "a whole number" }).int("a whole number")
    .min(1, "a whole number").max(2 ** 40, "a whole number").optional()
    .meta({ description: "Number of weights: where it would stand by size.", examples: [26368] }),
});

export const modelSearchQuery = z.object({
  q: z.string({ error: "a part of a name" }).trim().min(1, "at least one character")
    // deno-lint-ignore no-control-regex
    .max(100, "at most 100 characters").regex(/^[^\u0000]*$/, "text")
    .meta({
      description: "Part of a name or an author, an id, or the SHA-256 of weights or file.",
      examples: ["sort"],
    }),
});

export const stateQuery = z.object({
  sha256: z.string().regex(/^[0-9a-f]{64}$/, "64 lower-case hexadecimal digits").optional()
    .describe("SHA-256 the body must have."),
  upload: z.string().optional()
    .describe("Id of an upload with stateOf that is whole; the request then needs no body."),
});

/** Beside the fields of the form, when a model is submitted. */
export const submissionQuery = {
  upload: z.string().optional()
    .describe("Id of an upload that is whole; the request then needs no body."),
  sha256: z.string().optional().describe("SHA-256 the body must have."),
  withdrawal: z.string().optional().describe(
    'SHA-256 of "withdrawal/v1" and a key of 32 hexadecimal digits: a guest who has made it ' +
      "withdraws by it. Without, the board makes one.",
  ),
};
