// What people see of a submission while it is worked on. Knows nothing of SQL or HTTP.

import type { Unit } from "../benchmarks/benchmark.ts";
import type { EntryRank } from "../leaderboard/rank.ts";
import type { Entry, Visibility } from "../storage/entry_schema.ts";
import type { Job, JobKind } from "../storage/job_schema.ts";
import type { ReplayTask } from "../storage/replay_schema.ts";
import type { SpotCheckView } from "../verification/spot_check_view.ts";

export interface JobView {
  id: string;
  kind: JobKind;
  /** Of a part of a replay, with its number (from 0) and how many there are; else null. */
  task: ReplayTask | null;
  part: number | null;
  parts: number | null;
  state: string;
  stage: string;
  /** 0..1 */
  progress: number;
  /** Until it is done, while it waits or runs; null when nobody knows. */
  etaMs: number | null;
  attempts: number;
  /** Jobs of the kind that come before, while it waits; else null. */
  jobsAhead: number | null;
  log: string;
  error: { stage: string; reason: string; fix: string } | null;
}

/** Another entry, as far as a link to it goes. */
export interface RelativeView {
  id: string;
  name: string;
  author: string;
  withdrawn: boolean;
}

/** What stands beside an entry's own row. */
export interface StatusContext {
  /** In the order of the registry. */
  scores: {
    id: string;
    version: number;
    name: string;
    unit: Unit;
    score: number | null;
    /** On the board as it is; null without one. */
    rank: EntryRank | null;
  }[];
  forkOf: RelativeView | null;
  /** Oldest first, this one among them; empty when there is only one. */
  versions: RelativeView[];
  supersededBy: string | null;
  /** The newest, where the run is over the budget of replays. */
  spotCheck: SpotCheckView | null;
}

/** JSON-safe: the status page, its live island and the API all show this. */
export interface StatusView extends StatusContext {
  id: string;
  name: string;
  author: string;
  status: string;
  provenance: string;
  exactCount: number;
  fileDigest: string;
  duplicateOf: string | null;
  /** `ours`: the board is at fault, and nothing is counted against the sender. */
  failure: { stage: string; reason: string; fix: string; ours: boolean } | null;
  /** When its author took it back. */
  withdrawnAt: string | null;
  visibility: Visibility;
  jobs: JobView[];
  /** A job is waiting or running. */
  active: boolean;
  /** Nothing more will change by itself. */
  finished: boolean;
}

const ACTIVE_STATES = new Set(["queued", "running", "retrying"]);
const ALONE: StatusContext = {
  scores: [],
  forkOf: null,
  versions: [],
  supersededBy: null,
  spotCheck: null,
};

/** A job, how many of its kind come before it, and when it will be done. */
export type PlacedJob = Job & Pick<JobView, "jobsAhead" | "etaMs">;

/** The view of `entry` and its jobs, oldest job first. */
export function statusView(
  entry: Entry,
  jobs: readonly PlacedJob[],
  context: StatusContext = ALONE,
): StatusView {
  const views = [...jobs]
    .sort((a, b) => a.created_at.getTime() - b.created_at.getTime())
    .map(jobView);
  const ended = entry.status === "failed" || entry.status === "withdrawn";
  const scored = entry.status === "scored";
  /** Replays are for those that lead a board. */
  const settled = entry.provenance !== "pending" || entry.duplicate_of !== null ||
    context.supersededBy !== null;
  const active = views.some((job) => ACTIVE_STATES.has(job.state)) || !(ended || scored);
  return {
    id: entry.id,
    name: entry.name,
    author: entry.author,
    status: entry.status,
    provenance: entry.provenance,
    exactCount: entry.exact_count,
    fileDigest: entry.file_digest,
    duplicateOf: entry.duplicate_of,
    failure: entry.failure && { ...entry.failure, ours: entry.failure.ours ?? false },
    withdrawnAt: entry.withdrawn_at?.toISOString() ?? null,
    ...context,
    visibility: entry.visibility,
    jobs: views,
    active,
    finished: ended || (scored && !active && settled),
  };
}

/** What people see of a job. */
export function jobView(job: PlacedJob): JobView {
  const { id, kind, task, part, parts, state, stage, progress, etaMs, attempts } = job;
  const { jobsAhead, log, error } = job;
  const what = { id, kind, task, part, parts };
  return { ...what, state, stage, progress, etaMs, attempts, jobsAhead, log, error };
}
