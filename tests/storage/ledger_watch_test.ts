import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { sql } from "kysely";
import { appendEvent } from "../../lib/storage/ledger.ts";
import { LedgerWatch } from "../../lib/storage/ledger_watch.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";

const MINUTE_MS = 60_000;

for (const backend of testBackends()) {
  describe(`the ledger's chain, watched, on ${backend.name}`, () => {
    let opened: TestDatabase;
    let watch: LedgerWatch;
    let time: Date;
    beforeEach(async () => {
      opened = await backend.open();
      time = new Date("2026-11-27T12:00:00Z");
      watch = new LedgerWatch(opened.db, () => time, 10 * MINUTE_MS);
    });
    afterEach(async () => {
      await watch.idle();
      await opened.close();
    });
    afterAll(() => backend.close());

    const append = (n: number) =>
      opened.db.transaction().execute((trx) => appendEvent(trx, "score", { n }, time));
    const pass = (minutes: number) => time = new Date(time.getTime() + minutes * MINUTE_MS);
    async function forge(seq: number): Promise<void> {
      await sql`alter table ledger disable trigger ledger_append_only`.execute(opened.db);
      await opened.db.updateTable("ledger").set({ payload: '{"n":9}' }).where("seq", "=", seq)
        .execute();
    }
    const outcome = async () => {
      const { ok, length, firstBad } = await watch.check();
      return { ok, length, firstBad };
    };

    it("goes on with what is new", async () => {
      assert.deepEqual(await outcome(), { ok: true, length: 0, firstBad: null });
      for (const n of [1, 2, 3]) await append(n);
      assert.deepEqual(await outcome(), { ok: true, length: 3, firstBad: null });
      await append(4);
      pass(1);
      const { length, wholeAt } = await watch.check();
      assert.equal(length, 4);
      assert.equal(wholeAt.toISOString(), "2026-11-27T12:00:00.000Z");
    });

    it("is the same for all who ask at once", async () => {
      for (const n of [1, 2, 3]) await append(n);
      const found = await Promise.all(Array.from({ length: 8 }, outcome));
      for (const one of found) assert.deepEqual(one, { ok: true, length: 3, firstBad: null });
    });

    it("shows a new line that does not follow at once", async () => {
      for (const n of [1, 2]) await append(n);
      await watch.check();
      await append(3);
      await forge(3);
      assert.deepEqual(await outcome(), { ok: false, length: 3, firstBad: 3 });
      assert.deepEqual(await outcome(), { ok: false, length: 3, firstBad: 3 });
    });

    it("is hashed again from its first line on, so that an old one is found too", async () => {
      for (const n of [1, 2, 3]) await append(n);
      await watch.check();
      await forge(2);
      pass(9);
      assert.equal((await outcome()).ok, true);
      pass(1);
      await watch.check();
      await watch.idle();
      assert.deepEqual(await outcome(), { ok: false, length: 2, firstBad: 2 });
    });

    it("holds again once a broken line is what it was", async () => {
      for (const n of [1, 2]) await append(n);
      await forge(2);
      assert.equal((await outcome()).ok, false);
      await opened.db.updateTable("ledger").set({ payload: '{"n":2}' }).where("seq", "=", 2)
        .execute();
      pass(10);
      await watch.check();
      await watch.idle();
      assert.deepEqual(await outcome(), { ok: true, length: 2, firstBad: null });
    });
  });
}
