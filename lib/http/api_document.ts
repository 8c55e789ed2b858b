// The API as an OpenAPI 3.1 document, made of its operations. Knows none of them by name.

import { z } from "zod";
import {
  createDocument,
  type ZodOpenApiContentObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiResponseObject,
} from "zod-openapi";
import { json, type Operation } from "./api_operation.ts";
import { OPENAPI, OPERATIONS } from "./api_operations.ts";
import { errorSchema } from "./api_schemas.ts";
import { READ_LIMIT } from "./rate_limit.ts";

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
        content: content(json(errorSchema)),
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
    content: content(json(errorSchema)),
  };
}

function content(answer: Operation["answer"]): ZodOpenApiContentObject {
  return Object.fromEntries(Object.entries(answer).map(([type, schema]) => [type, { schema }]));
}
