import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { sql } from "kysely";
import type { Db } from "../../lib/storage/database.ts";
import { appendEvent } from "../../lib/storage/ledger.ts";
import { type MoveOptions, moveTables } from "../../lib/storage/transfer/move.ts";
import { digestTable } from "../../lib/storage/transfer/table_digest.ts";
import { tablesOf } from "../../lib/storage/transfer/tables.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry, addScore } from "../support/entries.ts";

const BACKENDS = testBackends();

describe("a database moved to another", () => {
  afterAll(async () => {
    for (const backend of BACKENDS) await backend.close();
  });

  // From either database to the last one: PostgreSQL where it is installed.
  for (const from of BACKENDS) {
    const to = BACKENDS[BACKENDS.length - 1];
    describe(`has tables, from ${from.name} to ${to.name}, that`, () => {
      let source: TestDatabase;
      let target: TestDatabase;
      beforeEach(async () => {
        [source, target] = [await from.open(), await to.open()];
      });
      afterEach(async () => {
        await source.close();
        await target.close();
      });
      const move = (options: Partial<Pick<MoveOptions, "resume" | "onTable">> = {}) =>
        moveTables({
          ...{ source: source.db, target: target.db, resume: false, onTable: () => {}, ...options },
        });

      async function fill(db: Db): Promise<void> {
        // On no board: their rows divide scores by costs, and the smallest number cannot be divided.
        const first = await addEntry(db, { fork_of: null, status: "received" });
        const second = await addEntry(db, { name: "\u0001 'a' \"b\" \\ \t é 🙂 NULL", blurb: "" });
        // The first row names the second, which is written after it.
        await db.updateTable("entry").set({ revision_of: second.id, fork_of: second.id })
          .where("id", "=", first.id).execute();
        for (const score of [1 / 3, 5e-324, -0, 1.7976931348623157e308, null]) {
          await addScore(db, first, `b${score}`, score, { examples: `[{"a": 1.10, "b": null}]` });
        }
        await db.transaction().execute((trx) =>
          appendEvent(trx, "a", { é: "\u2028" }, new Date(7))
        );
        await db.updateTable("entry").set({ created_at: sql`'2026-01-02 03:04:05.678901+00'` })
          .where("id", "=", second.id).execute();
      }

      it("have the same rows, to the last bit", async () => {
        await fill(source.db);
        const { tables, ledger } = await move();
        assert.deepEqual(ledger, { ok: true, length: 1, firstBad: null });
        const counts = Object.fromEntries(tables.map(({ table, rows }) => [table, rows]));
        assert.deepEqual([counts.entry, counts.score, counts.blob, counts.job], [2, 5, 2, 0]);
        for (const table of ["entry", "score", "ledger"] as const) {
          const rows = (db: Db) =>
            sql`select to_jsonb(t) as row from ${sql.table(table)} t order by to_jsonb(t)::text`
              .execute(db);
          assert.deepEqual((await rows(target.db)).rows, (await rows(source.db)).rows);
        }
        const { rows: [{ micros }] } = await sql<{ micros: number }>`
        select extract(microseconds from max(created_at))::int as micros from entry
        where blurb = '' and revision_of is null`.execute(target.db);
        assert.equal(micros, 5_678_901);
      });

      it("go on where they were interrupted, and copy nothing twice", async () => {
        await fill(source.db);
        const before: string[] = [];
        const stopping = move({
          onTable: ({ table }) => {
            before.push(table);
            if (table === "blob") throw new Error("interrupted");
          },
        });
        await assert.rejects(stopping, /interrupted/);
        await assert.rejects(move(), /not empty/);
        const { tables } = await move({ resume: true });
        const copied = tables.filter((moved) => moved.copied).map(({ table }) => table);
        assert.deepEqual(copied.filter((table) => before.includes(table)), []);
        assert.deepEqual(copied.toSorted(), ["entry", "ledger", "score"]);
      });

      it("are not taken for equal when one bit differs", async () => {
        await fill(source.db);
        await move();
        await target.db.updateTable("score").set({ score: 0.33333333333333337 })
          .where("benchmark", "=", `b${1 / 3}`).execute();
        await assert.rejects(move({ resume: true }), /table score holds other rows/);
      });

      it("come after those they refer to", async () => {
        const order = (await tablesOf(source.db)).map(({ name }) => name);
        assert.ok(order.indexOf("blob") < order.indexOf("entry"));
        assert.ok(order.indexOf("entry") < order.indexOf("job"));
        assert.ok(order.indexOf("twin_seed") < order.indexOf("twin_score"));
        assert.ok(!order.some((name) => name.startsWith("kysely")));
      });

      it("have a digest that does not depend on the order of rows", async () => {
        const [table] = (await tablesOf(source.db)).filter(({ name }) => name === "blob");
        const digests = ["a", "b", "c"].map((letter) => letter.repeat(64));
        const write = async (db: Db, order: string[]) => {
          for (const digest of order) {
            await db.insertInto("blob").values({ digest, byte_length: 1, created_at: new Date(9) })
              .execute();
          }
          return await digestTable(db, table);
        };
        const one = await write(source.db, digests);
        assert.deepEqual(await write(target.db, digests.reverse()), one);
        assert.equal(one.rows, 3);
      });
    });
  }
});
