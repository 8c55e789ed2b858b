import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Db } from "../../lib/storage/database.ts";
import type { JobState } from "../../lib/storage/job_schema.ts";
import {
  candidatesForSweep,
  getReport,
  listReports,
  putReport,
  reportsOf,
} from "../../lib/verification/store.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry, addScore } from "../support/entries.ts";

const SORT = { id: "sort-6", version: 1, lowerIsBetter: false, unit: "%" } as const;

for (const backend of testBackends()) {
  describe(`verification on ${backend.name}`, () => {
    let opened: TestDatabase;
    let db: Db;
    beforeEach(async () => {
      opened = await backend.open();
      db = opened.db;
    });
    afterEach(() => opened.close());
    afterAll(() => backend.close());

    const report = (id: string, entry_id: string, verdict: string) =>
      putReport(db, {
        id,
        entry_id,
        verdict,
        statement: JSON.stringify({ verdict }),
        statement_digest: "d",
      });

    it("lists reports newest first, page by page, by verdict and by entry", async () => {
      const [one, two] = [await addEntry(db), await addEntry(db)];
      await report("a", one.id, "exact");
      await report("b", two.id, "mismatch");
      await report("c", one.id, "exact");
      const ids = (reports: { id: string }[]) => reports.map((row) => row.id);
      assert.deepEqual(ids(await listReports(db, { limit: 2 })), ["c", "b"]);
      assert.deepEqual(ids(await listReports(db, { before: "b", limit: 2 })), ["a"]);
      assert.deepEqual(ids(await listReports(db, { limit: 9, verdict: "mismatch" })), ["b"]);
      assert.deepEqual(ids(await reportsOf(db, one.id)), ["c", "a"]);
    });

    it("stores a report once", async () => {
      const entry = await addEntry(db);
      await report("a", entry.id, "exact");
      await report("a", entry.id, "mismatch");
      const stored = await getReport(db, "a");
      assert.equal(stored?.verdict, "exact");
      assert.equal(stored?.entryName, entry.name);
      assert.deepEqual(stored?.statement, { verdict: "exact" });
    });

    const sweepIds = async (topN: number) =>
      (await candidatesForSweep(db, [SORT], topN)).map(({ id }) => id);

    it("sweeps the top entries that have a recipe and no verdict", async () => {
      const scored = async (score: number, overrides = {}) => {
        const entry = await addEntry(db, overrides);
        await addScore(db, entry, SORT.id, score);
        return entry.id;
      };
      await scored(99, { provenance: "exact" });
      await scored(98, { provenance: "external", recipe: null });
      const pending = await scored(97);
      await scored(96);
      assert.deepEqual(await sweepIds(3), [pending]);
    });

    it("leaves alone an entry whose replay is open or has failed twice", async () => {
      const entry = await addEntry(db);
      await addScore(db, entry, SORT.id, 99);
      const job = (id: string, state: JobState) =>
        db.insertInto("job").values({ id, kind: "verify", entry_id: entry.id, state }).execute();
      await job("1", "failed");
      assert.deepEqual(await sweepIds(10), [entry.id]);
      await job("2", "queued");
      assert.deepEqual(await sweepIds(10), []);
      await db.updateTable("job").set({ state: "failed" }).execute();
      assert.deepEqual(await sweepIds(10), []);
    });
  });
}
