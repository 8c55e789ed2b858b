// What a server and its workers say to each other over six addresses. Knows no HTTP and no database.

import { z } from "zod";
import { SELF_TEST_DIGEST } from "../engine/self_test.ts";
import { completionSchema } from "../lab/generate/completions.ts";
import { generatedSchema, generationSchema } from "../lab/generate/order.ts";
import { scoreResultSchema } from "../submissions/score_result.ts";
import { seedJobResultSchema, verifyJobResultSchema } from "../verification/result_schema.ts";

/** Before each address. */
export const WORKER_API = "/api/v1/worker";
/** Goes up when an old worker could misunderstand a new server. */
export const PROTOCOL = 1;
/** A claim that finds nothing waits this long at most: proxies cut silence after 30 to 60 seconds. */
export const LONGEST_WAIT_MS = 25_000;
/** Most characters of log in one message. */
export const MESSAGE_LOG_LIMIT = 20_000;

/** Most completions in one message. */
export const MESSAGE_TEXTS = 500;

/** Names inside a job's folder. */
export const MODEL_FILE = "model.tinygpt";
export const ENGINE_FILE = "engine.wasm";
/** The engine that the recipe names, where that is kept and another one. */
export const NAMED_ENGINE_FILE = "named-engine.wasm";
/** The state that a segment starts from. */
export const STATE_FILE = "state.tinygpt";
/** Holds what the job needs of data/, under the same paths. */
export const DATA_DIR = "data";

const count = () => z.int().min(0);
const sha256 = () => z.string().regex(/^[0-9a-f]{64}$/, "64 lower-case hexadecimal digits");
/** Below a folder, and nowhere else. */
const PATH = /^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/;
const words = (length: number) => z.string().max(length);
const kind = () => z.enum(["score", "generate", "verify"]);

const leaseFields = {
  job: z.uuid().describe("Id of the job."),
  fence: count().describe("The number that was given with the job: it names this delivery."),
};
const leaseSchema = z.object(leaseFields);
export type Lease = z.infer<typeof leaseSchema>;

export const workerSchema = z.object({
  name: words(80).min(1).describe("What an admin sees: the machine."),
  runtime: words(80).describe("Such as Deno 2.9.6 (V8 15.0)."),
  isa: words(40).describe("Instruction set: x86_64, aarch64."),
  threads: z.int().min(1).max(1024).describe("Compute threads of a job."),
  native: words(40).nullable().describe("Native kernels, where it uses them."),
});

export const claimRequestSchema = z.object({
  protocol: z.literal(PROTOCOL, `protocol ${PROTOCOL}`),
  program: sha256().describe("SHA-256 of the sources that a job computes with."),
  engine: z.object({
    sha256: sha256(),
    selfTestDigest: z.string()
      .refine((digest) => digest === SELF_TEST_DIGEST, "the digest every conforming engine gives")
      .describe("What it computed in the self-test; one that differs is refused."),
  }).nullable().describe("The engine it has tested; null to be told which."),
  worker: workerSchema,
  kinds: z.array(kind()).min(1).max(3).describe("Kinds of job it takes; the first goes first."),
  waitMs: z.int().min(0).max(LONGEST_WAIT_MS).describe("How long to wait for a job."),
});
export type ClaimRequest = z.infer<typeof claimRequestSchema>;

const blobSchema = z.object({ sha256: sha256(), byteLength: count() });
export type BlobRef = z.infer<typeof blobSchema>;

const segmentSchema = z.object({ from: count(), to: count() });

const jobSchema = z.object({
  ...leaseFields,
  kind: kind(),
  entryId: z.string(),
  attempt: z.int().min(1).describe("Counted from 1."),
  files: z.array(
    blobSchema.extend({ path: z.string().regex(PATH).describe("Below the job's folder.") }),
  )
    .describe("What the job may read; each is to be had under its SHA-256."),
  fileDigest: sha256().describe("SHA-256 of the model file."),
  benchmarks: z.array(z.object({ id: z.string(), version: count() }))
    .describe("What to score on; empty for replays."),
  twin: z.object({ period: z.string(), seed: z.string() }).nullable()
    .describe("Seed of the sealed twins: never to be said, logged or handed back."),
  uploads: z.array(z.string()).describe("Uploaded corpora among the files."),
  claimedScores: z.array(
    z.object({ benchmark: z.string(), version: count(), score: z.number() }),
  ).describe("Scores to be compared with; empty for scoring."),
  segment: segmentSchema.nullable()
    .describe("Of a replay in parts: the leaves between which this one runs."),
  seed: count().nullable().describe("Of an audit: the seed to train from, and no replay at all."),
  generation: generationSchema.nullable()
    .describe("Of a set of the lab: what is to be completed, and how."),
  keep: z.array(count()).describe("Leaves whose states are to be handed over when it went well."),
  timeoutMs: count().describe("The job is ended after this time."),
  memoryBytes: count().describe("Most memory of its process."),
  heartbeatMs: count().describe("Longest silence the server is to be left in."),
}).meta({ id: "WorkerJob", description: "A job with all that it needs." });
export type AssignedJob = z.infer<typeof jobSchema>;

