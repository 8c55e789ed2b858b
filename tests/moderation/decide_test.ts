import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Account } from "../../lib/accounts/caller.ts";
import { SORT_6 } from "../../lib/benchmarks/sort_6.ts";
import {
  GoneError,
  IntegrityError,
  NotFoundError,
  PermissionError,
  ValidationError,
} from "../../lib/errors.ts";
import { authorEntries } from "../../lib/leaderboard/authors.ts";
import { linkSameTraining } from "../../lib/leaderboard/same_training.ts";
import { boardRows } from "../../lib/leaderboard/store.ts";
import { banOf, checkSender } from "../../lib/moderation/bans.ts";
import { decide } from "../../lib/moderation/decide.ts";
import { flagEntry } from "../../lib/moderation/flag.ts";
import { loadQueue, moderationOf } from "../../lib/moderation/queue_page.ts";
import { decisionsOf, listBans, listDecisions, type Queue } from "../../lib/moderation/store.ts";
import type { Services } from "../../lib/services.ts";
import type { Entry, NewEntry } from "../../lib/storage/entry_schema.ts";
import { listEvents, verifyLedger } from "../../lib/storage/ledger.ts";
import { requireEntry } from "../../lib/submissions/require.ts";
import { getEntry, putProbes, updateEntry } from "../../lib/submissions/store.ts";
import { addAccount } from "../support/accounts.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry, addScore } from "../support/entries.ts";
import { testServices } from "../support/services.ts";

