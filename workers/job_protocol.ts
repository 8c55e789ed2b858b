// What a worker and a job process say to each other: job.json in, lines on stdout, one file out.

import { z } from "zod";
import { scanReportSchema } from "../lib/corpora/contamination/report.ts";
import { jobResultSchema } from "../lib/jobs/protocol.ts";
import { type Completion, completionSchema } from "../lib/lab/generate/completions.ts";
import { generationSchema } from "../lib/lab/generate/order.ts";

export type { ScoreJobResult } from "../lib/submissions/score_result.ts";
export type { VerifyJobResult } from "../lib/verification/result_schema.ts";
export {
  DATA_DIR,
  ENGINE_FILE,
  type JobError,
  MODEL_FILE,
  NAMED_ENGINE_FILE,
  STATE_FILE,
} from "../lib/jobs/protocol.ts";

/** Names inside a job's folder, beside those of the files it is given. */
export const SPEC_FILE = "job.json";
export const RESULT_FILE = "result.json";
export const ERROR_FILE = "error.json";
/** Of the state of one leaf that a replay keeps. */
export const keptFile = (leaf: number) => `kept-${leaf}.tinygpt`;

const count = z.int().min(0);

export const jobSpecSchema = z.object({
  kind: z.enum(["score", "generate", "verify", "scan", "self-test"]),
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
  /** SHA-256 of the engine that the recipe names, when it is in the folder beside the present one. */
  namedEngine: z.string().nullable().default(null),
  /** Ids of the uploaded corpora in the folder's data. */
  uploads: z.array(z.string()).optional(),
  /** The leaves between which a replay runs; null for all of it. */
  segment: z.object({ from: count, to: count }).nullable().default(null),
  /** Of an audit: the seed to train from instead of a replay. */
  seed: z.int().min(0).nullable().default(null),
  /** What a set of the lab is to be generated from. */
  generation: generationSchema.nullable().default(null),
  /** Leaves whose states a replay keeps. */
  keep: z.array(count).default([]),
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
/** As a worker writes it: what has a default may be left out. */
export type JobSpecInput = z.input<typeof jobSpecSchema>;

export const jobMessageSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("progress"),
    stage: z.string().max(200),
    /** 0..1 */
    fraction: z.number().min(0).max(1),
    etaMs: z.number().min(0).nullish(),
  }),
  z.object({ type: z.literal("log"), line: z.string().max(2000) }),
  /** Done for good: it need not be done again when this process is killed. */
  z.object({ type: z.literal("text"), text: completionSchema }),
]);
export type JobMessage = z.infer<typeof jobMessageSchema>;

/** What a process leaves behind: what a job found, or what only this machine asked for. */
export const processResultSchema = z.discriminatedUnion("kind", [
  ...jobResultSchema.options,
  z.object({ kind: z.literal("scan"), report: scanReportSchema }),
  z.object({ kind: z.literal("self-test"), engineDigest: z.string(), selfTestDigest: z.string() }),
]);
export type ProcessResult = z.infer<typeof processResultSchema>;

/** What a job body is given. */
export interface JobContext {
  spec: JobSpec;
  /** Absolute path of the job's folder, the only place it may read and write. */
  folder: string;
  /** @param fraction of the whole job, 0..1 */
  progress(stage: string, fraction: number, etaMs?: number): void;
  log(line: string): void;
  /** Hands a completion over before the job is done. */
  text(text: Completion): void;
}
