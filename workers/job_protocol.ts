// What the server and a job process say to each other: job.json in, lines on stdout, one file out.

import { z } from "zod";
import { scanReportSchema } from "../lib/corpora/contamination/report.ts";
import { scoreResultSchema } from "../lib/submissions/score_result.ts";
import { verifyJobResultSchema } from "../lib/verification/result_schema.ts";

export type { ScoreJobResult } from "../lib/submissions/score_result.ts";
export type { VerifyJobResult } from "../lib/verification/result_schema.ts";

/** Names inside a job's folder. */
export const MODEL_FILE = "model.tinygpt";
export const ENGINE_FILE = "engine.wasm";
/** Holds what the job needs of data/, under the same paths. */
export const DATA_DIR = "data";
export const SPEC_FILE = "job.json";
export const RESULT_FILE = "result.json";
export const ERROR_FILE = "error.json";

const count = z.int().min(0);

export const jobSpecSchema = z.object({
  kind: z.enum(["score", "verify", "scan"]),
  jobId: z.string(),
  entryId: z.string(),
  /** SHA-256 of the model file as it was submitted. */
  fileDigest: z.string(),
  /** Counted from 1. Checkpoints of earlier attempts may lie in the folder. */
  attempt: z.int().min(1),
  /** A second opinion on a mismatch, in another configuration of the JavaScript engine. */
  confirm: z.boolean(),
  /** V8 flags this process runs with, for the report. */
  flags: z.array(z.string()),
  /** Compute threads to use. */
  threads: z.int().min(1).default(1),
  /** Path of the native library to compute with where it can be; null for WebAssembly alone. */
  native: z.string().nullable().default(null),
  /** Of the sealed twins, for scoring alone: never to be said, logged or handed back. */
  twin: z.object({ period: z.string(), seed: z.string() }).nullable().default(null),
  /** What to score on; empty for replays. */
  benchmarks: z.array(z.object({ id: z.string(), version: count })),
  /** Ids of the uploaded corpora in the folder's data. */
  uploads: z.array(z.string()).optional(),
  /** What a scan looks through. */
  corpus: z.object({
    sha256: z.string(),
    byteLength: count,
    trainRange: z.tuple([count, count]),
  }).optional(),
  /** Scores to be compared with; empty for scoring. */
  claimedScores: z.array(z.object({
    benchmark: z.string(),
    version: count,
    score: z.number(),
  })),
});
export type JobSpec = z.infer<typeof jobSpecSchema>;

export const jobMessageSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("progress"),
    stage: z.string().max(200),
    /** 0..1 */
    fraction: z.number().min(0).max(1),
    etaMs: z.number().min(0).nullish(),
  }),
  z.object({ type: z.literal("log"), line: z.string().max(2000) }),
]);
export type JobMessage = z.infer<typeof jobMessageSchema>;

export const jobErrorSchema = z.object({
  stage: z.string(),
  reason: z.string(),
  fix: z.string(),
  /** Another attempt may end otherwise. */
  retryable: z.boolean(),
});
export type JobError = z.infer<typeof jobErrorSchema>;

export const jobResultSchema = z.discriminatedUnion("kind", [
  scoreResultSchema.extend({ kind: z.literal("score") }),
  z.object({ kind: z.literal("scan"), report: scanReportSchema }),
  verifyJobResultSchema.extend({ kind: z.literal("verify") }),
]);
export type JobResult = z.infer<typeof jobResultSchema>;

/** What a job body is given. */
export interface JobContext {
  spec: JobSpec;
  /** Absolute path of the job's folder, the only place it may read and write. */
  folder: string;
  /** @param fraction of the whole job, 0..1 */
  progress(stage: string, fraction: number, etaMs?: number): void;
  log(line: string): void;
}
