import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { openDatabase } from "../../lib/storage/database.ts";
import { notify } from "../../lib/storage/notices.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry } from "../support/entries.ts";

for (const backend of testBackends()) {
  describe(`changes on ${backend.name}`, () => {
    let opened: TestDatabase;
    beforeEach(async () => {
      opened = await backend.open();
      await until(() => opened.changes.version !== null);
      // Messages come in the order of their commits: what emptied the tables for us is counted now.
      const heard = Promise.withResolvers<void>();
      const leave = opened.notices.on("tinyproof_jobs", (text) => {
        if (text === "marker") heard.resolve();
      });
      await notify(opened.db, "tinyproof_jobs", "marker");
      await heard.promise;
      leave();
    });
    afterEach(() => opened.close());
    afterAll(() => backend.close());

    const version = () => opened.changes.version!;
    it("counts each insert, update and delete once", async () => {
      // An entry is two inserts: its file and itself.
      for (
        const [changes, change] of [
          [2, () => addEntry(opened.db, { id: "a" })],
          [1, () => opened.db.updateTable("entry").set({ name: "b" }).execute()],
          [1, () => opened.db.deleteFrom("entry").execute()],
        ] as const
      ) {
        const before = version();
        await change();
        await until(() => version() >= before + changes);
        assert.equal(version(), before + changes);
      }
    });

    it("counts nothing for reading, for a job's progress, or for what is undone", async () => {
      const empty = version();
      await addEntry(opened.db, { id: "a" });
      await until(() => version() === empty + 2);
      const before = version();
      await opened.db.selectFrom("entry").selectAll().execute();
      await opened.db.insertInto("job").values({ id: "j", kind: "score", entry_id: "a" }).execute();
      await opened.db.updateTable("job").set({ progress: 0.5 }).execute();
      await opened.db.deleteFrom("tie_groups").execute();
      const undone = opened.db.transaction().execute(async (trx) => {
        await trx.updateTable("entry").set({ name: "c" }).execute();
        throw new Error("undo");
      });
      await assert.rejects(undone, /undo/);
      await opened.db.selectFrom("entry").selectAll().execute();
      assert.equal(version(), before);
    });

    if (backend.name === "pglite") return;

    it("hears what another server commits, and knows nothing while its connection is lost", async () => {
      const other = await openDatabase({ dataDir: "", databaseUrl: opened.databaseUrl });
      const before = version();
      await addEntry(other.db, { id: "a" });
      await until(() => version() > before);
      const lost = version();
      await other.queueDatabase.executeSql(
        "select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen %' and pid <> pg_backend_pid()",
      );
      await until(() => opened.changes.version === null);
      await until(() => opened.changes.version !== null);
      assert.ok(version() > lost, "what happened in between is unknown");
      await other.close();
    });
  });
}

/** Fails by the runner's own patience: nothing here takes longer than a reconnection. */
async function until(holds: () => boolean): Promise<void> {
  const giveUpMs = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > giveUpMs) throw new Error("It did not come true");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
