import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { linkSameTraining } from "../../lib/leaderboard/same_training.ts";
import type { Db } from "../../lib/storage/database.ts";
import type { EntryUpdate } from "../../lib/storage/entry_schema.ts";
import { listEvents } from "../../lib/storage/ledger.ts";
import { getEntry, updateEntry } from "../../lib/submissions/store.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry } from "../support/entries.ts";

const AT = new Date("2026-11-22T12:00:00Z");
const [FP32, FP16] = ["a".repeat(64), "b".repeat(64)];

for (const backend of testBackends()) {
  describe(`entries of one training on ${backend.name}`, () => {
    let opened: TestDatabase;
    let db: Db;
    beforeEach(async () => {
      opened = await backend.open();
      db = opened.db;
    });
    afterEach(() => opened.close());
    afterAll(() => backend.close());

    const link = (digest: string) =>
      db.transaction().execute((trx) => linkSameTraining(trx, digest, AT));
    const found = async (id: string, changes: EntryUpdate) => {
      const { model_digest } = await updateEntry(db, id, changes);
      await link(model_digest ?? "");
    };
    const original = async (id: string) => (await getEntry(db, id))?.duplicate_of;

    it("give the rank to the first submitted, whichever was scored first", async () => {
      const first = await addEntry(db, { model_digest: FP32, status: "scoring" });
      const second = await addEntry(db, { model_digest: FP32 });
      await link(FP32);
      assert.equal(await original(second.id), null);
      await found(first.id, { status: "scored" });
      assert.equal(await original(first.id), null);
      assert.equal(await original(second.id), first.id);
    });

    it("give the rank to whose ticket drew the seed, once that is proven", async () => {
      const thief = await addEntry(db, { model_digest: FP32 });
      await db.insertInto("ticket").values({
        ...{ id: "t", account_id: "ada", commitment: "c", nonce: "n", seed: 7 },
      }).execute();
      const owner = await addEntry(db, { model_digest: FP32, ticket: "t" });
      await link(FP32);
      // A header may claim any seed: it is the replay that shows whose weights these are.
      assert.equal(await original(owner.id), thief.id);
      await found(owner.id, { provenance: "exact" });
      assert.equal(await original(owner.id), null);
      assert.equal(await original(thief.id), owner.id);
    });

    it("pass the rank on when its holder is found false or withdrawn", async () => {
      const [first, second, third] = [
        await addEntry(db, { model_digest: FP32 }),
        await addEntry(db, { model_digest: FP32 }),
        await addEntry(db, { model_digest: FP32 }),
      ];
      await found(first.id, { provenance: "mismatch" });
      assert.equal(await original(first.id), null);
      assert.equal(await original(second.id), null);
      assert.equal(await original(third.id), second.id);
      await found(second.id, { status: "withdrawn" });
      assert.equal(await original(third.id), null);
      assert.equal(await link(FP32), third.id);
      const events = (await listEvents(db, { limit: 9 })).toReversed();
      assert.deepEqual(events.map(({ kind, payload }) => [kind, JSON.parse(payload)]), [
        ["duplicate", { entry: third.id, duplicateOf: second.id }],
        ["duplicate", { entry: third.id, duplicateOf: null }],
      ]);
    });

    it("include a copy that was only packed, once both are proven", async () => {
      const mine = await addEntry(db, { model_digest: FP32 });
      const packed = await addEntry(db, { model_digest: FP16 });
      const packedAgain = await addEntry(db, { model_digest: FP16 });
      await found(packed.id, { provenance: "exact", trained_digest: FP32 });
      assert.equal(await original(packed.id), null);
      await found(mine.id, { provenance: "exact", trained_digest: FP32 });
      assert.equal(await original(mine.id), null);
      assert.equal(await original(packed.id), mine.id);
      assert.equal(await original(packedAgain.id), mine.id);
    });

    it("leave entries of other weights alone", async () => {
      const other = await addEntry(db, { model_digest: FP16 });
      await addEntry(db, { model_digest: FP32 });
      await link(FP32);
      assert.equal(await original(other.id), null);
    });
  });
}
