// Fields that answers of the API share.

import { z } from "zod";
import { UNITS } from "../benchmarks/benchmark.ts";
import { TRAINED_IN } from "../format/header.ts";
import type { EntryStatus, ProvenanceState, Visibility } from "../storage/entry_schema.ts";
import type { JobKind, JobState } from "../storage/job_schema.ts";
import type { ReplayTask } from "../storage/replay_schema.ts";

export const ENTRY_STATUSES = [
  "received",
  "checking",
  "scoring",
  "scored",
  "failed",
  "withdrawn",
] as const satisfies EntryStatus[];

const PROVENANCE_STATES = [
  "pending",
  "exact",
  "sampled",
  "mismatch",
  "engine-divergent",
  "not-reproducible",
  "external",
  "rejected",
] as const satisfies ProvenanceState[];

const VISIBILITIES = ["public", "held", "hidden"] as const satisfies Visibility[];

export const JOB_KINDS = ["score", "verify"] as const satisfies JobKind[];

export const REPLAY_TASKS = ["segments", "sample", "fresh-seeds"] as const satisfies ReplayTask[];

export const JOB_STATES = [
  "queued",
  "running",
  "retrying",
  "done",
  "failed",
  "cancelled",
] as const satisfies JobState[];

export const count = () => z.int().min(0);
export const sha256 = () => z.string().regex(/^[0-9a-f]{64}$/);
export const trainedIn = () =>
  z.enum(TRAINED_IN).nullable()
    .describe("Where it was trained, as its file says; null where it does not say.");
export const instant = () => z.iso.datetime();
export const pathOn = (what: string) => z.string().describe(`Path on this server of ${what}.`);

export const nextPart = () =>
  z.string().nullable().describe("Path of the next part; null at the end.");
export const interval = () =>
  z.tuple([z.number(), z.number()]).describe("95 % interval, [low, high].");
export const benchmarkId = () => z.string().describe("Id of the benchmark.");
export const version = () => z.int().min(1).describe("Version of the benchmark.");
export const unit = () => z.enum(UNITS).describe("Unit of the score.");
export const provenance = () =>
  z.enum(PROVENANCE_STATES).describe("State of proof; the page How it works explains each.");

export const exactCount = () => count().describe("Independent runtimes that agree when exact.");
export const replayedSegments = () =>
  z.int().min(1).nullable().describe("By its newest spot check when sampled, or null.");
export const segments = () =>
  z.int().min(1).nullable().describe("Of the whole run when sampled, or null.");
export const visibility = () =>
  z.enum(VISIBILITIES).describe("On the board, in the holding area, or hidden by a moderator.");

export const failure = () => z.object({ stage: z.string(), reason: z.string(), fix: z.string() });
export const entryFailure = () =>
  failure().extend({
    ours: z.boolean().describe("The board is at fault: it counts against no quota."),
  });

export const versions = () =>
  z.array(z.string()).describe("Ids of all its versions, the oldest first; empty without others.");

export const supersededBy = () =>
  z.string().nullable().describe("Id of the newer version that takes its place, or null.");
