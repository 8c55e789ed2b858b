import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { twinCommitment } from "../../lib/benchmarks/twins.ts";
import { fromHex } from "../../lib/bytes.ts";
import { boardCounts, boardRows } from "../../lib/leaderboard/store.ts";
import type { Services } from "../../lib/services.ts";
import type { Entry } from "../../lib/storage/entry_schema.ts";
import { listEvents, verifyLedger } from "../../lib/storage/ledger.ts";
import { quarterEnd, quarterOf } from "../../lib/twins/quarter.ts";
import { applyTwinResult, rotateTwins, twinPeriods, twinScoresOf } from "../../lib/twins/store.ts";
import { sweepTwins } from "../../lib/twins/sweep.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry, addScore } from "../support/entries.ts";
import { testServices } from "../support/services.ts";

const SORT = { id: "sort-6", version: 1, lowerIsBetter: false, unit: "%" as const };
const ALL = { limit: 100, offset: 0 };
/** As many examples as there are public trials. */
const EXAMPLES = JSON.stringify(Array.from({ length: 200 }, (_, index) => ({ index })));

describe("quarters", () => {
  it("are those of the calendar in UTC", () => {
    assert.equal(quarterOf(new Date("2026-12-31T23:59:59.999Z")), "2026-Q4");
    assert.equal(quarterOf(new Date("2027-01-01T00:00:00Z")), "2027-Q1");
    assert.equal(quarterOf(new Date("2027-04-01T01:00:00+02:00")), "2027-Q1");
    assert.equal(quarterEnd("2026-Q4").toISOString(), "2027-01-01T00:00:00.000Z");
    assert.equal(quarterEnd("2027-Q2").toISOString(), "2027-07-01T00:00:00.000Z");
  });
});

