import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Kysely, sql } from "kysely";
import { BENCHMARKS } from "../../lib/benchmarks/registry.ts";
import { openDatabase } from "../../lib/storage/database.ts";
import type { Database } from "../../lib/storage/schema.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry, addScore } from "../support/entries.ts";

/** Rows that the table and the view do not share. */
async function differences(db: Kysely<Database>): Promise<unknown[]> {
  const { rows: columns } = await sql<{ name: string }>`
    select column_name as name from information_schema.columns where table_name = 'standing_now'`
    .execute(db);
  const names = sql.join(columns.map(({ name }) => sql.ref(name)));
  const kept = sql`select ${names} from standing where listed`;
  const now = sql`select ${names} from standing_now`;
  const { rows } = await sql`select * from ((${kept} except all ${now})
    union all (${now} except all ${kept})) as differing`.execute(db);
  return rows;
}

const DIGESTS = ["m0", "m1", "m2", "m3"];
const ENTRIES = ["e0", "e1", "e2", "e3"];
const CORPORA = ["c0", "c1"];
const BOARDS = ["sort-6", "tinystories-ppl"];

type Values = Record<string, string | number | boolean | null>;

const fill = (statement: string, values: Values): string =>
  statement.replace(/:(\w+)/g, (_, name) => {
    const value = values[name];
    return typeof value === "string" ? `'${value}'` : String(value);
  });

const values = fc.record({
  entry: fc.constantFrom(...ENTRIES),
  other: fc.constantFrom(...ENTRIES, null),
  digest: fc.constantFrom(...DIGESTS),
  newDigest: fc.constantFrom(...DIGESTS, ...DIGESTS, null),
  corpus: fc.constantFrom(...CORPORA),
  benchmark: fc.constantFrom(...BOARDS),
  status: fc.constantFrom(...Array(9).fill("scored"), "scoring", "withdrawn"),
  visibility: fc.constantFrom("public", "public", "held", "hidden"),
  provenance: fc.constantFrom("pending", "exact", "external", "mismatch", "rejected"),
  score: fc.constantFrom(0, 1.5, 3.25, 256, 100, null),
  flops: fc.constantFrom(0, 1e9, 2e12, null),
  parameters: fc.constantFrom(0, 100, 5_000_000, null),
  start: fc.integer({ min: 0, max: 7 }),
  yes: fc.boolean(),
});

/** One statement each, as any writer might send it. */
const STATEMENTS = [
  `insert into entry (id, name, author, blurb, file_digest, file_name, model_digest, status)
    values (:entry, 'Model', 'Ada', '', :entry, 'm', :digest, :status) on conflict do nothing`,
  `update entry set status = :status, provenance = :provenance where id = :entry`,
  `update entry set duplicate_of = :other where id = :entry`,
  `update entry set model_digest = :newDigest where id = :entry`,
  `update entry set parameters = :parameters, training_flops = :flops, featured = :yes`,
  `update entry set name = :provenance, exact_count = :start where model_digest = :digest`,
  `update entry set updated_at = now()`,
  `update entry set visibility = :visibility where id = :entry`,
  `update entry set revision_of = :other where id = :entry`,
  `update entry set created_at = timestamptz '2026-01-01' + :start * interval '1 day'
    where id = :entry`,
  `delete from entry where id = :entry and id not in
    (select duplicate_of from entry where duplicate_of is not null
      union select revision_of from entry where revision_of is not null
      union select entry_id from corpus_use)`,
  `insert into score (model_digest, benchmark, version, score, examples, engine_digest, data_digest, wall_ms)
    values (:digest, :benchmark, 1, :score, '[]', 'e', 'd', 1), (:digest, :benchmark, 2, 7, '[]', 'e', 'd', 1)
    on conflict (model_digest, benchmark, version) do update set score = excluded.score`,
  `update score set score = :score, interval_low = :flops where benchmark = :benchmark`,
  `update score set model_digest = 'moved' where model_digest = :digest and not exists
    (select from score where model_digest = 'moved')`,
  `delete from score where model_digest = :digest and benchmark = :benchmark and version = 1`,
  `insert into twin_score (model_digest, benchmark, version, period, correct, trials, gap, gap_low,
      gap_high, memorised, engine_digest)
    values (:digest, :benchmark, 1, '2026-Q4', 3, 9, 1.5, :start, 3, :yes, 'e')
    on conflict (model_digest, benchmark, version, period)
      do update set memorised = excluded.memorised, gap_low = excluded.gap_low`,
  `delete from twin_score where model_digest = :digest`,
  `insert into corpus_use values (:corpus, :start, :start + 4, :entry)`,
  `update corpus_use set corpus = :corpus`,
  `delete from corpus_use where entry_id = :entry`,
  `insert into corpus (sha256, name, author, licence, licence_note, source, byte_length, preview)
    values (:corpus, 'c', 'a', 'MIT', '', '', 1, '') on conflict do nothing`,
  `delete from corpus where sha256 = :corpus`,
  `insert into scan (corpus, scope, report) values (:corpus, 's', '{}') on conflict do nothing`,
  `delete from scan where corpus = :corpus`,
  `insert into contamination (corpus, start_byte, end_byte, benchmark, version)
    values (:corpus, :start, :start + 5, :benchmark, 1), (:corpus, 0, 9, :benchmark, 2)`,
  `update contamination set start_byte = :start, end_byte = :start + 2 where corpus = :corpus`,
  `delete from contamination where benchmark = :benchmark`,
  `truncate contamination`,
  `insert into ticket (id, account_id, commitment, nonce, seed)
    values ('t' || :start, 'a' || :start % 2, 'c', 'n' || :start, :start) on conflict do nothing`,
  `update entry set ticket = (select id from ticket order by id limit 1) where id = :entry`,
  `update ticket set account_id = 'a' || :start % 3`,
  `delete from ticket where id = 't' || :start`,
];

