import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Db } from "../../lib/storage/database.ts";
import { listEvents, verifyLedger } from "../../lib/storage/ledger.ts";
import { applyFailure, applyScoreResult } from "../../lib/submissions/apply.ts";
import type { ScoreJobResult } from "../../lib/submissions/score_result.ts";
import { getEntry, probesOf, scoresOf } from "../../lib/submissions/store.ts";
import { boardRows } from "../../lib/leaderboard/store.ts";
import { applyVerification } from "../../lib/verification/apply.ts";
import { openSigner } from "../../lib/verification/signer.ts";
import type { VerificationResult } from "../../lib/verification/types.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry } from "../support/entries.ts";

const AT = new Date("2026-11-21T12:00:00Z");
const MODEL = "b".repeat(64);

const PASSED = { probe: "determinism" as const, passed: true, detail: "The same bits." };
const FAILED = { probe: "no-look-ahead" as const, passed: false, detail: "It looks ahead." };

function result(recipe: unknown, probes = [PASSED]): ScoreJobResult {
  return {
    engineDigest: "e".repeat(64),
    probes,
    twins: null,
    facts: {
      ...{ modelDigest: MODEL, parameters: 3048, dtype: "fp32", recipe, chain: null },
      ...{ trainingFlops: 1.5e18, trainingTokens: 960, selfReportedMs: 12.5, recipeHash: null },
      trainedIn: "browser",
      config: { layers: 1 },
      lossHistory: null,
      samples: [{ prompt: "a", text: "nul \0 and a lone \ud800" }],
    },
    scores: [{
      ...{ benchmark: "sort-6", version: 1, score: 0.1 + 0.2, interval: [0, 1] },
      secondary: [{ name: "all questions", value: 25.5, interval: [20, 30], unit: "%" }],
      ...{ incompatibleReason: null, examples: [], dataDigest: "d", wallMs: 1 },
    }],
  };
}

const exactResult: VerificationResult = {
  ...{ verdict: "exact", recipeHash: null, engineDigest: "e".repeat(64), reasons: [] },
  ...{ firstDivergentStep: null, leavesCompared: 1, claimedHead: null, recomputedHead: null },
  ...{
    weightDifference: null,
    losses: [],
    segment: null,
    trainedDigest: MODEL,
    scores: [],
    verifiers: [],
  },
  cost: { flops: 1, wallMs: 1 },
};

for (const backend of testBackends()) {
  describe(`applying a scoring result on ${backend.name}`, () => {
    let opened: TestDatabase;
    let db: Db;
    beforeEach(async () => {
      opened = await backend.open();
      db = opened.db;
    });
    afterEach(() => opened.close());
    afterAll(() => backend.close());

    const received = () => addEntry(db, { status: "received", model_digest: null, recipe: null });
    const apply = (id: string, recipe: unknown = { spec: "exact/1" }) =>
      db.transaction().execute((trx) => applyScoreResult(trx, id, result(recipe), AT));

    it("writes facts and scores; applied again, the rows are the same", async () => {
      const { id } = await received();
      await apply(id);
      const once = [await getEntry(db, id), await scoresOf(db, MODEL)] as const;
      await apply(id);
      const twice = [await getEntry(db, id), await scoresOf(db, MODEL)] as const;
      assert.deepEqual({ ...twice[0], updated_at: null }, { ...once[0], updated_at: null });
      assert.deepEqual(twice[1], once[1]);
      assert.equal(once[0]?.training_flops, 1.5e18);
      assert.equal(once[0]?.trained_in, "browser");
      assert.equal(once[1][0].score, 0.1 + 0.2);
      assert.deepEqual(once[1][0].secondary, result(null).scores[0].secondary);
      assert.equal((await verifyLedger(db)).ok, true);
    });

    it("stores what jsonb cannot hold as the replacement character", async () => {
      const { id } = await received();
      await apply(id);
      const [{ text }] = (await getEntry(db, id))?.samples as { text: string }[];
      assert.equal(text, "nul \ufffd and a lone \ufffd");
    });

    it("links an entry with known weights to the first one", async () => {
      const [first, second] = [await received(), await received()];
      await apply(first.id);
      await apply(second.id);
      await apply(first.id);
      assert.equal((await getEntry(db, first.id))?.duplicate_of, null);
      assert.equal((await getEntry(db, second.id))?.duplicate_of, first.id);
    });

    it("calls an entry without a recipe external, and keeps a verdict already found", async () => {
      const [external, proven] = [await received(), await received()];
      await apply(external.id, null);
      assert.equal((await getEntry(db, external.id))?.provenance, "external");
      await db.updateTable("entry").set({ provenance: "exact" }).where("id", "=", proven.id)
        .execute();
      await apply(proven.id);
      assert.equal((await getEntry(db, proven.id))?.provenance, "exact");
    });

    const applyProbed = (id: string, probes: ScoreJobResult["probes"]) =>
      db.transaction().execute((trx) =>
        applyScoreResult(trx, id, { ...result({ spec: "exact/1" }), probes }, AT)
      );

    it("rejects an entry that fails a probe, with the reason kept and in the ledger", async () => {
      const { id } = await received();
      await applyProbed(id, [PASSED, FAILED]);
      const entry = await getEntry(db, id);
      assert.equal(entry?.status, "scored");
      assert.equal(entry?.provenance, "rejected");
      const board = await boardRows(
        db,
        { id: "sort-6", version: 1, lowerIsBetter: false, unit: "%" },
        { limit: 9, offset: 0 },
      );
      assert.deepEqual(board.rows, []);
      const probes = await probesOf(db, MODEL);
      assert.deepEqual(probes.map(({ probe, passed }) => [probe, passed]), [
        ["no-look-ahead", false],
        ["determinism", true],
      ]);
      const [rejection] = await listEvents(db, { limit: 1 });
      assert.equal(rejection.kind, "rejection");
      assert.deepEqual(JSON.parse(rejection.payload), {
        entry: id,
        model: MODEL,
        reasons: [{ probe: "no-look-ahead", detail: "It looks ahead." }],
      });
    });

    it("lets no replay bring back what a probe refused, and a probe that passes does", async () => {
      const { id } = await received();
      await applyProbed(id, [FAILED]);
      const [startedAt, finishedAt] = [AT.toISOString(), AT.toISOString()];
      const signer = openSigner(`${opened.dataDir}/keys`);
      await db.transaction().execute((trx) =>
        applyVerification(trx, id, { result: exactResult, startedAt, finishedAt }, {
          at: AT,
          signer,
        })
      );
      assert.equal((await getEntry(db, id))?.provenance, "rejected");
      await applyProbed(id, [{ ...FAILED, passed: true }]);
      assert.equal((await getEntry(db, id))?.provenance, "pending");
    });

    it("stores a failure whose reason repeats what a hostile header spells", async () => {
      const { id } = await received();
      const failure = { stage: "reading", reason: "No key named a\0b \ud800", fix: "Remove it." };
      await db.transaction().execute((trx) => applyFailure(trx, id, failure, AT));
      const entry = await getEntry(db, id);
      assert.equal(entry?.failure?.reason, "No key named a\ufffdb \ufffd");
    });

    it("keeps stage, reason and fix of a failure", async () => {
      const { id } = await received();
      const failure = { stage: "reading", reason: "Too short", fix: "Save it again." };
      await db.transaction().execute((trx) => applyFailure(trx, id, failure, AT));
      const entry = await getEntry(db, id);
      assert.equal(entry?.status, "failed");
      assert.deepEqual(entry?.failure, failure);
    });
  });
}
