// The addresses of the workers as the OpenAPI document describes them.

import { z } from "zod";
import * as protocol from "../jobs/protocol.ts";
import type { Operation } from "./api_operation.ts";

const json = (schema: z.ZodType) => ({ "application/json": schema });
const worker = { tag: "Workers", needs: "worker" } as const;

/** By path and method, as in OPERATIONS. */
export const WORKER_OPERATIONS: Record<
  string,
  { get?: Operation; post?: Operation; put?: Operation }
> = {
  "/api/v1/worker/claim": {
    post: {
      ...worker,
      summary: "Take the next job, or wait for one",
      description: "A worker that names another engine than the server's is told which to fetch " +
        "and test; one of another version of the program is refused.",
      json: protocol.claimRequestSchema,
      answer: json(protocol.claimAnswerSchema),
    },
  },
  "/api/v1/worker/heartbeat": {
    post: {
      ...worker,
      summary: "Keep the lease of a job, say how far it is, hear whether to go on",
      json: protocol.heartbeatSchema,
      answer: json(protocol.heartbeatAnswerSchema),
    },
  },
  "/api/v1/worker/complete": {
    post: {
      ...worker,
      summary: "Give the result of a job",
      description: "Said again, it has the same answer and changes nothing.",
      json: protocol.completeSchema,
      answer: json(protocol.settledSchema),
    },
  },
  "/api/v1/worker/fail": {
    post: {
      ...worker,
      summary: "Say why there is no result, or hand the job back",
      json: protocol.failSchema,
      answer: json(protocol.settledSchema),
    },
  },
  "/api/v1/worker/cancel": {
    post: {
      tag: "Workers",
      needs: "admin",
      summary: "Take a job out of the queue for good",
      description: "Its process ends at the worker's next heartbeat.",
      json: protocol.cancelSchema,
      answer: json(protocol.cancelledSchema),
    },
  },
  "/api/v1/worker/blobs/{sha256}": {
    get: {
      ...worker,
      summary: "A file of a job that the caller holds, or the engine",
      description: "Ranges of bytes may be asked for.",
      path: {
        sha256: z.string().meta({ description: "SHA-256 of the file.", examples: ["9f86d081…"] }),
      },
      query: protocol.blobQuery,
      answer: { "application/octet-stream": z.string().describe("The bytes.") },
    },
    put: {
      ...worker,
      summary: "Hand over a state that a job of the caller keeps",
      path: {
        sha256: z.string().meta({ description: "SHA-256 of the state's file." }),
      },
      query: protocol.keptStateQuery,
      body: "application/octet-stream",
      answer: json(protocol.keptSchema),
    },
  },
};
