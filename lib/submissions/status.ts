// What people see of a submission while it is worked on. Knows nothing of SQL or HTTP.

import type { Entry, Job, Visibility } from "../storage/schema.ts";

export interface JobView {
  id: string;
  kind: string;
  state: string;
  stage: string;
  /** 0..1 */
  progress: number;
  etaMs: number | null;
  attempts: number;
  /** Jobs of the kind that come before, while it waits; else null. */
  jobsAhead: number | null;
  log: string;
  error: { stage: string; reason: string; fix: string } | null;
}

/** JSON-safe: the status page, its live island and the API all show this. */
export interface StatusView {
  id: string;
  name: string;
  author: string;
  status: string;
  provenance: string;
  exactCount: number;
  duplicateOf: string | null;
  visibility: Visibility;
  failure: { stage: string; reason: string; fix: string } | null;
  jobs: JobView[];
  /** A job is waiting or running. */
  active: boolean;
  /** Nothing more will change by itself. */
  finished: boolean;
}

const ACTIVE_STATES = new Set(["queued", "running", "retrying"]);

/** A job, and how many of its kind come before it; null unless it waits. */
export type PlacedJob = Job & { jobsAhead: number | null };

/** The view of `entry` and its jobs, oldest job first. */
export function statusView(entry: Entry, jobs: readonly PlacedJob[]): StatusView {
  const views = [...jobs]
    .sort((a, b) => a.created_at.getTime() - b.created_at.getTime())
    .map(jobView);
  const ended = entry.status === "failed" || entry.status === "withdrawn";
  const scored = entry.status === "scored";
  const proven = entry.provenance !== "pending";
  const active = views.some((job) => ACTIVE_STATES.has(job.state)) || !(ended || scored);
  return {
    id: entry.id,
    name: entry.name,
    author: entry.author,
    status: entry.status,
    provenance: entry.provenance,
    exactCount: entry.exact_count,
    duplicateOf: entry.duplicate_of,
    visibility: entry.visibility,
    failure: entry.failure,
    jobs: views,
    active,
    finished: ended || (scored && !active && (proven || entry.duplicate_of !== null)),
  };
}

function jobView(job: PlacedJob): JobView {
  const { id, kind, state, stage, progress, attempts, jobsAhead, log, error } = job;
  return { id, kind, state, stage, progress, etaMs: job.eta_ms, attempts, jobsAhead, log, error };
}
