import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { applyAccountForm, applyDeletion } from "../../lib/accounts/account_form.ts";
import { claimAdmin, isOpenClaim, openClaim } from "../../lib/accounts/admin_claim.ts";
import { apiKeysOf, makeApiKey } from "../../lib/accounts/api_keys.ts";
import { recognise } from "../../lib/accounts/auth.ts";
import type { Account } from "../../lib/accounts/caller.ts";
import {
  accountById,
  accountByName,
  adminExists,
  checkNewName,
  entriesOf,
  freeName,
  passkeysOf,
  setRole,
} from "../../lib/accounts/store.ts";
import {
  AuthenticationError,
  NotFoundError,
  PermissionError,
  ValidationError,
} from "../../lib/errors.ts";
import { createRater, raterByAccount } from "../../lib/lab/score_store.ts";
import type { Services } from "../../lib/services.ts";
import { listEvents, verifyLedger } from "../../lib/storage/ledger.ts";
import { addAccount, bearer, sessionCookie } from "../support/accounts.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";
import { addEntry } from "../support/entries.ts";
import { testServices } from "../support/services.ts";

for (const backend of testBackends()) {
  describe(`accounts on ${backend.name}`, () => {
    let opened: TestDatabase;
    let services: Services;
    let ada: Account;
    beforeEach(async () => {
      opened = await backend.open();
      services = await testServices(opened);
      ada = await addAccount(services, { name: "Ada" });
    });
    afterEach(async () => {
      await services.close();
      await opened.close();
    });
    afterAll(() => backend.close());

    const know = async (headers: Record<string, string>) =>
      (await recognise(services.auth, services.db, new Headers(headers))).caller;
    const form = (account: Account, fields: Record<string, string>) =>
      applyAccountForm(services, account, fields);
    const events = async () =>
      (await listEvents(services.db, { limit: 9 })).map(({ kind, payload }) => ({
        kind,
        ...JSON.parse(payload),
      }));

    it("recognise a session by its cookie, with the role as it is now", async () => {
      const cookie = await sessionCookie(services, ada);
      assert.deepEqual(await know({ cookie }), { account: ada, scopes: null });
      await services.db.transaction().execute((trx) =>
        setRole(trx, { id: ada.id, role: "editor", by: "test", at: services.now() })
      );
      assert.equal((await know({ cookie }))?.account.role, "editor");
      assert.equal(await know({ cookie: `${cookie}x` }), null);
      assert.equal(await know({}), null);
    });

    it("take a session that is over for a guest, and end its cookie", async () => {
      const cookie = await sessionCookie(services, ada);
      await services.db.updateTable("auth_session").set({ expires_at: new Date(0) }).execute();
      const { caller, cookies } = await recognise(
        services.auth,
        services.db,
        new Headers({ cookie }),
      );
      assert.equal(caller, null);
      assert.ok(cookies.some((line) => /session_token=;.*Max-Age=0/i.test(line)));
    });

    it("go on while a session is used, a day at a time", async () => {
      const cookie = await sessionCookie(services, ada);
      const soon = new Date(Date.now() + 3 * 24 * 3_600_000);
      await services.db.updateTable("auth_session").set({ expires_at: soon }).execute();
      const { cookies } = await recognise(services.auth, services.db, new Headers({ cookie }));
      assert.match(cookies.join(), /session_token=.+Max-Age=2592000.*HttpOnly.*SameSite=Lax/i);
      const { expires_at } = await services.db.selectFrom("auth_session").select("expires_at")
        .executeTakeFirstOrThrow();
      assert.ok(expires_at > soon);
    });

    it("store no address of anybody", async () => {
      await sessionCookie(services, ada);
      const { ip_address } = await services.db.selectFrom("auth_session").select("ip_address")
        .executeTakeFirstOrThrow();
      assert.equal(ip_address || null, null);
    });

    it("recognise a key with its scopes, and note when it was used", async () => {
      const key = await bearer(services, ada, ["submit"]);
      assert.deepEqual(await know(key), { account: ada, scopes: ["submit"] });
      const [row] = await apiKeysOf(services.db, ada.id);
      assert.ok(row.last_request !== null);
      assert.ok(!key.authorization.includes(row.key));
      assert.ok(key.authorization.startsWith(`Bearer ${row.start}`));
    });

    it("count a key before a cookie", async () => {
      const key = await bearer(services, await addAccount(services), ["submit"]);
      const cookie = await sessionCookie(services, ada);
      assert.notEqual((await know({ ...key, cookie }))?.account.id, ada.id);
    });

    it("refuse every other key, in words and without repeating it", async () => {
      const { authorization } = await bearer(services, ada);
      const last = authorization.at(-1) === "a" ? "b" : "a";
      const wrong = [
        authorization.slice(0, -1) + last,
        "Bearer ",
        "Bearer tp_short",
        "bearer whatever",
      ];
      for (const text of wrong) {
        await assert.rejects(know({ authorization: text }), (error: Error) => {
          assert.ok(error instanceof AuthenticationError);
          const key = text.slice("Bearer ".length);
          assert.ok(key === "" || !JSON.stringify([error.message, error.problem]).includes(key));
          return true;
        });
      }
      // Not of ours: a proxy's.
      assert.equal(await know({ authorization: "Basic YTpi" }), null);
    });

    it("refuse a key that has expired, was revoked, or whose account is gone", async () => {
      const expired = await bearer(services, ada, ["submit"], 30);
      await services.db.updateTable("auth_api_key").set({ expires_at: new Date(0) }).execute();
      await assert.rejects(know(expired), /not valid/);
      assert.deepEqual(await apiKeysOf(services.db, ada.id), []);
      const revoked = await bearer(services, ada);
      const [{ id }] = await apiKeysOf(services.db, ada.id);
      const other = await addAccount(services);
      await form(other, { action: "revoke-key", id });
      assert.ok(await know(revoked));
      await form(ada, { action: "revoke-key", id });
      await assert.rejects(know(revoked), AuthenticationError);
      const orphan = await bearer(services, other);
      await applyDeletion(services, other, { name: other.name, author: "keep" });
      await assert.rejects(know(orphan), AuthenticationError);
    });

    it("make no key with a scope their role does not cover", async () => {
      const wish = { name: "k", days: null };
      for (const scope of ["worker", "admin"] as const) {
        const made = makeApiKey(services.auth, services.db, ada, { ...wish, scopes: [scope] });
        await assert.rejects(made, PermissionError);
      }
      const editor = await addAccount(services, { role: "editor" });
      await bearer(services, editor, ["submit", "admin"]);
      await assert.rejects(bearer(services, editor, ["worker"]), PermissionError);
      await bearer(services, await addAccount(services, { role: "admin" }), ["worker"]);
    });

    it("make keys by the form, and refuse one that is good for nothing", async () => {
      const fields = { action: "make-key", name: "laptop", days: "90" };
      await assert.rejects(form(ada, fields), ValidationError);
      await assert.rejects(form(ada, { ...fields, scopes: "submit,root" }), ValidationError);
      await assert.rejects(form(ada, { ...fields, scopes: "submit", days: "9" }), ValidationError);
      const key = await form(ada, { ...fields, scopes: "submit" });
      assert.ok(await know({ authorization: `Bearer ${key}` }));
      const [{ expires_at }] = await apiKeysOf(services.db, ada.id);
      const days = (expires_at!.getTime() - Date.now()) / 86_400_000;
      assert.ok(days > 89.9 && days < 90.1);
    });

    it("have names that nobody else has, and no author of other models", async () => {
      await addEntry(services.db, { author: "Guest of 2025" });
      for (
        const name of [
          "ADA",
          "ａｄａ",
          "guest of 2025",
          "Admin",
          "deleted account",
          " ",
          "a\u202eb",
        ]
      ) {
        await assert.rejects(checkNewName(services.db, name), ValidationError, name);
      }
      assert.equal(await checkNewName(services.db, " Grace "), "Grace");
      assert.equal((await accountByName(services.db, "aDA"))?.id, ada.id);
      assert.equal(await freeName(services.db, "Ada"), "Ada-2");
      assert.equal(await freeName(services.db, "octocat"), "octocat");
    });

    it("take their entries along to another name, and tell the ledger", async () => {
      const entry = await addEntry(services.db, { author: "Ada", account_id: ada.id });
      const rater = await createRater(services.db, {
        ...{ kind: "human", name: "Ada", seed: 1, accountId: ada.id, at: new Date() },
      });
      await form(ada, { action: "rename", name: "Ada Lovelace" });
      assert.equal((await raterByAccount(services.db, ada.id))?.name, "Ada Lovelace");
      assert.equal((await raterByAccount(services.db, ada.id))?.id, rater.id);
      assert.equal((await accountById(services.db, ada.id))?.name, "Ada Lovelace");
      assert.deepEqual((await entriesOf(services.db, ada.id)).map(({ id }) => id), [entry.id]);
      const { author } = await services.db.selectFrom("entry").select("author")
        .executeTakeFirstOrThrow();
      assert.equal(author, "Ada Lovelace");
      assert.deepEqual((await events())[0], {
        kind: "author",
        account: ada.id,
        author: "Ada Lovelace",
        entries: 1,
      });
      // Their own name in another spelling is theirs.
      await form({ ...ada, name: "Ada Lovelace" }, { action: "rename", name: "ADA LOVELACE" });
      await assert.rejects(
        form(await addAccount(services), { action: "rename", name: "ada lovelace" }),
        ValidationError,
      );
    });

    it("leave their models when they are deleted, with the name or without", async () => {
      const grace = await addAccount(services, { name: "Grace" });
      for (const { id, name } of [ada, grace]) {
        await addEntry(services.db, { author: name, account_id: id });
        await createRater(services.db, {
          ...{ kind: "human", name, seed: 1, accountId: id, at: new Date() },
        });
        await sessionCookie(services, { id, name, role: "author" });
      }
      await assert.rejects(
        applyDeletion(services, ada, { name: "ada", author: "keep" }),
        /not the/,
      );
      await applyDeletion(services, ada, { name: "Ada", author: "keep" });
      await applyDeletion(services, grace, { name: "Grace", author: "anonymous" });
      const rows = await services.db.selectFrom("entry").select(["author", "account_id"])
        .orderBy("author").execute();
      assert.deepEqual(rows, [
        { author: "Ada", account_id: null },
        { author: "deleted account", account_id: null },
      ]);
      const raters = await services.db.selectFrom("lab_rater").select(["name", "account_id"])
        .orderBy("name").execute();
      assert.deepEqual(raters, rows.map(({ author, ...row }) => ({ name: author, ...row })));
      assert.equal(await accountById(services.db, ada.id), null);
      const left = await services.db.selectFrom("auth_session").selectAll().execute();
      assert.deepEqual(left, []);
      await assert.rejects(checkNewName(services.db, "Ada"), ValidationError);
      assert.equal(await checkNewName(services.db, "Grace"), "Grace");
      assert.ok((await verifyLedger(services.db)).ok);
    });

    it("keep the last passkey, whoever asks, and leave those of others alone", async () => {
      const passkey = (id: string, account: Account) =>
        services.db.insertInto("auth_passkey").values({
          id,
          name: id,
          public_key: "p",
          user_id: account.id,
          credential_id: id,
          counter: 0,
          device_type: "singleDevice",
          backed_up: false,
        }).execute();
      const eve = await addAccount(services);
      await passkey("one", ada);
      await passkey("two", ada);
      await passkey("eve", eve);
      const remove = (account: Account, id: string) =>
        form(account, { action: "remove-passkey", id });
      await assert.rejects(remove(eve, "one"), NotFoundError);
      await assert.rejects(
        form(eve, { action: "rename-passkey", id: "one", name: "mine" }),
        NotFoundError,
      );
      // At the same time: one of them finds a single one left.
      const outcomes = await Promise.allSettled([remove(ada, "one"), remove(ada, "two")]);
      assert.deepEqual(outcomes.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
      assert.equal((await passkeysOf(services.db, ada.id)).length, 1);
      assert.deepEqual((await passkeysOf(services.db, eve.id)).map(({ name }) => name), ["eve"]);
    });

    it("get their first admin by the newest link, once", async () => {
      const { db } = services;
      const at = services.now();
      const older = await openClaim(db, at);
      const token = await openClaim(db, at);
      assert.ok(older && token && older !== token);
      const stored = await db.selectFrom("admin_claim").selectAll().execute();
      assert.equal(stored.length, 1);
      assert.ok(!JSON.stringify(stored).includes(token));
      assert.equal(await isOpenClaim(db, older), false);
      assert.equal(await isOpenClaim(db, token), true);
      await assert.rejects(
        claimAdmin(db, { token: older, accountId: ada.id, at }),
        PermissionError,
      );
      const eve = await addAccount(services);
      const claims = [ada, eve].map(({ id }) => claimAdmin(db, { token, accountId: id, at }));
      const outcomes = await Promise.allSettled(claims);
      assert.deepEqual(outcomes.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
      const admins = await db.selectFrom("auth_user").select("id").where("role", "=", "admin")
        .execute();
      assert.equal(admins.length, 1);
      assert.equal(await isOpenClaim(db, token), false);
      assert.equal(await openClaim(db, at), null);
      assert.deepEqual((await events())[0].kind, "role");
    });

    it("make a link useless as soon as there is an admin some other way", async () => {
      const token = await openClaim(services.db, services.now());
      await addAccount(services, { role: "admin" });
      assert.ok(await adminExists(services.db));
      assert.equal(await isOpenClaim(services.db, token!), false);
      const claim = claimAdmin(services.db, {
        token: token!,
        accountId: ada.id,
        at: services.now(),
      });
      await assert.rejects(claim, PermissionError);
      assert.equal((await accountById(services.db, ada.id))?.role, "author");
    });
  });
}
