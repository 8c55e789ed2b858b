import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { SORT_6 } from "../../lib/benchmarks/sort_6.ts";
import {
  AuthenticationError,
  FormatError,
  NotFoundError,
  PermissionError,
} from "../../lib/errors.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { boardRows } from "../../lib/leaderboard/store.ts";
import type { Services } from "../../lib/services.ts";
import { listEvents, verifyLedger } from "../../lib/storage/ledger.ts";
import { receiveSubmission } from "../../lib/submissions/intake.ts";
import { accountSender, guestSender } from "../../lib/submissions/senders.ts";
import { getEntry, jobsOf } from "../../lib/submissions/store.ts";
import { newWithdrawalKey, withdrawalDigest } from "../../lib/submissions/withdrawal_key.ts";
import { withdrawEntry } from "../../lib/submissions/withdraw.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry, addScore } from "../support/entries.ts";
import { testServices } from "../support/services.ts";
import { smallModel } from "../support/small_models.ts";

const FIELDS = { name: "Sorter", author: "Ada", blurb: "", fileName: "" };
const ADA = { id: "ada", name: "Ada" };
const KEY = newWithdrawalKey();

for (const backend of testBackends()) {
  describe(`withdrawing on ${backend.name}`, () => {
    let opened: TestDatabase;
    let services: Services;
    beforeEach(async () => {
      opened = await backend.open();
      services = await testServices(opened);
    });
    afterEach(async () => {
      await services.close();
      await opened.close();
    });
    afterAll(() => backend.close());

    const bytes = smallModel(1);
    const submit = async (body: Uint8Array = bytes) =>
      (await receiveSubmission(services, ReadableStream.from([body]), FIELDS, {
        sender: accountSender({ ...ADA, role: "author" }),
      })).entryId;
    const byAda = { account: ADA, key: "" };

    it("calls the job off, removes the file, keeps digest and ledger", async () => {
      const id = await submit();
      await withdrawEntry(services, id, byAda);
      const entry = await getEntry(services.db, id);
      assert.equal(entry?.status, "withdrawn");
      assert.ok(entry?.withdrawn_at instanceof Date);
      assert.deepEqual((await jobsOf(services.db, id)).map(({ state }) => state), ["cancelled"]);
      assert.equal(await services.queue.claim("score"), null);
      assert.equal(entry?.file_digest, await sha256Hex(bytes));
      assert.equal(await services.blobs.has(entry!.file_digest), false);
      const [event] = await listEvents(services.db, { limit: 1 });
      assert.equal(event.kind, "withdrawal");
      assert.equal(JSON.parse(event.payload).file, entry?.file_digest);
      await withdrawEntry(services, id, byAda);
      assert.equal((await listEvents(services.db, { limit: 9 })).length, 2);
      assert.ok((await verifyLedger(services.db)).ok);
    });

    it("voids the claim of a job that runs", async () => {
      const id = await submit();
      const claim = await services.queue.claim("score");
      assert.ok(claim);
      await withdrawEntry(services, id, byAda);
      assert.equal(await services.queue.extend(claim), false);
      const settled = await services.db.transaction().execute((trx) =>
        services.queue.settle(trx, claim)
      );
      assert.equal(settled, false);
    });

    it("lets the same bytes come again as a new entry, which has its file", async () => {
      const first = await submit();
      await withdrawEntry(services, first, byAda);
      const second = await submit();
      assert.notEqual(second, first);
      assert.equal(await submit(), second);
      assert.ok(await services.blobs.has(await sha256Hex(bytes)));
      await withdrawEntry(services, first, byAda);
      assert.ok(await services.blobs.has(await sha256Hex(bytes)));
      await withdrawEntry(services, second, byAda);
      assert.equal(await services.blobs.has(await sha256Hex(bytes)), false);
    });

    it("never leaves an entry without its file, however sending and withdrawing meet", async () => {
      for (let round = 0; round < 5; round++) {
        const id = await submit();
        const [again] = await Promise.allSettled([submit(), withdrawEntry(services, id, byAda)]);
        const entry = again.status === "fulfilled"
          ? await getEntry(services.db, again.value)
          : null;
        if (entry && entry.status !== "withdrawn") {
          assert.ok(await services.blobs.has(entry.file_digest));
          await withdrawEntry(services, entry.id, byAda);
        }
      }
    });

    it("leaves the board, and what had the same weights moves up", async () => {
      const original = await addEntry(services.db, { account_id: "ada" });
      const copy = await addEntry(services.db, {
        model_digest: original.model_digest,
        duplicate_of: original.id,
      });
      await addScore(services.db, original, SORT_6.id, 90, { version: SORT_6.version });
      const names = async () =>
        (await boardRows(services.db, SORT_6, { limit: 9, offset: 0 })).rows
          .map(({ entryId }) => entryId);
      assert.deepEqual(await names(), [original.id]);
      await withdrawEntry(services, original.id, byAda);
      assert.deepEqual(await names(), [copy.id]);
    });

    it("is for the author alone: the account, or the guest with the key", async () => {
      const id = await submit();
      const by = (account: { id: string } | null, key = "") =>
        withdrawEntry(services, id, { account, key });
      await assert.rejects(by(null), AuthenticationError);
      await assert.rejects(by(null, KEY), AuthenticationError);
      await assert.rejects(by({ id: "bob" }), PermissionError);
      await assert.rejects(
        withdrawEntry(services, "nothing", byAda),
        NotFoundError,
      );
      const { entryId } = await receiveSubmission(
        services,
        ReadableStream.from([smallModel(2)]),
        FIELDS,
        {
          sender: await guestSender(services.db, "192.0.2.1"),
          withdrawalDigest: withdrawalDigest(KEY),
        },
      );
      const byGuest = (key: string, account: { id: string } | null = null) =>
        withdrawEntry(services, entryId, { account, key });
      await assert.rejects(byGuest(""), PermissionError);
      await assert.rejects(byGuest(newWithdrawalKey()), PermissionError);
      await assert.rejects(byGuest("", ADA), PermissionError);
      await byGuest(KEY);
      const stored = JSON.stringify(await getEntry(services.db, entryId));
      assert.ok(!stored.includes(KEY));
    });

    it("leaves the gallery's entries, which are nobody's, alone", async () => {
      const { entryId } = await receiveSubmission(
        services,
        ReadableStream.from([bytes]),
        FIELDS,
      );
      await assert.rejects(withdrawEntry(services, entryId, byAda), PermissionError);
      await assert.rejects(
        withdrawEntry(services, entryId, { account: null, key: "" }),
        PermissionError,
      );
    });

    it("does not take a corpus of the same bytes away when it comes as a model", async () => {
      const text = new TextEncoder().encode("Once upon a time there was a corpus.");
      const { digest, byteLength } = await services.blobs.putBytes(text);
      await services.db.insertInto("blob").values({ digest, byte_length: byteLength }).execute();
      await services.db.insertInto("corpus").values({
        ...{ sha256: digest, name: "c", author: "a", licence: "MIT", licence_note: "" },
        ...{ source: "s", byte_length: byteLength, preview: "Once" },
      }).execute();
      await assert.rejects(submit(text), FormatError);
      assert.ok(await services.blobs.has(digest));
    });
  });
}
