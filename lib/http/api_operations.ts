// Every operation of the API, made of the very schemas that queries are parsed by and that answers are
// typed by. Knows no route: tests/routes/openapi_test.ts holds the two together.

import { z } from "zod";
import { corpusFieldsSchema } from "../corpora/intake.ts";
import { envelopeSchema } from "../verification/envelope_schema.ts";
import { keyHistorySchema } from "../verification/signing_key.ts";
import { GENERATED_OPERATIONS } from "./api_generated.ts";
import { JUDGING_OPERATIONS } from "./api_judging.ts";
import { LAB_ANALYSIS_OPERATIONS } from "./api_lab_analysis.ts";
import { LAB_REVIEW_OPERATIONS } from "./api_lab_reviews.ts";
import { LAB_SET_OPERATIONS } from "./api_lab_sets.ts";
import { json, type Operations } from "./api_operation.ts";
import { PROVENANCE_OPERATIONS } from "./api_provenance.ts";
import * as queries from "./api_queries.ts";
import * as answers from "./api_schemas.ts";
import { SCORING_OPERATIONS } from "./api_scoring.ts";
import { SUBMITTING_OPERATIONS } from "./api_submitting.ts";
import { boardApiQuery } from "./board_query.ts";
import * as boardAnswers from "./board_schemas.ts";
import * as modelAnswers from "./model_schemas.ts";
import { overallApiQuery } from "./overall_query.ts";
import * as submissionAnswers from "./submission_schemas.ts";
import { WORKER_OPERATIONS } from "./worker_operations.ts";

const benchmark = z.string().meta({ description: "Id of the benchmark.", examples: ["sort-6"] });
const model = z.string().meta({ description: "Id of the model.", examples: ["b7kx2mfq9tzw"] });
const report = z.string().meta({ description: "Id of the report.", examples: ["t4hn8wcz3rvp"] });
const corpus = z.string().meta({
  description: "A registered name, or the SHA-256 of an uploaded corpus.",
  examples: ["tinyshakespeare"],
});
const uploaded = z.string().meta({
  description: "SHA-256 of the text.",
  examples: ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
});

/** Version of the document that describes them. */
export const OPENAPI = "3.1.1";

