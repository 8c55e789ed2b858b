// What kinds of jobs are called, and the parts of replays.

import type { JobKind } from "../lib/storage/job_schema.ts";
import type { ReplayTask } from "../lib/storage/replay_schema.ts";

const JOB_NAMES: Record<JobKind, string> = {
  score: "Check and score",
  generate: "Set for the lab",
  verify: "Exact replay",
};

const PART_NAMES: Record<ReplayTask, string> = {
  segments: "Exact replay, part",
  sample: "Spot check, segment",
  "fresh-seeds": "Training from a fresh seed,",
};

/** "Exact replay", "Exact replay, part 2 of 4"; `part` counts from 0. */
export function jobName(
  { kind, task, part, parts }: {
    kind: JobKind;
    task: ReplayTask | null;
    part: number | null;
    parts: number | null;
  },
): string {
  return task === null || part === null
    ? JOB_NAMES[kind]
    : `${PART_NAMES[task]} ${part + 1} of ${parts}`;
}
