// Table types of jobs and of work done by the clock.
// The migrations under migrations/ are their source of truth.

import type { Generated, Selectable } from "kysely";
import type { Json, Timestamp } from "./columns.ts";
import type { ReplayTask } from "./replay_schema.ts";

export type JobKind = "score" | "verify" | "generate";
export type JobState = "queued" | "running" | "retrying" | "done" | "failed" | "cancelled";

/** A worker in its own words. */
export interface WorkerDescription {
  name: string;
  runtime: string;
  isa: string;
  threads: number;
  /** Instruction set of its native kernels, where it is to use them. */
  native: string | null;
}

/** A file of a job's folder. */
export interface JobFile {
  /** Below the folder. */
  path: string;
  sha256: string;
  byteLength: number;
}

/** What a job's result is held against. No secret is in here. */
export interface Assignment {
  files: JobFile[];
  benchmarks: { id: string; version: number }[];
  twinPeriod: string | null;
  /** Leaves whose states may be handed over, and the size of the largest. */
  keep?: { leaves: number[]; maxBytes: number };
  /** From which it is to train instead of the recipe's own. */
  seed?: number;
  /** The leaves between which it is to run. */
  segment?: { from: number; to: number };
  /** Ids of the prompts it is to complete. */
  prompts?: string[];
  /** A failure of this attempt is final. */
  last: boolean;
}

/** What people see of a job; pg-boss keeps the delivery. */
export interface JobTable {
  id: string;
  kind: JobKind;
  entry_id: string;
  state: Generated<JobState>;
  /** Words for people: "queued", "reading file", "scoring sort-6", … */
  stage: Generated<string>;
  /** 0..1 */
  progress: Generated<number>;
  eta_ms: number | null;
  attempts: Generated<number>;
  /** Waiting jobs of a kind run highest first, then oldest. */
  priority: Generated<number>;
  log: Generated<string>;
  error: Json<{ stage: string; reason: string; fix: string }> | null;
  /** Number of the delivery that is worked on: an older one has lost its lease. */
  fence: number | null;
  /** Account whose worker holds the job, or held it last. */
  holder: string | null;
  /** What that worker says of itself. */
  worker: Json<WorkerDescription> | null;
  /** What it was given; null until the job is taken. */
  assignment: Json<Assignment> | null;
  /** When the present attempt began. */
  attempt_at: Timestamp | null;
  /** Set when nobody could finish the job; "open" until an admin decides. */
  dead: "open" | "retried" | "discarded" | null;
  /** Of a part of a replay, with its number (from 0) and how many there are; else null. */
  replay_id: string | null;
  task: ReplayTask | null;
  part: number | null;
  parts: number | null;
  /** Share of the run's training that it does; null for all of it. */
  share: number | null;
  /** The set of the lab that it generates; else null. */
  lab_order_id: string | null;
  created_at: Timestamp;
  started_at: Timestamp | null;
  finished_at: Timestamp | null;
  updated_at: Timestamp;
}

/** Work done once in a period, by whichever server comes first. */
export interface CronTable {
  name: string;
  ran_at: Timestamp;
}

export interface JobTables {
  job: JobTable;
  cron: CronTable;
}

export type Job = Selectable<JobTable>;