/** Each statement once or twice, in any order. */
const operations = fc.tuple(
  fc.shuffledSubarray(STATEMENTS, { minLength: STATEMENTS.length }),
  fc.shuffledSubarray(STATEMENTS),
  fc.array(values, { minLength: 2 * STATEMENTS.length, maxLength: 2 * STATEMENTS.length }),
).map(([all, again, chosen]) =>
  [...all, ...again].map((statement, i) => ({ statement, filled: fill(statement, chosen[i]) }))
);

for (const backend of testBackends()) {
  describe(`standings on ${backend.name}`, () => {
    let opened: TestDatabase;
    beforeEach(async () => {
      opened = await backend.open();
    });
    afterEach(() => opened.close());
    afterAll(() => backend.close());

    async function prepare(): Promise<void> {
      const { db } = opened;
      for (const table of ["contamination", "corpus_use", "scan", "corpus"] as const) {
        await db.deleteFrom(table).execute();
      }
      for (
        const table of ["twin_score", "twin_seed", "score", "entry", "ticket", "blob"] as const
      ) {
        await db.deleteFrom(table).execute();
      }
      await db.insertInto("blob")
        .values([...ENTRIES, ...CORPORA].map((digest) => ({ digest, byte_length: 1 }))).execute();
      await sql`insert into twin_seed values ('2026-Q4', 'c', 's', now())`.execute(db);
      const run = (start: string, chosen: Values) =>
        sql.raw(fill(STATEMENTS.find((text) => text.startsWith(start))!, chosen)).execute(db);
      for (const [i, id] of ENTRIES.entries()) {
        const digest = `m${i}`, score = 50 + i, benchmark = "sort-6";
        await run("insert into entry", { entry: id, digest, status: "scored" });
        await run("insert into score", { digest, benchmark, score });
      }
      // One of each without a rank: trials learned, a corpus found wanting, one not looked at yet.
      await run("insert into twin", { digest: "m1", benchmark: "sort-6", start: 0, yes: true });
      for (const [entry, corpus] of [["e2", "c0"], ["e3", "c1"]]) {
        await run("insert into corpus_use", { entry, corpus, start: 0 });
      }
      await run("insert into contamination", { corpus: "c0", start: 0, benchmark: "sort-6" });
      await run("insert into corpus ", { corpus: "c1" });
      await run("insert into ticket", { start: 3 });
      await run("update entry set ticket", { entry: "e0" });
    }

    it("are what the view says after any statement of any writer", async () => {
      /** What was seen on the way: a run that lists nothing proves nothing. */
      const seen = {
        listed: 0,
        ranked: 0,
        memorised: 0,
        contaminated_by: 0,
        unscanned_corpus: 0,
        tickets: 0,
      };
      const done = new Set<string>();
      await fc.assert(
        fc.asyncProperty(operations, async (all) => {
          await prepare();
          for (const { statement, filled } of all) {
            for (const row of await opened.db.selectFrom("standing").selectAll().execute()) {
              for (const name of Object.keys(seen) as (keyof typeof seen)[]) {
                seen[name] += row[name] ? 1 : 0;
              }
            }
            await sql.raw(filled).execute(opened.db)
              // Refused by a key or a reference: then nothing has changed.
              .then(() => done.add(statement), () => {});
            assert.deepEqual(await differences(opened.db), [], filled);
          }
        }),
        { numRuns: 6 },
      );
      assert.ok(
        seen.listed > seen.ranked && Object.values(seen).every(Boolean),
        JSON.stringify(seen),
      );
      assert.deepEqual(STATEMENTS.filter((statement) => !done.has(statement)), []);
    });

    it("follow no change that is undone", async () => {
      await prepare();
      await addScore(opened.db, await addEntry(opened.db), "sort-6", 50);
      const undone = opened.db.transaction().execute(async (trx) => {
        await trx.updateTable("entry").set({ provenance: "mismatch" }).execute();
        assert.deepEqual(await differences(trx), []);
        throw new Error("undo");
      });
      await assert.rejects(undone, /undo/);
      assert.deepEqual(await differences(opened.db), []);
      const { ranked } = await opened.db.selectFrom("standing").select("ranked")
        .executeTakeFirstOrThrow();
      assert.equal(ranked, true);
    });

    it("write nothing for a change that no board shows", async () => {
      await addScore(opened.db, await addEntry(opened.db), "sort-6", 50);
      const versions = async () =>
        (await sql<{ at: string }>`select ctid::text as at from standing`.execute(opened.db)).rows;
      const before = await versions();
      await opened.db.updateTable("entry").set({ blurb: "More", updated_at: new Date() }).execute();
      await opened.db.updateTable("score").set({ wall_ms: 7, examples: "[1]" }).execute();
      assert.deepEqual(await versions(), before);
    });

    it("keep a row for what left a board, so that who follows changes sees it go", async () => {
      const entry = await addEntry(opened.db, { id: "gone" });
      await addScore(opened.db, entry, "sort-6", 50);
      const row = () =>
        opened.db.selectFrom("standing").select(["listed", "ranked", "changed"])
          .executeTakeFirstOrThrow();
      const before = await row();
      await opened.db.deleteFrom("entry").where("id", "=", "gone").execute();
      const after = await row();
      assert.deepEqual([after.listed, after.ranked], [false, false]);
      assert.ok(after.changed > before.changed);
    });

    it("take up what a later migration makes a condition of being listed", async () => {
      const { db } = opened;
      for (const name of ["shown", "hidden"]) {
        await addScore(db, await addEntry(db, { id: name, name }), "sort-6", 50);
      }
      const undone = db.transaction().execute(async (trx) => {
        await sql`alter table entry add column barred boolean not null default false`.execute(trx);
        const { rows: [view] } = await sql<{ text: string }>`
          select rtrim(pg_get_viewdef('listed_entry'), ';') as text`.execute(trx);
        await sql.raw(`create or replace view listed_entry as ${view.text} and not entry.barred`)
          .execute(trx);
        await sql`update entry set barred = true where id = 'hidden'`.execute(trx);
        assert.deepEqual(await differences(trx), []);
        const rows = await trx.selectFrom("standing").select("entry_id")
          .where("listed", "=", true).execute();
        assert.deepEqual(rows, [{ entry_id: "shown" }]);
        throw new Error("undo");
      });
      await assert.rejects(undone, /undo/);
    });

    it("know of every benchmark which way its score is better, and its unit", async () => {
      for (const { id, lowerIsBetter, unit } of BENCHMARKS) {
        const { rows } = await sql<{ answer: boolean }>`select is_perplexity(${id}) as answer`
          .execute(opened.db);
        assert.equal(rows[0].answer, lowerIsBetter, id);
        assert.equal(rows[0].answer, unit === "perplexity per byte", id);
      }
    });

    if (backend.name === "pglite") return;

    it("are right when two transactions change one entry in different tables", async () => {
      const { db } = opened;
      const entry = await addEntry(db, { id: "raced" });
      await addScore(db, entry, "sort-6", 50);
      const other = await openDatabase({ dataDir: "", databaseUrl: opened.databaseUrl });
      const started = Promise.withResolvers<void>();
      const finish = Promise.withResolvers<void>();
      const first = db.transaction().execute(async (trx) => {
        await trx.updateTable("entry").set({ provenance: "mismatch" }).execute();
        started.resolve();
        await finish.promise;
      });
      await started.promise;
      // Waits for the first one: had it not, it would store what it sees of the entry, "pending".
      const second = addScore(other.db, entry, "reverse-16", 70);
      await waiting(db);
      finish.resolve();
      await Promise.all([first, second]);
      assert.deepEqual(await differences(db), []);
      await other.close();
    });
  });
}

/** Resolves once some backend waits for a lock. */
async function waiting(db: Kysely<Database>): Promise<void> {
  for (;;) {
    const { rows } = await sql`select from pg_stat_activity where wait_event_type = 'Lock'`
      .execute(db);
    if (rows.length > 0) return;
  }
}