export const OPERATIONS: Operations = {
  "/api/v1/leaderboard/{benchmark}": {
    get: {
      tag: "Boards",
      summary: "A board: ranked models, the best first, and those without a rank",
      path: { benchmark },
      query: boardApiQuery,
      answer: {
        ...json(boardAnswers.boardSchema),
        "text/csv": z.string().describe("With format=csv: the rows as a table."),
      },
    },
  },
  "/api/v1/leaderboard/{benchmark}/rank": {
    get: {
      tag: "Boards",
      summary: "Where a score would stand on the board as it is",
      path: { benchmark },
      query: queries.rankQuery,
      answer: json(boardAnswers.wouldRankSchema),
    },
  },
  "/api/v1/leaderboard/overall": {
    get: {
      tag: "Boards",
      summary: "All benchmarks in one figure, by weights of the caller's choice",
      query: overallApiQuery,
      answer: {
        ...json(boardAnswers.overallSchema),
        "text/csv": z.string().describe("With format=csv: the rows as a table."),
      },
    },
  },
  "/api/v1/compare/{benchmark}": {
    get: {
      tag: "Boards",
      summary: "Two models on one benchmark, example by example",
      path: { benchmark },
      query: queries.comparisonQuery,
      answer: json(boardAnswers.comparisonSchema),
    },
  },
  "/api/v1/twins": {
    get: {
      tag: "Boards",
      summary: "Commitments and revealed seeds of the sealed twins",
      answer: json(modelAnswers.twinsSchema),
    },
  },
  "/api/v1/search": {
    get: {
      tag: "Models",
      summary: "Models by a part of their name or author, or by a digest",
      query: queries.modelSearchQuery,
      answer: json(modelAnswers.modelsFoundSchema),
    },
  },
  "/api/v1/benchmarks": {
    get: {
      tag: "Boards",
      summary: "Every benchmark there is, older versions too",
      answer: json(z.object({ benchmarks: z.array(boardAnswers.benchmarkSchema) })),
    },
  },
  "/api/v1/models": {
    get: {
      tag: "Models",
      summary: "Every model, whatever became of it, 500 at a time",
      query: queries.modelsQuery,
      answer: json(modelAnswers.modelsSchema),
    },
  },
  "/api/v1/models/{id}": {
    get: {
      tag: "Models",
      summary: "All that is known of a model",
      path: { id: model },
      answer: json(modelAnswers.modelSchema),
    },
  },
  "/api/v1/models/{id}/scores/{benchmark}": {
    get: {
      tag: "Models",
      summary: "One score with all of its examples",
      path: { id: model, benchmark },
      query: queries.modelScoreQuery,
      answer: {
        ...json(modelAnswers.modelScoreSchema),
        "text/csv": z.string().describe("With format=csv: the examples as a table."),
      },
    },
  },
  ...SUBMITTING_OPERATIONS,
  "/api/v1/reports": {
    get: {
      tag: "Audit",
      summary: "Reports of verifications, 100 at a time",
      query: queries.reportsQuery,
      answer: json(modelAnswers.reportsSchema),
    },
  },
  "/api/v1/reports/{id}": {
    get: {
      tag: "Audit",
      summary: "One report with its statement",
      path: { id: report },
      answer: json(modelAnswers.reportSchema),
    },
  },
  "/api/v1/reports/{id}/envelope": {
    get: {
      tag: "Audit",
      summary: "The signed report: a DSSE envelope around its in-toto statement",
      path: { id: report },
      answer: json(envelopeSchema),
    },
  },
  "/api/v1/keys": {
    get: {
      tag: "Audit",
      summary: "Every key that has signed reports, with its announcement",
      answer: json(keyHistorySchema),
    },
  },
  "/api/v1/audits/{id}": {
    get: {
      tag: "Audit",
      summary: "A recipe trained from three fresh seeds: was the claimed one lucky?",
      path: {
        id: z.string().meta({ description: "Id of the audit.", examples: ["c5rz8kq2mwt9"] }),
      },
      answer: json(modelAnswers.seedAuditSchema),
    },
  },
  ...PROVENANCE_OPERATIONS,
  "/api/v1/engines": {
    get: {
      tag: "Audit",
      summary: "Every engine that this board has run, kept for recipes that name it",
      answer: json(
        z.object({
          engines: z.array(modelAnswers.engineSchema).describe(
            "The one that was started last comes first.",
          ),
        }),
      ),
    },
  },
  "/api/v1/decisions": {
    get: {
      tag: "Audit",
      summary: "Decisions of moderators with their reasons, 100 at a time",
      query: queries.decisionsQuery,
      answer: json(answers.decisionsSchema),
    },
  },
  "/api/v1/ledger": {
    get: {
      tag: "Audit",
      summary: "The append-only list of everything that happened, 500 events at a time",
      query: queries.ledgerQuery,
      answer: json(answers.ledgerSchema),
    },
  },
  "/api/v1/corpora": {
    get: {
      tag: "Corpora",
      summary: "Every corpus, with its scan for evaluation text",
      answer: json(submissionAnswers.corporaSchema),
    },
  },
  "/api/v1/corpora/{id}": {
    get: {
      tag: "Corpora",
      summary: "One corpus and the models made with it",
      path: { id: corpus },
      answer: json(submissionAnswers.corpusPageSchema),
    },
    put: {
      tag: "Corpora",
      summary: "Upload a corpus: the text as the body, under its SHA-256",
      description: "201 when it is new, 200 when it was there already.",
      path: { id: uploaded },
      query: corpusFieldsSchema.partial({ licenceNote: true }),
      body: "text/plain",
      status: 201,
      answer: json(submissionAnswers.uploadedCorpusSchema),
    },
  },
  ...SCORING_OPERATIONS,
  ...JUDGING_OPERATIONS,
  ...GENERATED_OPERATIONS,
  ...LAB_ANALYSIS_OPERATIONS,
  ...LAB_REVIEW_OPERATIONS,
  ...LAB_SET_OPERATIONS,
  ...WORKER_OPERATIONS,
  "/api/v1/account": {
    get: {
      tag: "About",
      summary: "Who the server takes you for, by the API key you send",
      answer: json(answers.callerSchema),
    },
  },
  "/api/v1/openapi.json": {
    get: {
      tag: "About",
      summary: "This document: OpenAPI 3.1",
      answer: json(z.looseObject({ openapi: z.literal(OPENAPI) })),
    },
  },
};
