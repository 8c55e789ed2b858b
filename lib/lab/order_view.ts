// What people see of a set that the server generates. Knows no database.

import type { JobState } from "../storage/job_schema.ts";
import type { JobView } from "../submissions/status.ts";
import type { SearchOptions } from "./generate/completions.ts";

/** JSON-safe: the page, its live island and the API all show this. */
export interface OrderView {
  id: string;
  /** Of the entry, in the set. */
  model: string;
  entryId: string;
  prompts: string;
  rubric: string;
  search: SearchOptions;
  /** A set that it joins. */
  into: string | null;
  /** Of that set; null where a moderator has hidden it. */
  intoName: string | null;
  createdAt: string;
  /** Completions there are, and how many there will be. */
  done: number;
  total: number;
  /** Its newest job. */
  job: Omit<JobView, "task" | "part" | "parts"> | null;
  /** That job waits or runs. */
  active: boolean;
  /** What came of it. */
  setId: string | null;
}

/** In a list of them. */
export interface ListedOrder {
  id: string;
  model: string;
  prompts: string;
  set_id: string | null;
  created_at: Date;
  /** Of its newest job. */
  state: JobState | null;
}