export const claimAnswerSchema = z.object({
  engine: blobSchema.describe("The engine results must come from."),
  job: jobSchema.nullable().describe("Null when none came, or when the engine is another one."),
}).meta({ id: "Claimed", description: "A job for a worker, or none yet." });
export type ClaimAnswer = z.infer<typeof claimAnswerSchema>;

export const heartbeatSchema = z.object({
  ...leaseFields,
  stage: words(200).optional(),
  progress: z.number().min(0).max(1).optional(),
  etaMs: z.number().min(0).nullable().optional().describe("Expected time left."),
  log: words(MESSAGE_LOG_LIMIT).optional().describe("Lines since the last heartbeat."),
  texts: z.array(completionSchema).max(MESSAGE_TEXTS).optional()
    .describe("Completions since then: another attempt goes on after them."),
});
export type Heartbeat = z.infer<typeof heartbeatSchema>;

export const heartbeatAnswerSchema = z.object({
  lease: z.enum(["held", "cancelled", "lost"])
    .describe("Go on; or end the process, and hand nothing back."),
}).meta({ id: "Heartbeat", description: "Whether to go on." });
export type LeaseState = z.infer<typeof heartbeatAnswerSchema>["lease"];

export const jobResultSchema = z.discriminatedUnion("kind", [
  scoreResultSchema.extend({ kind: z.literal("score") }),
  verifyJobResultSchema.extend({ kind: z.literal("verify") }),
  seedJobResultSchema.extend({ kind: z.literal("fresh-seed") }),
  generatedSchema.extend({ kind: z.literal("generate") }),
]);
export type JobResult = z.infer<typeof jobResultSchema>;

/** The result is looked at once the lease holds: a malformed one is a failure of the attempt. */
export const completeSchema = z.object({
  ...leaseFields,
  result: z.unknown().describe("What the job found, as its kind says."),
});
export type Complete = z.infer<typeof completeSchema>;

export const jobErrorSchema = z.object({
  stage: words(1000),
  reason: words(10_000),
  fix: words(10_000),
  retryable: z.boolean().describe("Another attempt may end otherwise."),
});
export type JobError = z.infer<typeof jobErrorSchema>;

export const failureSchema = z.discriminatedUnion("ended", [
  z.object({ ended: z.literal("error"), error: jobErrorSchema }),
  /** From outside, out of memory, or crashed: the process said nothing. */
  z.object({ ended: z.literal("killed"), reason: words(10_000) }),
  z.object({ ended: z.literal("timeout") }),
  /** The worker stops: the attempt does not count. */
  z.object({ ended: z.literal("handed-back") }),
]);
export type JobFailureOutcome = z.infer<typeof failureSchema>;

export const failSchema = z.object({
  ...leaseFields,
  stage: words(200).describe("What was being done."),
  outcome: failureSchema,
});
export type Fail = z.infer<typeof failSchema>;

export const settledSchema = z.object({
  state: z.enum(["done", "retrying", "queued", "failed", "cancelled", "lost"])
    .describe("What became of the job; lost: somebody else has it, and this counted for nothing."),
}).meta({ id: "Settled", description: "What became of a job." });
export type SettledState = z.infer<typeof settledSchema>["state"];

export const cancelSchema = z.object({ job: leaseFields.job });
export const cancelledSchema = z.object({
  cancelled: z.boolean().describe("False when it had ended already."),
}).meta({ id: "Cancelled" });

export const blobQuery = z.object({
  job: leaseFields.job.optional().describe("The job that names the file; not for the engine."),
  fence: z.coerce.number().int().min(0).optional().describe("As it was given with the job."),
});

export const keptStateQuery = z.object({
  job: leaseFields.job,
  fence: z.coerce.number().int().min(0).describe("As it was given with the job."),
  leaf: z.coerce.number().int().min(0).describe("Index of the leaf that the state is of."),
});
export const keptStateSchema = keptStateQuery.extend({ sha256: sha256() });
export type KeptState = z.infer<typeof keptStateSchema>;

export const keptSchema = z.object({ kept: z.literal(true) }).meta({ id: "Kept" });
