import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Account } from "../../lib/accounts/caller.ts";
import { openClaim } from "../../lib/accounts/admin_claim.ts";
import { addAccount, bearer, sessionCookie } from "../support/accounts.ts";
import { openTestApp, type TestApp } from "./test_app.ts";

const ORIGIN = "http://board.test";

describe("accounts over HTTP", () => {
  let app: TestApp;
  let ada: Account;
  let cookie: string;
  beforeAll(async () => {
    app = await openTestApp();
    ada = await addAccount(app.services, { name: "Ada & <b>" });
    cookie = await sessionCookie(app.services, ada);
  });
  afterAll(() => app.close());

  const text = async (path: string, init?: RequestInit) =>
    await (await app.request(path, init)).text();
  const status = async (path: string, init?: RequestInit, address?: string) => {
    const response = await app.request(path, init, address);
    await response.body?.cancel();
    return response.status;
  };
  const post = (path: string, fields: Record<string, string>, headers = {}, address?: string) =>
    app.request(path, {
      method: "POST",
      headers: { origin: ORIGIN, ...headers },
      body: new URLSearchParams(fields),
    }, address);
  const whoami = async (headers: Record<string, string>) =>
    await (await app.request("/api/v1/account", { headers })).json();

  it("say who the server takes a caller for", async () => {
    assert.deepEqual(await whoami({}), { account: null, scopes: null, guests: "on" });
    const { id, name, role } = ada;
    assert.deepEqual(await whoami({ cookie }), {
      account: { id, name, role },
      scopes: null,
      guests: "on",
    });
    assert.deepEqual((await whoami(await bearer(app.services, ada))).scopes, ["submit"]);
  });

  it("show each visitor their own header, whatever is kept", async () => {
    for (const path of ["/", "/ledger", "/leaderboard/sort-6", "/models/stories"]) {
      const guest = await text(path);
      assert.match(guest, /href="\/account\/sign-in/);
      const own = await text(path, { headers: { cookie } });
      assert.match(own, /href="\/account"[^>]*>Ada &amp; &lt;b>/);
      assert.doesNotMatch(own, /account\/sign-in/);
      const again = await text(path);
      assert.doesNotMatch(again, /Ada &amp;/);
      // A key speaks for an account too: its pages are kept for nobody.
      const key = await bearer(app.services, ada);
      assert.match(await text(path, { headers: key }), /Ada &amp;/);
      assert.doesNotMatch(await text(path), /Ada &amp;/);
    }
  });

  it("let nothing between keep a page of who is signed in", async () => {
    const own = await app.request("/ledger", { headers: { cookie } });
    await own.body?.cancel();
    assert.equal(own.headers.get("cache-control"), "private, no-cache");
    assert.equal(own.headers.get("etag"), null);
    const guest = await app.request("/ledger");
    await guest.body?.cancel();
    assert.ok(guest.headers.get("etag"));
    assert.match(guest.headers.get("vary") ?? "", /cookie/);
    // Even with the tag of the guest's page.
    const headers = { cookie, "if-none-match": guest.headers.get("etag")! };
    assert.equal(await status("/ledger", { headers }), 200);
  });

  it("send guests no script for the header", async () => {
    assert.doesNotMatch(await text("/leaderboard/sort-6"), /<script/);
    assert.doesNotMatch(await text("/leaderboard/sort-6", { headers: { cookie } }), /<script/);
  });

  it("answer a key that is not valid with 401 on every address, and never as a guest", async () => {
    const headers = { authorization: `Bearer tp_${"x".repeat(64)}` };
    for (const path of ["/", "/leaderboard/sort-6", "/api/v1/reports", "/api/v1/account"]) {
      const response = await app.request(path, { headers });
      assert.equal(response.status, 401, path);
      assert.match(response.headers.get("www-authenticate") ?? "", /^Bearer /);
      assert.match((await response.json()).error.message, /not valid/);
      assert.ok(response.headers.get("content-security-policy"), path);
    }
    const sent = await app.request("/api/v1/submissions?name=a&author=b", {
      method: "POST",
      headers,
      body: "bytes",
    });
    assert.equal(sent.status, 401);
    await sent.body?.cancel();
  });

  it("stop an address that tries keys", async () => {
    const attempt = (n: number) =>
      status("/api/v1/account", {
        headers: { authorization: `Bearer tp_${String.fromCharCode(97 + n).repeat(64)}` },
      }, "10.0.0.66");
    const answers = [];
    for (let n = 0; n < 21; n++) answers.push(await attempt(n));
    assert.deepEqual(answers, [...Array(20).fill(401), 429]);
    // Its good key waits too; others do not.
    const good = await bearer(app.services, ada);
    assert.equal(await status("/api/v1/account", { headers: good }, "10.0.0.66"), 429);
    assert.equal(await status("/api/v1/account", { headers: good }, "10.0.0.67"), 200);
    assert.equal(await status("/api/v1/account", {}, "10.0.0.66"), 200);
  });

  it("lead guests to the sign-in, and back only to this site", async () => {
    const response = await app.request("/account");
    assert.equal(response.status, 303);
    assert.equal(response.headers.get("location"), "/account/sign-in");
    for (
      const next of [
        "//evil.test/",
        "/\\evil.test",
        "https://evil.test/",
        "javascript:alert(1)",
        "/\t/evil.test",
      ]
    ) {
      const path = `/account/sign-in?next=${encodeURIComponent(next)}`;
      const signedIn = await app.request(path, { headers: { cookie } });
      const location = new URL(signedIn.headers.get("location")!, ORIGIN);
      assert.equal(location.origin, ORIGIN, next);
      assert.match(await text(path), /href="\/account\/new\?next=%2Faccount"/, next);
    }
  });

  it("refuse forms that pages of others send", async () => {
    const fields = { action: "rename", name: "Owned" };
    for (
      const headers of [
        { origin: "https://evil.test" },
        { origin: "null" },
        { origin: "https://evil.test", "sec-fetch-site": "same-site" },
      ]
    ) {
      const response = await post("/account", fields, { cookie, ...headers });
      assert.equal(response.status, 403, JSON.stringify(headers));
      await response.body?.cancel();
    }
    for (const path of ["/account/sign-out", "/account/delete", "/account/claim", "/submit"]) {
      const response = await post(path, {}, { cookie, origin: "https://evil.test" });
      assert.equal(response.status, 403, path);
      assert.match(await response.text(), /another site/);
    }
    const sent = await app.request("/api/v1/submissions?name=a&author=b", {
      method: "POST",
      headers: { cookie, origin: "https://evil.test" },
      body: "bytes",
    });
    assert.equal(sent.status, 403);
    assert.match((await sent.json()).error.message, /another site/);
  });

  it("change nothing of an account by its keys", async () => {
    const key = await bearer(app.services, ada);
    for (const path of ["/account", "/account/sign-out", "/account/delete", "/account/claim"]) {
      const response = await post(path, { action: "rename", name: "Owned" }, key);
      assert.equal(response.status, 403, path);
      await response.body?.cancel();
    }
  });

  it("show a new key once, and say what is wrong with a form on the same page", async () => {
    const made = await post("/account", {
      action: "make-key",
      name: "once",
      scopes: "submit",
      days: "never",
    }, { cookie });
    assert.equal(made.status, 200);
    assert.equal(made.headers.get("cache-control"), "no-store");
    const key = /tp_[A-Za-z]{64}/.exec(await made.text())![0];
    assert.ok(!(await text("/account", { headers: { cookie } })).includes(key));
    const wrong = await post("/account", { action: "rename", name: "admin" }, { cookie });
    assert.equal(wrong.status, 422);
    assert.match(await wrong.text(), /is taken/);
    const beyond = await post("/account", {
      action: "make-key",
      name: "w",
      scopes: "worker",
      days: "30",
    }, { cookie });
    assert.equal(beyond.status, 403);
    await beyond.body?.cancel();
    assert.equal((await post("/account", { action: "dance" }, { cookie })).status, 422);
    const long = await post("/account", { action: "rename", name: "a".repeat(20_000) }, { cookie });
    assert.equal(long.status, 413);
  });

  it("open no other address of the library", async () => {
    for (
      const path of [
        "get-session",
        "update-user",
        "sign-up/email",
        "sign-in/social",
        "api-key/create",
        "api-key/list",
        "delete-user",
        "list-sessions",
        "passkey/delete-passkey",
        "callback/google",
        "error",
        "ok",
        "constructor",
      ]
    ) {
      for (const method of ["GET", "POST"]) {
        const headers = { cookie, origin: ORIGIN, "content-type": "application/json" };
        const body = method === "POST" ? "{}" : undefined;
        const response = await app.request(`/account/auth/${path}`, { method, headers, body });
        assert.equal(response.status, 404, `${method} ${path}`);
        await response.body?.cancel();
      }
    }
    assert.equal(await status("/account/auth/passkey/verify-registration"), 405);
  });

  it("limit how often an address begins a ceremony, and how long its answer is", async () => {
    const begin = () =>
      status("/account/auth/passkey/generate-authenticate-options", {}, "10.0.0.68");
    const answers = [];
    for (let n = 0; n < 61; n++) answers.push(await begin());
    assert.deepEqual([...new Set(answers.slice(0, 60)), answers[60]], [200, 429]);
    const long = await app.request("/account/auth/passkey/verify-authentication", {
      method: "POST",
      headers: { origin: ORIGIN, "content-type": "application/json" },
      body: JSON.stringify({ response: { id: "a".repeat(100_000) } }),
    });
    assert.equal(long.status, 413);
    await long.body?.cancel();
  });

  it("claim the first admin by a form, and say when a link is not valid", async () => {
    const token = await openClaim(app.services.db, new Date());
    const guest = await text(`/account/claim?token=${token}`);
    assert.match(guest, new RegExp(`next=${encodeURIComponent(`/account/claim?token=${token}`)}`));
    assert.equal(await status("/account/claim?token=guess"), 403);
    assert.equal((await post("/account/claim", { token: "guess" }, { cookie })).status, 403);
    assert.equal((await post("/account/claim", { token: token! })).status, 401);
    const claimed = await post("/account/claim", { token: token! }, { cookie });
    assert.equal(claimed.status, 303);
    assert.equal((await whoami({ cookie })).account.role, "admin");
  });

  it("end a session, and with it every page of its own", async () => {
    const other = await sessionCookie(app.services, ada);
    const response = await post("/account/sign-out", {}, { cookie: other });
    assert.equal(response.status, 303);
    assert.match(response.headers.getSetCookie().join(), /session_token=;[^,]*Max-Age=0/i);
    assert.equal((await whoami({ cookie: other })).account, null);
    assert.equal((await whoami({ cookie })).account.id, ada.id);
    const third = await sessionCookie(app.services, ada);
    await post("/account/sign-out", { everywhere: "yes" }, { cookie: third });
    assert.equal((await whoami({ cookie })).account, null);
  });
});
