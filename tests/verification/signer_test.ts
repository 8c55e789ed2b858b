import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { listEvents } from "../../lib/storage/ledger.ts";
import {
  KEY_DAYS,
  keyHistory,
  openSigner,
  type ReportSigner,
} from "../../lib/verification/signer.ts";
import { checkReport, historyFaults } from "../../lib/verification/signing_key.ts";
import { exampleStatement } from "../routes/example_run.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";

const START = new Date("2026-11-26T12:00:00Z");
const statement = await exampleStatement("exact");

function daysLater(days: number): Date {
  return new Date(START.getTime() + days * 24 * 3600_000);
}

for (const backend of testBackends()) {
  describe(`the signer of reports on ${backend.name}`, () => {
    let opened: TestDatabase;
    let signer: ReportSigner;
    beforeEach(async () => {
      opened = await backend.open();
      signer = openSigner(`${opened.dataDir}/keys`);
    });
    afterEach(() => opened.close());
    afterAll(() => backend.close());

    const sign = (at: Date, by = signer) =>
      opened.db.transaction().execute((trx) => by.sign(trx, statement, at));
    const history = () => keyHistory(opened.db);
    const privateKeys = async () =>
      (await Array.fromAsync(Deno.readDir(`${opened.dataDir}/keys`))).map(({ name }) => name);

    it("makes its key at the first report, published, in the ledger and readable by it alone", async () => {
      const envelope = await sign(START);
      const keys = await history();
      assert.equal(keys.length, 1);
      assert.deepEqual(await historyFaults(keys), []);
      assert.equal((await checkReport(envelope, keys)).valid, true);
      const [event] = await listEvents(opened.db, { limit: 1 });
      assert.equal(event.kind, "signing-key");
      assert.deepEqual(JSON.parse(event.payload), {
        key: keys[0].keyid,
        publicKey: keys[0].publicKey,
        previous: null,
      });
      const { mode } = await Deno.stat(`${opened.dataDir}/keys/${keys[0].keyid}`);
      assert.equal(mode! & 0o777, 0o600);
    });

    it("keeps its key over a restart and until it is old", async () => {
      const [first] = (await sign(START)).signatures;
      signer = openSigner(`${opened.dataDir}/keys`);
      assert.equal((await sign(daysLater(KEY_DAYS - 1))).signatures[0].keyid, first.keyid);
      assert.equal((await history()).length, 1);
    });

    it("hands over to a new key when the old one is old, and destroys that", async () => {
      const before = await sign(START);
      const after = await sign(daysLater(KEY_DAYS));
      const keys = await history();
      assert.deepEqual(await historyFaults(keys), []);
      assert.deepEqual(keys.map(({ until }) => until), [null, daysLater(KEY_DAYS).toISOString()]);
      assert.equal(keys[0].announcement.signatures.length, 2);
      for (const envelope of [before, after]) {
        assert.equal((await checkReport(envelope, keys)).valid, true);
      }
      await sign(daysLater(KEY_DAYS + 1));
      assert.deepEqual(await privateKeys(), [keys[0].keyid]);
    });

    it("still has the old key when the transaction that replaced it failed", async () => {
      const [{ keyid }] = (await sign(START)).signatures;
      const failed = opened.db.transaction().execute(async (trx) => {
        await signer.rotate(trx, daysLater(1));
        throw new Error("rolled back");
      });
      await assert.rejects(failed, /rolled back/);
      assert.equal((await sign(daysLater(2))).signatures[0].keyid, keyid);
      assert.equal((await history()).length, 1);
    });

    it("leaves other servers their keys", async () => {
      const other = openSigner(`${opened.dataDir}/other`);
      const [mine, theirs] = [await sign(START), await sign(daysLater(1), other)];
      const again = await sign(daysLater(2));
      assert.equal(again.signatures[0].keyid, mine.signatures[0].keyid);
      assert.notEqual(theirs.signatures[0].keyid, mine.signatures[0].keyid);
      assert.deepEqual((await history()).map(({ until }) => until), [null, null]);
    });
  });
}
