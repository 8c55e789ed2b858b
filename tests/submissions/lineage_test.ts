import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { SORT_6 } from "../../lib/benchmarks/sort_6.ts";
import { PermissionError, ValidationError } from "../../lib/errors.ts";
import { authorEntries } from "../../lib/leaderboard/authors.ts";
import { linkSameTraining } from "../../lib/leaderboard/same_training.ts";
import { boardCounts, boardRows } from "../../lib/leaderboard/store.ts";
import { boardTotals } from "../../lib/leaderboard/totals.ts";
import type { Services } from "../../lib/services.ts";
import type { Entry, NewEntry } from "../../lib/storage/entry_schema.ts";
import { receiveSubmission } from "../../lib/submissions/intake.ts";
import { declaredFork, parseReference } from "../../lib/submissions/lineage.ts";
import {
  findReferenced,
  parentOf,
  revisable,
  searchModels,
  versionsOf,
} from "../../lib/submissions/lineage_store.ts";
import { accountSender, guestSender } from "../../lib/submissions/senders.ts";
import { getEntry, updateEntry } from "../../lib/submissions/store.ts";
import { newWithdrawalKey, withdrawalDigest } from "../../lib/submissions/withdrawal_key.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry, addScore } from "../support/entries.ts";
import { testServices } from "../support/services.ts";
import { smallModel } from "../support/small_models.ts";

const FIELDS = { name: "Sorter", author: "Ada", blurb: "", fileName: "" };
const ADA = accountSender({ id: "ada", name: "Ada", role: "author" });

