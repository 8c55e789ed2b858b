import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { sql } from "kysely";
import { appendEvent, listEvents, verifyLedger } from "../../lib/storage/ledger.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";

const AT = new Date("2026-11-21T12:00:00Z");

for (const backend of testBackends()) {
  describe(`ledger on ${backend.name}`, () => {
    let opened: TestDatabase;
    beforeEach(async () => {
      opened = await backend.open();
    });
    afterEach(() => opened.close());
    afterAll(() => backend.close());

    const append = (kind: string, payload: unknown) =>
      opened.db.transaction().execute((trx) => appendEvent(trx, kind, payload, AT));

    it("is sound when empty", async () => {
      assert.deepEqual(await verifyLedger(opened.db), { ok: true, length: 0, firstBad: null });
    });

    it("chains events written at the same time, newest listed first", async () => {
      await Promise.all([1, 2, 3, 4, 5].map((n) => append("score", { n })));
      assert.deepEqual(await verifyLedger(opened.db), { ok: true, length: 5, firstBad: null });
      const page = await listEvents(opened.db, { before: 4, limit: 2 });
      assert.deepEqual(page.map((event) => event.seq), [3, 2]);
    });

    it("keeps nothing of a transaction that is rolled back", async () => {
      await append("submission", { entry: "a" });
      await assert.rejects(
        opened.db.transaction().execute(async (trx) => {
          await appendEvent(trx, "submission", { entry: "b" }, AT);
          throw new Error("undo");
        }),
        /undo/,
      );
      await append("submission", { entry: "c" });
      assert.deepEqual(await verifyLedger(opened.db), { ok: true, length: 2, firstBad: null });
    });

    it("refuses to change or drop an event", async () => {
      await append("verdict", { verdict: "exact" });
      const refused = /append-only/;
      await assert.rejects(opened.db.updateTable("ledger").set({ kind: "x" }).execute(), refused);
      await assert.rejects(opened.db.deleteFrom("ledger").execute(), refused);
      await assert.rejects(sql`truncate ledger`.execute(opened.db), refused);
    });

    it("names the first event changed behind its back", async () => {
      for (const n of [1, 2, 3]) await append("score", { n });
      await sql`alter table ledger disable trigger ledger_append_only`.execute(opened.db);
      await opened.db.updateTable("ledger").set({ payload: '{"n":9}' }).where("seq", "=", 2)
        .execute();
      assert.deepEqual(await verifyLedger(opened.db), { ok: false, length: 2, firstBad: 2 });
    });
  });
}