for (const backend of testBackends()) {
  describe(`moderation on ${backend.name}`, () => {
    let opened: TestDatabase;
    let services: Services;
    let editor: Account;
    beforeEach(async () => {
      opened = await backend.open();
      services = await testServices(opened);
      editor = await addAccount(services, { name: "Edith", role: "editor" });
    });
    afterEach(async () => {
      await services.close();
      await opened.close();
    });
    afterAll(() => backend.close());

    const act = (word: string, entry: Entry, reason = `because of ${word}`) =>
      decide(services, editor, { act: word, entry: entry.id, reason });
    const ranked = async (score: number, overrides: Partial<NewEntry> = {}) => {
      const entry = await addEntry(services.db, overrides);
      await addScore(services.db, entry, SORT_6.id, score, { version: SORT_6.version });
      return entry;
    };
    const board = async () =>
      (await boardRows(services.db, SORT_6, { limit: 9, offset: 0 })).rows
        .map(({ entryId }) => entryId);
    const queue = async (name: Queue, q = "") =>
      (await loadQueue(services.db, { queue: name, q, page: 1 })).items;
    const flag = (entry: Entry, account: Account | null, address = "1.2.3.4") =>
      flagEntry(services, entry.id, { account, address }, { reason: "stolen weights" });

    it("brings held entries on the board, and asks for a replay of those that lead", async () => {
      const held = await ranked(90, { visibility: "held" });
      const other = await ranked(50);
      assert.deepEqual(await board(), [other.id]);
      const decision = await act("promote", held, "looks honest");
      assert.deepEqual(await board(), [held.id, other.id]);
      const jobs = await services.db.selectFrom("job").select(["entry_id", "kind"]).execute();
      assert.ok(jobs.some(({ entry_id, kind }) => entry_id === held.id && kind === "verify"));
      const [event] = await listEvents(services.db, { limit: 1 });
      assert.equal(event.kind, "decision");
      assert.equal(event.seq, decision.ledger_seq);
      assert.deepEqual(JSON.parse(event.payload), {
        act: "promote",
        decision: decision.id,
        entry: held.id,
        moderator: editor.id,
        reason: "looks honest",
      });
      assert.ok((await verifyLedger(services.db)).ok);
    });

    it("hides entries from boards and lists, says why, and shows them again", async () => {
      const entry = await ranked(90, { author: "Mallory", featured: true });
      const decision = await act("hide", entry, "copied from somebody");
      assert.deepEqual(await board(), []);
      assert.deepEqual(await authorEntries(services.db, "Mallory", [SORT_6]), []);
      await assert.rejects(requireEntry(services.db, entry.id), (error: Error) => {
        assert.ok(error instanceof GoneError);
        assert.equal(error.problem.got, "copied from somebody");
        assert.match(error.problem.fix ?? "", new RegExp(`#${decision.id}$`));
        return true;
      });
      const [shown] = await decisionsOf(services.db, entry.id);
      assert.equal(shown.entryName, null);
      assert.equal((await getEntry(services.db, entry.id))?.featured, false);
      await act("unhide", entry);
      assert.deepEqual(await board(), [entry.id]);
      assert.equal((await requireEntry(services.db, entry.id)).id, entry.id);
      const [newest, before] = await listDecisions(services.db, { limit: 9 });
      assert.deepEqual([newest.act, before.act], ["unhide", "hide"]);
      assert.equal(before.entryName, entry.name);
    });

    it("gives the rank of hidden weights to the next entry that has them, and back", async () => {
      const first = await ranked(90);
      const second = await addEntry(services.db, { model_digest: first.model_digest });
      const link = () =>
        services.db.transaction().execute((trx) =>
          linkSameTraining(trx, first.model_digest!, services.now())
        );
      await link();
      assert.deepEqual(await board(), [first.id]);
      await act("hide", first);
      assert.deepEqual(await board(), [second.id]);
      await act("unhide", first);
      assert.deepEqual(await board(), [first.id]);
    });

    it("gives the place of a hidden version back to the one before it", async () => {
      const first = await ranked(50);
      const second = await ranked(60, { revision_of: first.id });
      assert.deepEqual(await board(), [second.id]);
      await act("hide", second);
      assert.deepEqual(await board(), [first.id]);
      await act("unhide", second);
      assert.deepEqual(await board(), [second.id]);
    });

    it("wants a reason, an entry and an act that has something to do", async () => {
      const entry = await ranked(90);
      await assert.rejects(act("hide", entry, ""), ValidationError);
      await assert.rejects(act("hide", entry, " \u200b "), ValidationError);
      await assert.rejects(act("hide", entry, "x".repeat(501)), ValidationError);
      await assert.rejects(act("delete", entry), ValidationError);
      await assert.rejects(act("promote", entry), /nothing to promote/);
      await assert.rejects(act("dismiss", entry), /nothing to dismiss/);
      const none = { act: "hide", entry: "nothing", reason: "r" };
      await assert.rejects(decide(services, editor, none), NotFoundError);
      await act("feature", entry);
      await assert.rejects(act("feature", entry), ValidationError);
      assert.equal((await listDecisions(services.db, { limit: 9 })).length, 1);
    });

    it("decides once when two moderators decide the same at the same time", async () => {
      const entry = await ranked(90);
      const outcomes = await Promise.allSettled([act("hide", entry), act("hide", entry)]);
      assert.deepEqual(outcomes.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
      assert.equal((await decisionsOf(services.db, entry.id)).length, 1);
    });

    it("queues flags newest first, and answers them with what is decided", async () => {
      const [one, two] = [await ranked(1), await ranked(2)];
      const reader = await addAccount(services);
      await flag(two, reader);
      await flag(one, reader);
      await flag(one, null);
      assert.deepEqual((await queue("flagged")).map(({ entry }) => entry.id), [one.id, two.id]);
      const [item] = await queue("flagged");
      assert.deepEqual(item.flags.map(({ reason }) => reason), [
        "stolen weights",
        "stolen weights",
      ]);
      assert.ok(item.acts.includes("dismiss"));
      await act("dismiss", one, "they are the author's own");
      assert.deepEqual((await queue("flagged")).map(({ entry }) => entry.id), [two.id]);
      assert.deepEqual(await board(), [two.id, one.id]);
      await act("hide", two);
      const { counts } = await loadQueue(services.db, { queue: "flagged", q: "", page: 1 });
      assert.deepEqual(counts, { held: 0, hidden: 1, flagged: 0 });
    });

    it("takes one flag of a reader for an entry, and knows a guest by no address", async () => {
      const [one, two] = [await ranked(1), await ranked(2)];
      const reader = await addAccount(services);
      await flag(one, reader);
      await assert.rejects(flag(one, reader, "5.6.7.8"), IntegrityError);
      await flag(one, null);
      await assert.rejects(flag(one, null), IntegrityError);
      await flag(one, null, "5.6.7.8");
      await flag(two, null);
      const rows = await services.db.selectFrom("flag").select(["reader", "entry_id"]).execute();
      assert.equal(rows.length, 4);
      assert.ok(!JSON.stringify(rows).includes("1.2.3.4"));
      // The same guest is somebody else for every entry.
      const guests = rows.filter(({ reader }) => reader.startsWith("guest:"));
      assert.equal(new Set(guests.map(({ reader }) => reader)).size, 3);
      await act("hide", one);
      await assert.rejects(flag(one, null, "9.9.9.9"), GoneError);
    });

    it("shows what the machine found beside each entry", async () => {
      const entry = await ranked(1, { visibility: "held" });
      const twin = await addEntry(services.db, { model_digest: entry.model_digest, name: "Twin" });
      await putProbes(services.db, [{
        model_digest: entry.model_digest!,
        probe: "no-look-ahead",
        passed: false,
        detail: "It looks ahead.",
        engine_digest: "e",
      }]);
      const [{ findings }] = await queue("held");
      const found = Object.fromEntries(findings.map(({ gate, ...rest }) => [gate, rest]));
      assert.deepEqual(found.probes, { passed: false, detail: "It looks ahead." });
      assert.equal(found.limits.passed, true);
      assert.equal(found.duplicates.passed, false);
      assert.match(found.duplicates.detail, new RegExp(`Twin by Ada \\(${twin.id}\\)`));
      await updateEntry(services.db, entry.id, {
        status: "failed",
        failure: JSON.stringify({ stage: "reading file", reason: "Too large", fix: "-" }),
        model_digest: null,
      });
      const [failed] = await queue("held");
      assert.deepEqual(failed.findings.map(({ passed }) => passed), [false, null, true, null]);
      assert.equal(failed.findings[0].detail, "reading file: Too large");
    });

    it("finds entries in the queue by name and author", async () => {
      await ranked(1, { visibility: "held", name: "Red one", author: "Anna" });
      await ranked(1, { visibility: "held", name: "Blue one", author: "Bert" });
      await ranked(1, { name: "Red two", author: "Bert" });
      const names = async (name: Queue, q: string) =>
        (await queue(name, q)).map(({ entry }) => entry.name);
      assert.deepEqual(await names("held", "red"), ["Red one"]);
      assert.deepEqual(await names("held", "bert"), ["Blue one"]);
      assert.deepEqual(await names("recent", "bert"), ["Red two", "Blue one"]);
      assert.deepEqual(await names("held", "%"), []);
      assert.deepEqual(await names("hidden", ""), []);
    });

    it("tells everybody the decisions and moderators alone the rest", async () => {
      const entry = await ranked(1);
      await flag(entry, null);
      await act("feature", entry);
      const row = (await getEntry(services.db, entry.id))!;
      const open = await moderationOf(services.db, row, { moderator: false });
      assert.deepEqual([open.decisions.length, open.item], [1, null]);
      const own = await moderationOf(services.db, row, { moderator: true });
      assert.equal(own.item?.flags.length, 1);
    });

    it("bans an account with all it sent, and lifts the ban", async () => {
      const mallory = await addAccount(services, { name: "Mallory" });
      const [one, two] = [await ranked(1), await ranked(2)];
      for (const { id } of [one, two]) {
        await updateEntry(services.db, id, { account_id: mallory.id, author: "Mallory" });
      }
      const order = { act: "ban", author: "mallory", reason: "floods the board" };
      const ban = await decide(services, editor, { ...order, entries: "hide" });
      assert.deepEqual(await board(), []);
      const sender = { account: mallory, author: "Mallory" };
      await assert.rejects(checkSender(services.db, sender), (error: Error) => {
        assert.ok(error instanceof PermissionError);
        assert.match(error.problem.got ?? "", /floods the board/);
        return true;
      });
      await assert.rejects(flag(await ranked(3), mallory), PermissionError);
      assert.deepEqual((await listBans(services.db)).map(({ id, author }) => [id, author]), [
        [ban.id, "Mallory"],
      ]);
      await assert.rejects(decide(services, editor, order), /nothing to ban/);
      await decide(services, editor, { ...order, act: "unban", reason: "promised to stop" });
      await checkSender(services.db, sender);
      assert.equal(await banOf(services.db, sender), null);
      // What was hidden stays hidden until somebody decides on it.
      assert.equal((await getEntry(services.db, one.id))?.visibility, "hidden");
      const acts = (await listDecisions(services.db, { limit: 9 })).map(({ act }) => act);
      assert.deepEqual(acts.sort(), ["ban", "hide", "hide", "unban"]);
      assert.ok((await verifyLedger(services.db)).ok);
    });

    it("bans guests by the name they use, and leaves models of others of that name", async () => {
      const guest = await ranked(1, { author: "Spam Co" });
      const gallery = await ranked(2, { author: "Spam Co", gallery: true });
      const order = { act: "ban", author: "Spam Co", reason: "advertising", entries: "hide" };
      await decide(services, editor, order);
      assert.deepEqual(await board(), [gallery.id]);
      assert.equal((await getEntry(services.db, guest.id))?.visibility, "hidden");
      const bySpam = { account: null, author: "ｓｐａｍ  co" };
      await assert.rejects(checkSender(services.db, bySpam), PermissionError);
      await checkSender(services.db, { account: null, author: "Spam Company" });
    });

    it("lets nobody ban their peers or those above", async () => {
      const admin = await addAccount(services, { name: "Root", role: "admin" });
      const peer = await addAccount(services, { name: "Peer", role: "editor" });
      const ban = (by: Account, author: string) =>
        decide(services, by, { act: "ban", author, reason: "quarrel" });
      await assert.rejects(ban(editor, "Root"), PermissionError);
      await assert.rejects(ban(editor, "Peer"), PermissionError);
      await assert.rejects(ban(editor, "Edith"), PermissionError);
      await assert.rejects(ban(admin, "Root"), PermissionError);
      await ban(admin, peer.name);
    });
  });
}