for (const backend of testBackends()) {
  describe(`forks and versions on ${backend.name}`, () => {
    let opened: TestDatabase;
    let services: Services;
    let weight: number;
    beforeEach(async () => {
      opened = await backend.open();
      services = await testServices(opened);
      weight = 0;
    });
    afterEach(async () => {
      await services.close();
      await opened.close();
    });
    afterAll(() => backend.close());

    async function submit(
      fields: { forkOf?: string; revisionOf?: string } = {},
      options: Parameters<typeof receiveSubmission>[3] = { sender: ADA },
      header: Record<string, unknown> = {},
    ): Promise<Entry> {
      const body = ReadableStream.from([smallModel(++weight, header)]);
      const received = await receiveSubmission(services, body, { ...FIELDS, ...fields }, options);
      return (await getEntry(services.db, received.entryId))!;
    }
    const onBoard = async () =>
      (await boardRows(services.db, SORT_6, { limit: 99, offset: 0 })).rows
        .map(({ entryId }) => entryId);
    const scored = async (score: number, columns: Partial<NewEntry> = {}) => {
      const entry = await addEntry(services.db, { account_id: "ada", ...columns });
      await addScore(services.db, entry, SORT_6.id, score, { version: SORT_6.version });
      return entry;
    };

    it("finds a model by id, address, and digest of weights or file", async () => {
      const entry = await scored(50);
      for (
        const text of [
          entry.id,
          ` /models/${entry.id} `,
          `https://board.example/models/${entry.id}?x#scores`,
          entry.model_digest!,
          entry.file_digest.toUpperCase(),
        ]
      ) assert.equal((await findReferenced(services.db, text))?.id, entry.id, text);
      assert.equal(await findReferenced(services.db, "none"), null);
      assert.equal(await findReferenced(services.db, "a b"), null);
    });

    it("keeps what the form says the model goes on from, else what its header says", async () => {
      const [parent, other] = [await scored(50), await scored(60)];
      assert.equal((await submit({ forkOf: parent.id })).fork_of, parent.id);
      const declared = { forkOf: other.model_digest };
      assert.equal((await submit({}, undefined, declared)).fork_of, other.id);
      assert.equal((await submit({ forkOf: parent.id }, undefined, declared)).fork_of, parent.id);
      assert.equal((await submit({}, undefined, { forkOf: "unheard-of" })).fork_of, null);
      assert.equal((await submit({}, undefined, { forkOf: { id: parent.id } })).fork_of, null);
      await assert.rejects(submit({ forkOf: "unheard-of" }), (error) => {
        assert.ok(error instanceof ValidationError);
        assert.equal(error.path, "forkOf");
        return true;
      });
    });

    it("makes no cycle: an entry names older ones only, and never itself", async () => {
      const first = await submit();
      const second = await submit({ forkOf: first.id, revisionOf: first.id });
      // The same bytes again, saying the opposite, change nothing.
      weight = 0;
      const again = await submit({ forkOf: second.id, revisionOf: second.id });
      assert.deepEqual([again.id, again.fork_of, again.revision_of], [first.id, null, null]);
      for (const column of ["fork_of", "revision_of"] as const) {
        await assert.rejects(
          updateEntry(services.db, first.id, { [column]: first.id }),
          { code: "23514" },
        );
      }
    });

    it("takes a new version from the author alone", async () => {
      const first = await submit();
      const bob = accountSender({ id: "bob", name: "Bob", role: "author" });
      await assert.rejects(submit({ revisionOf: first.id }, { sender: bob }), PermissionError);
      const guest = await guestSender(services.db, "192.0.2.1");
      const key = newWithdrawalKey();
      const own = await submit({}, { sender: guest, withdrawalDigest: withdrawalDigest(key) });
      await assert.rejects(submit({ revisionOf: own.id }, { sender: guest }), PermissionError);
      const next = await submit({ revisionOf: own.id }, { sender: guest, revisionKey: key });
      assert.equal(next.revision_of, own.id);
      await updateEntry(services.db, first.id, { status: "withdrawn" });
      await assert.rejects(submit({ revisionOf: first.id }), ValidationError);
    });

    it("ranks the newest version that is scored and not found false", async () => {
      const [rival, one] = [await scored(70), await scored(80)];
      assert.deepEqual(await onBoard(), [one.id, rival.id]);
      const two = await scored(60, { revision_of: one.id, status: "scoring" });
      assert.deepEqual(await onBoard(), [one.id, rival.id]);
      await updateEntry(services.db, two.id, { status: "scored" });
      assert.deepEqual(await onBoard(), [rival.id, two.id]);
      const three = await scored(90, { revision_of: one.id });
      assert.deepEqual(await onBoard(), [three.id, rival.id]);
      await updateEntry(services.db, three.id, { provenance: "mismatch" });
      assert.deepEqual(await onBoard(), [rival.id, two.id]);
      await updateEntry(services.db, two.id, { status: "withdrawn" });
      assert.deepEqual(await onBoard(), [one.id, rival.id]);
      await updateEntry(services.db, three.id, { provenance: "exact" });
      assert.deepEqual(await onBoard(), [three.id, rival.id]);
    });

    it("leaves superseded versions out of every count and list", async () => {
      const one = await scored(80);
      await scored(60, { revision_of: one.id });
      const [{ ranked }] = await boardCounts(services.db);
      assert.equal(ranked, 1);
      assert.equal((await boardTotals(services.db)).entries, 1);
      assert.equal((await authorEntries(services.db, "Ada", [SORT_6])).length, 1);
      const unranked = (await boardRows(services.db, SORT_6, { limit: 9, offset: 0 })).unranked;
      assert.deepEqual(unranked, []);
    });

    it("lets the newest version of the same weights stand for them, and no copy of another", async () => {
      const one = await scored(80);
      const copy = await scored(80, { model_digest: one.model_digest, account_id: "bob" });
      const link = (digest: string) =>
        services.db.transaction().execute((trx) => linkSameTraining(trx, digest, new Date()));
      assert.equal(await link(one.model_digest!), one.id);
      const same = await scored(80, { model_digest: one.model_digest, revision_of: one.id });
      assert.equal(await link(one.model_digest!), same.id);
      assert.deepEqual(await onBoard(), [same.id]);
      const other = await scored(85, { revision_of: one.id });
      await link(other.model_digest!);
      await link(one.model_digest!);
      assert.deepEqual(await onBoard(), [other.id]);
      assert.equal((await getEntry(services.db, copy.id))?.duplicate_of, same.id);
    });

    it("does not let a version that waits for a moderator, or is hidden, take a rank away", async () => {
      const one = await scored(80);
      const two = await scored(60, { revision_of: one.id, visibility: "held" });
      assert.deepEqual(await onBoard(), [one.id]);
      assert.equal((await versionsOf(services.db, one)).supersededBy, null);
      await updateEntry(services.db, two.id, { visibility: "public" });
      assert.deepEqual(await onBoard(), [two.id]);
      await updateEntry(services.db, two.id, { visibility: "hidden" });
      assert.deepEqual(await onBoard(), [one.id]);
    });

    it("tells parent and versions of an entry", async () => {
      const parent = await scored(50, { name: "Parent" });
      const one = await scored(60, { fork_of: parent.id, name: "One" });
      const two = await scored(70, { revision_of: one.id, name: "Two" });
      const child = await scored(75, { fork_of: one.id, name: "Child" });
      assert.equal((await parentOf(services.db, one))?.name, "Parent");
      assert.equal(await parentOf(services.db, two), null);
      const { versions, supersededBy } = await versionsOf(services.db, one);
      assert.deepEqual(versions.map(({ id }) => id), [one.id, two.id]);
      assert.equal(supersededBy, two.id);
      assert.equal((await versionsOf(services.db, two)).supersededBy, null);
      assert.deepEqual((await versionsOf(services.db, child)).versions, []);
      assert.deepEqual((await revisable(services.db, "ada")).map(({ id }) => id), [
        child.id,
        two.id,
        parent.id,
      ]);
    });

    it("finds models to fork from by name, author, id or digest", async () => {
      const entry = await scored(50, { name: "100% sorted", author: "Grace" });
      await scored(60);
      const found = async (text: string) =>
        (await searchModels(services.db, text, 9)).map(({ id }) => id);
      for (const text of ["% SORT", "grace", entry.id, entry.file_digest, entry.model_digest!]) {
        assert.deepEqual(await found(text), [entry.id], text);
      }
      assert.deepEqual(await found("nothing like it"), []);
    });
  });
}

describe("a reference to a model", () => {
  it("is an id, a digest or an address, and no other text", () => {
    assert.deepEqual(parseReference("b7kx2mfq9tzw"), { id: "b7kx2mfq9tzw" });
    assert.deepEqual(parseReference("http://x.test/models/abc/"), { id: "abc" });
    assert.equal(parseReference("/".repeat(100_000) + "x"), null);
    assert.deepEqual(parseReference("A".repeat(64)), { digest: "a".repeat(64) });
    for (const text of ["", "a b", "ü", "x".repeat(65)]) assert.equal(parseReference(text), null);
  });

  it("is read from a header that may say anything", () => {
    assert.equal(declaredFork({ forkOf: "abc" }), "abc");
    for (const forkOf of [undefined, null, 7, {}, ["abc"], "a b"]) {
      assert.equal(declaredFork({ forkOf }), null);
    }
  });
});
