import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { sql } from "kysely";
import { FIXED_WORK, msPerWork, untilDoneMs } from "../../lib/queue/estimate.ts";
import { placeOf } from "../../lib/queue/place.ts";
import { getJob } from "../../lib/queue/store.ts";
import type { JobKind, JobState } from "../../lib/storage/job_schema.ts";
import { requireStatus } from "../../lib/submissions/require.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry } from "../support/entries.ts";

describe("the time a unit of work takes", () => {
  it("is the median of what was measured", () => {
    const measured = [10, 1, 2, 1000, 3].map((durationMs) => ({ durationMs, work: 10 }));
    assert.equal(msPerWork(measured), 0.3);
    assert.equal(msPerWork(measured.slice(0, 4)), 0.6);
    assert.equal(msPerWork([]), null);
  });
});

describe("the time until a waiting job is done", () => {
  it("is what is before it, shared by the processes, and its own", () => {
    const ahead = { running: 2, runningLeftMs: 1000, workAhead: 500 };
    assert.equal(untilDoneMs(ahead, { work: 100, msPerWork: 2 }), 1000 + 200);
    const alone = { running: 0, runningLeftMs: 0, workAhead: 0 };
    assert.equal(untilDoneMs(alone, { work: 100, msPerWork: 2 }), 200);
  });
});

for (const backend of testBackends()) {
  describe(`the place of a job on ${backend.name}`, () => {
    let opened: TestDatabase;
    beforeEach(async () => {
      opened = await backend.open();
    });
    afterEach(() => opened.close());
    afterAll(() => backend.close());

    interface Given {
      kind?: JobKind;
      state?: JobState;
      parameters?: number | null;
      /** Of a job that is done; of one that runs, how long it has been running. */
      seconds?: number;
      etaMs?: number;
      priority?: number;
    }

    let jobs = 0;
    async function add(
      { kind = "score", state = "queued", parameters = 1e6, seconds, etaMs, priority = 0 }: Given,
    ): Promise<string> {
      const entry = await addEntry(opened.db, { parameters, training_flops: parameters });
      const id = `job-${++jobs}`;
      await opened.db.insertInto("job").values({
        ...{ id, kind, state, priority, eta_ms: etaMs ?? null, attempts: 1 },
        entry_id: entry.id,
        created_at: new Date(Date.UTC(2026, 0, 1) + jobs * 1000),
        attempt_at: seconds === undefined
          ? null
          : sql<Date>`now() - ${seconds}::float8 * interval '1 second'`,
        finished_at: state === "done" ? sql<Date>`now()` : null,
      }).execute();
      return id;
    }

    const place = async (id: string) => await placeOf(opened.db, (await getJob(opened.db, id))!);
    /** Milliseconds of a million parameters, at `seconds` for a job of a million. */
    const timeOf = (parameters: number, seconds: number) =>
      seconds * 1000 * (parameters + FIXED_WORK.score) / (1e6 + FIXED_WORK.score);
    const near = (got: number | null, expected: number) =>
      // The clock goes on while the test asks.
      assert.ok(Math.abs((got ?? NaN) / expected - 1) < 0.05, `Expected ${expected}, got ${got}`);

    it("has no time as long as nothing was measured", async () => {
      const first = await add({});
      assert.deepEqual(await place(await add({})), { jobsAhead: 1, etaMs: null });
      assert.deepEqual(await place(first), { jobsAhead: 0, etaMs: null });
    });

    it("grows with the work of the jobs before it and its own", async () => {
      for (const seconds of [1000, 2000, 2000, 2000, 500_000]) {
        await add({ state: "done", seconds });
      }
      await add({ parameters: 2e6 });
      const { jobsAhead, etaMs } = await place(await add({ parameters: 5e5 }));
      assert.equal(jobsAhead, 1);
      near(etaMs, timeOf(2e6, 2000) + timeOf(5e5, 2000));
    });

    it("goes by the bytes of a file that nobody has read yet", async () => {
      await add({ state: "done", seconds: 2000 });
      const id = await add({ parameters: null });
      await opened.db.updateTable("blob").set({ byte_length: 8e6 })
        .where(
          "digest",
          "in",
          (eb) =>
            eb.selectFrom("job").innerJoin("entry", "entry.id", "job.entry_id")
              .select("entry.file_digest").where("job.id", "=", id),
        ).execute();
      near((await place(id)).etaMs, timeOf(2e6, 2000));
    });

    it("counts what running jobs have left, as they say or as was measured", async () => {
      await add({ state: "done", seconds: 2000 });
      await add({ state: "running", seconds: 500, etaMs: 6_000_000 });
      await add({ state: "running", seconds: 500 });
      const { jobsAhead, etaMs } = await place(await add({}));
      assert.equal(jobsAhead, 2);
      near(etaMs, (6_000_000 + 1_500_000) / 2 + 2_000_000);
    });

    it("is the process's own word for a job that runs, else the measured time", async () => {
      await add({ state: "done", seconds: 2000 });
      const said = await add({ state: "running", seconds: 500, etaMs: 1234 });
      assert.deepEqual(await place(said), { jobsAhead: null, etaMs: 1234 });
      const silent = await place(await add({ state: "running", seconds: 500 }));
      near(silent.etaMs, 1_500_000);
      assert.equal((await place(await add({ state: "running", seconds: 50000 }))).etaMs, 0);
    });

    it("is that of the queue's order, each kind for itself", async () => {
      await add({ state: "done", seconds: 2000 });
      await add({ kind: "verify" });
      await add({ priority: -3 });
      const mine = await add({ priority: -2 });
      await add({ priority: -1 });
      const { jobsAhead, etaMs } = await place(mine);
      assert.equal(jobsAhead, 1);
      near(etaMs, 4_000_000);
    });

    it("is not misled by scores of single benchmarks, nor by attempts that failed", async () => {
      await add({ state: "done", seconds: 2000 });
      for (let i = 0; i < 3; i++) await add({ state: "done", seconds: 100, priority: -1_000_000 });
      await opened.db.updateTable("job").set({ attempts: 2 })
        .where("id", "=", await add({ state: "done", seconds: 100 })).execute();
      near((await place(await add({}))).etaMs, 2_000_000);
    });

    it("is shown by the status, and ends with the job", async () => {
      await add({ state: "done", seconds: 2000 });
      const id = await add({});
      const { entry_id } = (await getJob(opened.db, id))!;
      const [{ jobsAhead, etaMs }] = (await requireStatus(opened.db, entry_id)).jobs;
      assert.equal(jobsAhead, 0);
      near(etaMs, 2_000_000);
      await opened.db.updateTable("job").set({ state: "done" }).where("id", "=", id).execute();
      const [ended] = (await requireStatus(opened.db, entry_id)).jobs;
      assert.deepEqual([ended.jobsAhead, ended.etaMs], [null, null]);
    });
  });
}
