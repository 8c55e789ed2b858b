import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { ScanReport, TargetReport } from "../../lib/corpora/contamination/report.ts";
import { scopeOf } from "../../lib/corpora/contamination/report.ts";
import { applyScan, loadKeptScans } from "../../lib/corpora/apply.ts";
import { CORPORA } from "../../lib/corpora/registry.ts";
import {
  contaminationOf,
  corporaToScan,
  getCorpus,
  getScan,
  modelsMadeWith,
  newCorpus,
  noteScanFailure,
  putCorpusUse,
  putScan,
} from "../../lib/corpora/store.ts";
import { boardCounts, boardRows } from "../../lib/leaderboard/store.ts";
import type { Db } from "../../lib/storage/database.ts";
import { listEvents } from "../../lib/storage/ledger.ts";
import { getEntry } from "../../lib/submissions/store.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry, addScore } from "../support/entries.ts";

const CORPUS = "c".repeat(64);
const SORT = { id: "sort-6", version: 1, lowerIsBetter: false, unit: "%" } as const;
const REVERSE = { id: "reverse-16", version: 1, lowerIsBetter: false, unit: "%" } as const;
const ALL = { limit: 100, offset: 0 };
const AT = new Date("2026-11-24T00:00:00Z");

/** A report that finds text of sort-6 in these bytes, or in none. */
function report(hull: [number, number] | null, benchmark = "sort-6"): ScanReport {
  const none = { distinct: 0, found: 0 };
  const target: TargetReport = {
    ...{ benchmark, version: 1, dataDigest: "d" },
    ...{ contaminated: hull !== null, texts: 200, found: hull ? 1 : 0, findings: [], hull },
    ...{ words8: none, words13: none, bytes8: none, bytes13: none, largestShare: 0 },
  };
  return {
    ...{ policy: 1, scanner: 1, corpus: CORPUS, byteLength: 1000 },
    parts: [{ part: "training", start: 0, end: 1000, targets: [target] }],
  };
}

