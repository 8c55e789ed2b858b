import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Entry } from "../../lib/storage/entry_schema.ts";
import type { Job } from "../../lib/storage/job_schema.ts";
import { type PlacedJob, statusView } from "../../lib/submissions/status.ts";

function entry(changes: Partial<Entry>): Entry {
  return {
    id: "e",
    name: "n",
    status: "received",
    provenance: "pending",
    failure: null,
    duplicate_of: null,
    ...changes,
  } as Entry;
}

function job(id: string, state: Job["state"], minute: number): PlacedJob {
  return { id, kind: "score", state, created_at: new Date(2026, 0, 1, 0, minute) } as PlacedJob;
}

describe("the status of a submission", () => {
  it("is active from the moment it is received, before any job exists", () => {
    const view = statusView(entry({}), []);
    assert.deepEqual([view.active, view.finished], [true, false]);
  });

  it("is not finished while a replay may still come", () => {
    const view = statusView(entry({ status: "scored" }), [job("a", "done", 0)]);
    assert.deepEqual([view.active, view.finished], [false, false]);
  });

  it("is finished for a duplicate, which nobody replays", () => {
    const duplicate = entry({ status: "scored", duplicate_of: "other" });
    assert.equal(statusView(duplicate, [job("a", "done", 0)]).finished, true);
  });

  it("is finished with a verdict and no open job", () => {
    const scored = entry({ status: "scored", provenance: "exact" });
    assert.equal(statusView(scored, [job("a", "done", 0)]).finished, true);
    assert.equal(statusView(scored, [job("a", "running", 0)]).finished, false);
  });

  it("is finished when it failed, and lists its jobs oldest first", () => {
    const view = statusView(entry({ status: "failed" }), [
      job("b", "failed", 2),
      job("a", "done", 1),
    ]);
    assert.equal(view.finished, true);
    assert.deepEqual(view.jobs.map(({ id }) => id), ["a", "b"]);
  });
});
