// The API as an OpenAPI 3.1 document, made of the very schemas that queries are parsed by and that
// answers are typed by. Knows no route: tests/routes/openapi_test.ts holds the two together.

import { z } from "zod";
import {
  createDocument,
  type ZodOpenApiContentObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiResponseObject,
} from "zod-openapi";
import { corpusFieldsSchema } from "../corpora/intake.ts";
import { envelopeSchema } from "../verification/envelope_schema.ts";
import { keyHistorySchema } from "../verification/signing_key.ts";
import { LAB_SET_OPERATIONS } from "./api_lab_sets.ts";
import { json, type Operation, type Operations } from "./api_operation.ts";
import { PROVENANCE_OPERATIONS } from "./api_provenance.ts";
import { SUBMITTING_OPERATIONS } from "./api_submitting.ts";
import { GENERATED_OPERATIONS } from "./api_generated.ts";
import { LAB_ANALYSIS_OPERATIONS } from "./api_lab_analysis.ts";
import { LAB_REVIEW_OPERATIONS } from "./api_lab_reviews.ts";
import { JUDGING_OPERATIONS } from "./api_judging.ts";
import { SCORING_OPERATIONS } from "./api_scoring.ts";
import { boardApiQuery } from "./board_query.ts";
import * as queries from "./api_queries.ts";
import * as answers from "./api_schemas.ts";
import * as boardAnswers from "./board_schemas.ts";
import * as modelAnswers from "./model_schemas.ts";
import * as submissionAnswers from "./submission_schemas.ts";
import { overallApiQuery } from "./overall_query.ts";
import { READ_LIMIT } from "./rate_limit.ts";
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

const OPENAPI = "3.1.1";

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

/** The document as it is served at /api/v1/openapi.json. */
export const API_DOCUMENT = withoutNullParameters(createDocument({
  openapi: OPENAPI,
  info: {
    title: "Tinyproof",
    version: "1",
    description: "Leaderboards of tiny language models on which every score can be proven by " +
      "exact replay. Reading needs no key and is open to pages of every origin. " +
      "Programs that submit may send a key of an account as Authorization: Bearer KEY; " +
      "one that is not valid is answered with 401. " +
      "Answers carry RateLimit-Limit, RateLimit-Remaining and RateLimit-Reset (seconds), and most " +
      "an ETag: send it as If-None-Match, and what has not changed is answered with 304. " +
      "New fields may be added at any time; a field that is here does not change its meaning.",
    license: { name: "MIT", identifier: "MIT" },
  },
  servers: [{ url: "/" }],
  components: {
    securitySchemes: {
      key: { type: "http", scheme: "bearer", description: "An API key of an account." },
    },
  },
  paths: Object.fromEntries(
    Object.entries(OPERATIONS).map(([path, operations]) => [
      path,
      Object.fromEntries(
        Object.entries(operations).map(([method, operation]) => [
          method,
          described(method, path, operation),
        ]),
      ),
    ]),
  ),
}, {
  // Zod says that an object has no further fields; readers should not rely on that.
  override: ({ jsonSchema, zodSchema }) => {
    if (zodSchema._zod.def.type === "object") delete jsonSchema.additionalProperties;
  },
}));

interface DocumentedMethods {
  [method: string]: {
    parameters?: { schema: { anyOf?: { type?: string }[]; default?: unknown } }[];
  };
}

/** A query cannot say null: what may be null in a schema is an absent parameter. */
function withoutNullParameters(document: ReturnType<typeof createDocument>) {
  const operations = Object.values(document.paths ?? {})
    .flatMap((methods) => Object.values(methods as DocumentedMethods));
  for (const { schema } of operations.flatMap(({ parameters = [] }) => parameters)) {
    const [value, ...others] = schema.anyOf?.filter(({ type }) => type !== "null") ?? [];
    if (!value || others.length > 0) continue;
    delete schema.anyOf;
    if (schema.default === null) delete schema.default;
    Object.assign(schema, value);
  }
  return document;
}

function described(
  method: string,
  path: string,
  { tag, summary, description, body, json: sent, needs, answer, ...operation }: Operation,
): ZodOpenApiOperationObject {
  return {
    operationId: operationId(method, path),
    tags: [tag],
    summary,
    ...(description && { description }),
    ...(needs && { security: [{ key: [needs] }] }),
    requestParams: {
      ...(operation.path && { path: z.object(operation.path) }),
      ...(operation.query && { query: operation.query }),
    },
    ...(body && {
      requestBody: {
        required: true,
        content: { [body]: { schema: { type: "string", format: "binary" } } },
      },
    }),
    ...(sent && { requestBody: { required: true, content: content(json(sent)) } }),
    responses: {
      [`${operation.status ?? 200}`]: { description: "The answer.", content: content(answer) },
      ...(method === "put" && { "200": { description: "The answer.", content: content(answer) } }),
      ...(method === "get" && "application/json" in answer &&
        { "304": { description: "Unchanged: you have it by the ETag you sent." } }),
      "429": tooMany(method),
      default: {
        description: "Why there is no answer.",
        content: content(json(answers.errorSchema)),
      },
    },
  };
}

/** "get /api/v1/models/{id}/scores/{benchmark}" → "getModelsIdScoresBenchmark". */
function operationId(method: string, path: string): string {
  const words = path.replace("/api/v1/", "").match(/\w+/g) ?? [];
  return method + words.map((word) => word[0].toUpperCase() + word.slice(1)).join("");
}

function tooMany(method: string): ZodOpenApiResponseObject {
  return {
    description: method === "get"
      ? `More than ${READ_LIMIT.points} requests in ${READ_LIMIT.durationSeconds} seconds.`
      : "Too many uploads from this address.",
    headers: {
      "Retry-After": { schema: { type: "integer" }, description: "Seconds to wait." },
    },
    content: content(json(answers.errorSchema)),
  };
}

function content(answer: Operation["answer"]): ZodOpenApiContentObject {
  return Object.fromEntries(Object.entries(answer).map(([type, schema]) => [type, { schema }]));
}
