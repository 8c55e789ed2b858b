import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createEvents, type EntryEvents } from "../../lib/queue/events.ts";
import { type OpenDatabase, openDatabase } from "../../lib/storage/database.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";

/** Resolves at the next event of `entryId`; `count` says how many there were. */
function watch(events: EntryEvents, entryId: string) {
  const seen = { count: 0, next: Promise.withResolvers<void>() };
  const stop = events.subscribe(entryId, () => {
    seen.count++;
    seen.next.resolve();
  });
  return { seen, stop };
}

async function listening({ notices }: TestDatabase | OpenDatabase): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = notices.on("tinyproof_entries", () => resolve());
  if (!notices.listening) await promise;
  stop();
}

for (const backend of testBackends()) {
  describe(`events of entries on ${backend.name}`, () => {
    let opened: TestDatabase;
    let events: EntryEvents;
    beforeEach(async () => {
      opened = await backend.open();
      events = createEvents(opened);
    });
    afterEach(async () => {
      await events.close();
      await opened.close();
    });
    afterAll(() => backend.close());

    it("reach every watcher of the entry at once, and nobody else", () => {
      const [a, again, b] = [watch(events, "a"), watch(events, "a"), watch(events, "b")];
      events.publish("a");
      assert.deepEqual([a.seen.count, again.seen.count, b.seen.count], [1, 1, 0]);
      a.stop();
      events.publish("a");
      assert.deepEqual([a.seen.count, again.seen.count], [1, 2]);
    });

    if (backend.name === "pglite") return;

    it("reach watchers on other servers, and come to the own ones once", async () => {
      const other = await openDatabase({ dataDir: "", databaseUrl: opened.databaseUrl });
      const elsewhere = createEvents(other);
      await Promise.all([listening(opened), listening(other)]);
      const [here, there] = [watch(events, "a"), watch(elsewhere, "a")];
      const echo = Promise.withResolvers<void>();
      const heard = opened.notices.on("tinyproof_entries", () => echo.resolve());
      events.publish("a");
      await Promise.all([there.seen.next.promise, echo.promise]);
      assert.deepEqual([here.seen.count, there.seen.count], [1, 1]);
      heard();
      await elsewhere.close();
      await other.close();
    });

    it("tell every watcher to look again after the connection was lost", async () => {
      await listening(opened);
      const { seen } = watch(events, "a");
      await opened.queueDatabase.executeSql(
        "select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen %' and pid <> pg_backend_pid()",
      );
      await seen.next.promise;
      assert.equal(seen.count, 1);
    });
  });
}