for (const backend of testBackends()) {
  describe(`corpora on ${backend.name}`, () => {
    let opened: TestDatabase;
    let db: Db;
    beforeEach(async () => {
      opened = await backend.open();
      db = opened.db;
    });
    afterEach(() => opened.close());
    afterAll(() => backend.close());

    async function upload(): Promise<void> {
      await db.insertInto("blob").values({ digest: CORPUS, byte_length: 1000 }).execute();
      await newCorpus(db, {
        ...{ sha256: CORPUS, name: "Diary", author: "Ada", licence: "CC0-1.0", licence_note: "" },
        ...{ source: "me", byte_length: 1000, preview: "Dear diary" },
      });
    }

    /** An entry with a score on both generated tasks, made with bytes of the corpus. */
    async function entryMadeWith(start: number, end: number) {
      const entry = await addEntry(db);
      for (const { id } of [SORT, REVERSE]) await addScore(db, entry, id, 90);
      await putCorpusUse(db, entry.id, [{ corpus: CORPUS, start, end }]);
      return entry;
    }

    const rankedIds = async (board: typeof SORT | typeof REVERSE) =>
      (await boardRows(db, board, ALL)).rows.map(({ entryId }) => entryId);

    it("give no rank on a benchmark whose text they hold, and one on the others", async () => {
      const entry = await entryMadeWith(0, 1000);
      const other = await entryMadeWith(0, 1000);
      await putCorpusUse(db, other.id, []);
      assert.equal((await rankedIds(SORT)).length, 2);
      await putScan(db, report([40, 60]));
      assert.deepEqual(await rankedIds(SORT), [other.id]);
      assert.equal((await rankedIds(REVERSE)).length, 2);
      const { unranked, total } = await boardRows(db, SORT, ALL);
      assert.equal(total, 1);
      assert.deepEqual(unranked.map((row) => [row.entryId, row.contaminatedBy]), [
        [entry.id, CORPUS],
      ]);
      const counts = await boardCounts(db);
      assert.deepEqual(counts.map(({ benchmark, ranked }) => [benchmark, ranked]), [
        ["reverse-16", 2],
        ["sort-6", 1],
      ]);
      assert.deepEqual(await contaminationOf(db, entry.id), [
        { benchmark: "sort-6", version: 1, corpus: CORPUS },
      ]);
      assert.deepEqual(await contaminationOf(db, other.id), []);
    });

    it("let an entry be that was made with other bytes of them", async () => {
      await entryMadeWith(0, 40);
      await entryMadeWith(60, 1000);
      const caught = await entryMadeWith(59, 1000);
      await putScan(db, report([40, 60]));
      const ids = await rankedIds(SORT);
      assert.equal(ids.length, 2);
      assert.ok(!ids.includes(caught.id));
    });

    it("give the rank back when a newer scan finds nothing", async () => {
      await entryMadeWith(0, 1000);
      await putScan(db, report([40, 60]));
      await putScan(db, report(null));
      assert.equal((await rankedIds(SORT)).length, 1);
      assert.deepEqual((await getScan(db, CORPUS))?.parts[0].targets[0].contaminated, false);
    });

    it("give no rank anywhere before their first scan", async () => {
      await entryMadeWith(0, 1000);
      await upload();
      const { rows, unranked } = await boardRows(db, REVERSE, ALL);
      assert.deepEqual(rows, []);
      assert.equal(unranked[0].unscannedCorpus, CORPUS);
      await putScan(db, report(null));
      assert.equal((await rankedIds(REVERSE)).length, 1);
    });

    it("wait to be scanned until a report of this scope is there, or scans failed thrice", async () => {
      await upload();
      const scope = scopeOf(report(null));
      const waiting = async (wanted: string) => (await corporaToScan(db, wanted)).length;
      assert.equal(await waiting(scope), 1);
      await putScan(db, report(null));
      assert.deepEqual([await waiting(scope), await waiting(`${scope} more`)], [0, 1]);
      for (let i = 0; i < 3; i++) await noteScanFailure(db, CORPUS, "It crashed");
      assert.equal(await waiting(`${scope} more`), 0);
      assert.equal((await getCorpus(db, CORPUS))?.scan_failure, "It crashed");
    });

    it("let entries be replayed again that lacked them, and write the scan to the ledger", async () => {
      await upload();
      const entry = await entryMadeWith(0, 1000);
      await db.updateTable("entry").set({ provenance: "not-reproducible" }).execute();
      const revived = await db.transaction().execute((trx) => applyScan(trx, report([1, 2]), AT));
      assert.deepEqual(revived, [entry.id]);
      assert.equal((await getEntry(db, entry.id))?.provenance, "pending");
      const [event] = await listEvents(db, { limit: 1 });
      assert.equal(event.kind, "scan");
      assert.deepEqual(JSON.parse(event.payload).contaminated, [
        { part: "training", benchmark: "sort-6", version: 1 },
      ]);
      assert.deepEqual((await modelsMadeWith(db, CORPUS, 10)).map(({ id }) => id), [entry.id]);
    });

    it("are in the ledger once, however many servers scanned them at the same time", async () => {
      await upload();
      const apply = () => db.transaction().execute((trx) => applyScan(trx, report([1, 2]), AT));
      await Promise.all([apply(), apply(), apply()]);
      await apply();
      assert.equal((await listEvents(db, { limit: 10 })).length, 1);
      await db.transaction().execute((trx) => applyScan(trx, report(null), AT));
      assert.equal((await listEvents(db, { limit: 10 })).length, 2);
    });

    it("have the reports that come with the tree, once", async () => {
      const root = new URL("../../data", import.meta.url).pathname;
      await loadKeptScans({ db }, root);
      await loadKeptScans({ db }, root);
      const stored = await db.selectFrom("scan").select("corpus").execute();
      assert.equal(stored.length, CORPORA.length);
      // The evaluation text of Shakespeare stands in what no recipe trains on.
      const shakespeare = CORPORA.find(({ id }) => id === "tinyshakespeare")!;
      const entry = await addEntry(db);
      const [start, end] = shakespeare.trainRange;
      await putCorpusUse(db, entry.id, [{ corpus: shakespeare.sha256, start, end }]);
      assert.deepEqual(await contaminationOf(db, entry.id), []);
    });
  });
}
