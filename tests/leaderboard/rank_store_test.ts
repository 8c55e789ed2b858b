import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { ranksOf, readRanks } from "../../lib/leaderboard/rank_store.ts";
import { openDatabase } from "../../lib/storage/database.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry, addScore } from "../support/entries.ts";

const SORT = { id: "sort-6", version: 1 };
const REVERSE = { id: "reverse-16", version: 1 };

for (const backend of testBackends()) {
  describe(`ranks in memory on ${backend.name}`, () => {
    let opened: TestDatabase;
    beforeEach(async () => {
      opened = await backend.open();
    });
    afterEach(() => opened.close());
    afterAll(() => backend.close());

    async function add(id: string, score: number, board = SORT): Promise<void> {
      await addScore(opened.db, await addEntry(opened.db, { id }), board.id, score);
    }
    const inMemory = async () => (await ranksOf(opened.db, SORT)).index.leading(100);
    async function inTable(): Promise<string[]> {
      const rows = await opened.db.selectFrom("standing").select("entry_id")
        .where("benchmark", "=", SORT.id).where("version", "=", SORT.version)
        .where("ranked", "=", true)
        .orderBy("best_first").orderBy("parameters").orderBy("created_us").orderBy("entry_id")
        .execute();
      return rows.map((row) => row.entry_id);
    }

    it("follow the table through any changes", async () => {
      const change = fc.record({
        what: fc.constantFrom("score", "state", "parameters", "delete", "restore"),
        entry: fc.integer({ min: 0, max: 5 }),
        value: fc.integer({ min: 0, max: 3 }),
      });
      for (let i = 0; i < 6; i++) await add(`e${i}`, i % 3);
      const { db } = opened;
      await fc.assert(
        fc.asyncProperty(fc.array(change, { minLength: 10, maxLength: 15 }), async (changes) => {
          for (const { what, entry, value } of changes) {
            const id = `e${entry}`;
            const [row] = await db.selectFrom("entry").select("model_digest").where("id", "=", id)
              .execute();
            const digest = row.model_digest!;
            if (what === "delete") {
              await db.deleteFrom("score").where("model_digest", "=", digest).execute();
            } else if (what === "restore" || what === "score") {
              await db.deleteFrom("score").where("model_digest", "=", digest).execute();
              await addScore(db, { model_digest: digest } as never, SORT.id, value);
            } else {
              const provenance = value === 0 ? "mismatch" as const : "pending" as const;
              await db.updateTable("entry")
                .set(what === "state" ? { provenance } : { parameters: value })
                .where("id", "=", id).execute();
            }
            assert.deepEqual(await inMemory(), await inTable());
          }
        }),
        { numRuns: 6 },
      );
    });

    it("compute once what follows from a board, until the board changes", async () => {
      await add("a", 1);
      let made = 0;
      const make = async () =>
        await (await ranksOf(opened.db, SORT)).memoised("made", () => Promise.resolve(++made));
      assert.equal(await make(), 1);
      await add("b", 2, REVERSE);
      await opened.db.updateTable("entry").set({ blurb: "Words that no board shows" }).execute();
      assert.equal(await make(), 1);
      await opened.db.updateTable("entry").set({ name: "Shown" }).where("id", "=", "a").execute();
      assert.equal(await make(), 2);
      assert.equal(await make(), 2);
    });

    it("share a reading among all who ask at the same time", async () => {
      for (const [id, score] of [["a", 1], ["b", 3], ["c", 2]] as const) await add(id, score);
      const answers = await Promise.all(Array.from({ length: 20 }, inMemory));
      for (const answer of answers) assert.deepEqual(answer, ["b", "c", "a"]);
    });

    it("begin anew when the table was emptied behind the triggers", async () => {
      await add("a", 1);
      await inMemory();
      await opened.queueDatabase.executeSql(
        "begin; set local session_replication_role = replica; truncate standing; commit; " +
          "notify tinyproof_changes",
      );
      assert.deepEqual(await inMemory(), []);
    });

    it("take rows restored from another server for old ones", async () => {
      await add("a", 1);
      await opened.db.updateTable("standing").set({ changed: 10 ** 12 }).execute();
      assert.deepEqual(await inMemory(), ["a"]);
      const rows = await opened.db.selectFrom("standing").select("changed").execute();
      assert.deepEqual(rows, [{ changed: 0 }]);
    });

    it("see in a transaction what it has written, and nothing of it outside", async () => {
      await add("a", 1);
      await inMemory();
      const undone = opened.db.transaction().execute(async (trx) => {
        await trx.updateTable("entry").set({ provenance: "mismatch" }).execute();
        assert.equal((await ranksOf(trx, SORT)).index.total, 0);
        throw new Error("undo");
      });
      await assert.rejects(undone, /undo/);
      assert.deepEqual(await inMemory(), ["a"]);
    });

    if (backend.name === "pglite") return;

    it("miss no transaction that ends after later ones were seen", async () => {
      for (const id of ["a", "b"]) await add(id, 1);
      const other = await openDatabase({ dataDir: "", databaseUrl: opened.databaseUrl });
      const begun = Promise.withResolvers<void>(), go = Promise.withResolvers<void>();
      const long = other.db.transaction().execute(async (trx) => {
        await trx.updateTable("entry").set({ parameters: 5 }).where("id", "=", "b").execute();
        begun.resolve();
        await go.promise;
        // The same row that a younger transaction has changed, and that was read since.
        await trx.updateTable("entry").set({ parameters: 9 }).where("id", "=", "a").execute();
      });
      await begun.promise;
      await opened.db.updateTable("entry").set({ parameters: 7 }).where("id", "=", "a").execute();
      const { index } = await ranksOf(opened.db, SORT);
      const parameters = () => [index.at(1), index.at(2)].map((row) => row?.parameters);
      assert.deepEqual(parameters(), [7, 1000]);
      go.resolve();
      await long;
      await inMemory();
      assert.deepEqual(parameters(), [5, 9]);
      await other.close();
    });

    it("are read ahead, so that who comes asks for changes alone; not by a server that stops", async () => {
      await add("a", 1);
      await add("a2", 1, REVERSE);
      const asked: string[] = [];
      const other = await openDatabase({ dataDir: "", databaseUrl: opened.databaseUrl }, {
        onQuery: (_ms, _ok, text) => asked.push(text),
      });
      const wholeBoards = () => asked.splice(0).filter((text) => /and ranked\)/.test(text)).length;
      const ahead = new AbortController();
      await readRanks(other.db, [SORT], ahead.signal);
      assert.equal(wholeBoards(), 1);
      assert.deepEqual((await ranksOf(other.db, SORT)).index.leading(2), ["a"]);
      assert.equal(wholeBoards(), 0);
      ahead.abort();
      await readRanks(other.db, [SORT, REVERSE], ahead.signal);
      assert.equal(asked.length, 0);
      await other.close();
    });
  });
}
