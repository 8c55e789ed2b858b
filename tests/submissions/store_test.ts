import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { NotFoundError } from "../../lib/errors.ts";
import type { Db } from "../../lib/storage/database.ts";
import type { JobKind, JobState } from "../../lib/storage/job_schema.ts";
import { requireStatus } from "../../lib/submissions/require.ts";
import { entryByFile, getEntry, scoresOf, updateEntry } from "../../lib/submissions/store.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry, addScore } from "../support/entries.ts";

for (const backend of testBackends()) {
  describe(`submissions on ${backend.name}`, () => {
    let opened: TestDatabase;
    let db: Db;
    beforeEach(async () => {
      opened = await backend.open();
      db = opened.db;
    });
    afterEach(() => opened.close());
    afterAll(() => backend.close());

    it("finds an entry by id and by file", async () => {
      const first = await addEntry(db);
      const second = await addEntry(db, {
        model_digest: first.model_digest,
        duplicate_of: first.id,
      });
      assert.deepEqual(await getEntry(db, first.id), first);
      assert.deepEqual((await entryByFile(db, second.file_digest))?.id, second.id);
      assert.equal(await getEntry(db, "nobody"), null);
    });

    it("reads JSON columns as values", async () => {
      const entry = await addEntry(db);
      const failure = { stage: "scoring", reason: "Diverged", fix: "Lower the learning rate." };
      const updated = await updateEntry(db, entry.id, { failure: JSON.stringify(failure) });
      assert.deepEqual(updated.failure, failure);
      assert.deepEqual(updated.recipe, { spec: "exact/1" });
    });

    it("says so when the entry to change does not exist", async () => {
      await assert.rejects(updateEntry(db, "nobody", { status: "failed" }), NotFoundError);
    });

    it("replaces a score computed again instead of adding a second", async () => {
      const entry = await addEntry(db);
      await addScore(db, entry, "sort-6", 10);
      await addScore(db, entry, "sort-6", 20);
      const scores = await scoresOf(db, entry.model_digest ?? "");
      assert.deepEqual(scores.map((score) => score.score), [20]);
    });

    it("says how many jobs of a kind come before one that waits", async () => {
      const add = async (
        id: string,
        kind: JobKind,
        state: JobState,
        second: number,
        priority = 0,
      ) => {
        const created_at = new Date(Date.UTC(2026, 0, 1, 0, 0, second));
        const { id: entry_id } = await addEntry(db);
        await db.insertInto("job").values({ id, kind, state, entry_id, created_at, priority })
          .execute();
        return entry_id;
      };
      await add("ended", "score", "done", 1);
      const running = await add("running", "score", "running", 2);
      await add("replay", "verify", "queued", 3);
      const waiting = await add("waiting", "score", "queued", 4);
      await add("later", "score", "queued", 5);
      await add("preferred", "score", "queued", 6, 1);
      assert.equal((await requireStatus(db, waiting)).jobs[0].jobsAhead, 2);
      assert.equal((await requireStatus(db, running)).jobs[0].jobsAhead, null);
    });
  });
}
