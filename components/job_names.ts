// What kinds of jobs are called.

import type { JobKind } from "../lib/storage/schema.ts";

export const JOB_NAMES: Record<JobKind, string> = {
  score: "Check and score",
  verify: "Exact replay",
};