for (const backend of testBackends()) {
  describe(`sealed twins on ${backend.name}`, () => {
    let opened: TestDatabase;
    let services: Pick<Services, "db" | "now">;
    let clock: string;
    beforeEach(async () => {
      opened = await backend.open();
      clock = "2026-11-24T12:00:00Z";
      services = { db: opened.db, now: () => new Date(clock) };
    });
    afterEach(() => opened.close());
    afterAll(() => backend.close());

    const events = async () =>
      (await listEvents(services.db, { limit: 99 })).toReversed()
        .map(({ kind, payload }) => ({ kind, ...JSON.parse(payload) }));

    async function scoredEntry(score: number, overrides = {}): Promise<Entry> {
      const entry = await addEntry(services.db, overrides);
      await addScore(services.db, entry, SORT.id, score, { examples: EXAMPLES });
      return entry;
    }

    const meet = (entry: Entry, correct: number, period = quarterOf(services.now())) =>
      services.db.transaction().execute((trx) =>
        applyTwinResult(trx, {
          ...{ modelDigest: entry.model_digest!, engineDigest: "e".repeat(64), period },
          outcomes: [{ benchmark: SORT.id, version: 1, correct, trials: 200 }],
        })
      );

    it("are committed to once, stay sealed for the quarter, are then revealed and replaced", async () => {
      const seeds = await Promise.all([1, 2, 3].map(() => rotateTwins(services)));
      assert.equal(new Set(seeds.map((sealed) => sealed?.seed)).size, 1);
      const [{ period, seed }] = seeds as { period: string; seed: string }[];
      assert.match(seed, /^[0-9a-f]{64}$/);
      const commitment = await twinCommitment(fromHex(seed));
      assert.deepEqual(await events(), [{ kind: "twin-commitment", period, commitment }]);
      assert.equal(period, "2026-Q4");

      // To the last moment of the quarter.
      const [first] = seeds;
      clock = "2026-12-31T23:59:59.999Z";
      assert.deepEqual(await rotateTwins(services), first);
      const before = await twinPeriods(services.db);
      assert.deepEqual(before.map(({ seed, revealedAt }) => [seed, revealedAt]), [[null, null]]);
      assert.equal(JSON.stringify([before, await events()]).includes(first!.seed), false);

      clock = "2027-01-01T00:00:00Z";
      const second = await rotateTwins(services);
      assert.equal(second?.period, "2027-Q1");
      assert.notEqual(second?.seed, first?.seed);
      const after = await twinPeriods(services.db);
      assert.deepEqual(after.map(({ period, seed }) => [period, seed]), [
        ["2027-Q1", null],
        ["2026-Q4", first?.seed],
      ]);
      assert.equal(after[1].revealedAt?.toISOString(), "2027-01-01T00:00:00.000Z");
      const [committed, revealed, next] = await events();
      assert.deepEqual(revealed, { ...committed, kind: "twin-reveal", seed: first?.seed });
      assert.equal(next.kind, "twin-commitment");
      assert.equal((await verifyLedger(services.db)).ok, true);
    });

    it("are revealed late by a server that slept, and never used again, whatever the clock says", async () => {
      await rotateTwins(services);
      clock = "2027-09-03T00:00:00Z";
      const later = await rotateTwins(services);
      assert.equal(later?.period, "2027-Q3");
      assert.deepEqual((await twinPeriods(services.db)).map(({ period }) => period), [
        "2027-Q3",
        "2026-Q4",
      ]);
      clock = "2026-12-01T00:00:00Z";
      assert.equal(await rotateTwins(services), null);
      assert.equal((await events()).length, 3);
      clock = "2027-09-04T00:00:00Z";
      assert.deepEqual(await rotateTwins(services), later);
    });

    it("show the gap on the board, and take the rank there, and only there, of who memorised", async () => {
      await rotateTwins(services);
      const [honest, unlucky, cheat] = [
        await scoredEntry(100),
        await scoredEntry(99),
        await scoredEntry(100),
      ];
      await meet(honest, 200);
      await meet(unlucky, 188);
      assert.deepEqual((await meet(cheat, 20)).map(({ memorised }) => memorised), [true]);
      const { rows, unranked, total } = await boardRows(services.db, SORT, ALL);
      assert.deepEqual(rows.map(({ entryId }) => entryId), [honest.id, unlucky.id]);
      assert.equal(total, 2);
      assert.deepEqual(rows[1].twin && { ...rows[1].twin, gapLow: 0, gapHigh: 0 }, {
        ...{ period: "2026-Q4", correct: 188, trials: 200, gap: 5, gapLow: 0, gapHigh: 0 },
      });
      assert.ok(rows[1].twin!.gapLow > 0);
      assert.deepEqual(unranked.map(({ entryId, memorised }) => [entryId, memorised]), [
        [cheat.id, true],
      ]);
      assert.deepEqual(await boardCounts(services.db), [
        { benchmark: "sort-6", version: 1, ranked: 2 },
      ]);

      await addScore(services.db, cheat, "reverse-16", 50, { examples: EXAMPLES });
      const other = await boardRows(services.db, { ...SORT, id: "reverse-16" }, ALL);
      assert.deepEqual(other.rows.map(({ entryId, memorised }) => [entryId, memorised]), [
        [cheat.id, false],
      ]);

      const once = await twinScoresOf(services.db, honest.model_digest!);
      await meet(honest, 200);
      assert.deepEqual(await twinScoresOf(services.db, honest.model_digest!), once);
      const unscored = await addEntry(services.db);
      await assert.rejects(meet(unscored, 180), /its public trials have none/);
    });

    it("are met anew by the leading entries after a rotation, once a quarter", async () => {
      const whole = { ...await testServices(opened, { sweepTopN: 2 }), now: services.now };
      await rotateTwins(services);
      const entries = [await scoredEntry(100), await scoredEntry(90), await scoredEntry(80)];
      for (const entry of entries) await meet(entry, 200);
      assert.deepEqual(await sweepTwins(whole), []);
      clock = "2027-01-01T00:00:01Z";
      assert.deepEqual(await sweepTwins(whole), [entries[0].id, entries[1].id]);
      assert.deepEqual(await sweepTwins(whole), []);
      await meet(entries[0], 200);
      const { rows } = await boardRows(services.db, SORT, ALL);
      assert.deepEqual(rows.map(({ twin }) => twin?.period), ["2027-Q1", "2026-Q4", "2026-Q4"]);
      await whole.close();
    });
  });
}
