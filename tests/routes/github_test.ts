// Sign-in with GitHub, GitHub itself being a few answers of this test: everything on this side runs.

import { afterAll, afterEach, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { addAccount } from "../support/accounts.ts";
import { openTestApp, type TestApp } from "./test_app.ts";

const APP = { githubClientId: "client-1", githubClientSecret: "very secret indeed" };
const TOKEN = "gho_token-of-somebody";
const ORIGIN = "http://board.test";

describe("sign-in with GitHub", () => {
  const realFetch = globalThis.fetch;
  let app: TestApp;
  let asked: string[] = [];
  beforeAll(async () => {
    app = await openTestApp({ ...APP, origin: ORIGIN });
  });
  afterEach(() => {
    globalThis.fetch = realFetch;
    asked = [];
  });
  afterAll(() => app.close());

  /** What github.com says: any code is good, and belongs to this person. */
  function github(profile: { id: number; login: string } | null) {
    globalThis.fetch = (input, init) => {
      const request = new Request(input, init);
      asked.push(`${request.method} ${request.url}`);
      const { host, pathname } = new URL(request.url);
      if (`${host}${pathname}` === "github.com/login/oauth/access_token") {
        const good = { access_token: TOKEN, token_type: "bearer", scope: "" };
        return Promise.resolve(Response.json(profile ? good : { error: "bad_verification_code" }));
      }
      if (`${host}${pathname}` === "api.github.com/user") {
        assert.equal(request.headers.get("authorization"), `Bearer ${TOKEN}`);
        const personal = { email: "somebody@example.org", avatar_url: "https://example.org/a.png" };
        return Promise.resolve(Response.json({ ...profile, name: "Some Body", ...personal }));
      }
      return Promise.resolve(Response.json({ message: "Not Found" }, { status: 404 }));
    };
  }

  const cookiesOf = (response: Response) =>
    response.headers.getSetCookie().map((line) => line.split(";")[0]).join("; ");

  async function signIn(next = "/ledger") {
    const away = await app.request(`/account/github?next=${next}`);
    assert.equal(away.status, 303);
    const location = new URL(away.headers.get("location")!);
    const state = location.searchParams.get("state");
    const back = await app.request(`/account/auth/callback/github?code=c&state=${state}`, {
      headers: { cookie: cookiesOf(away), referer: "https://github.com/" },
    });
    await back.body?.cancel();
    return { location, back, cookie: cookiesOf(back) };
  }
  const whoami = async (cookie: string) =>
    (await (await app.request("/api/v1/account", { headers: { cookie } })).json()).account;

  it("asks for nothing but the public profile, and makes an account of it", async () => {
    github({ id: 42, login: "octocat" });
    const { location, back, cookie } = await signIn();
    assert.equal(location.origin + location.pathname, "https://github.com/login/oauth/authorize");
    assert.equal(location.searchParams.get("client_id"), APP.githubClientId);
    assert.equal(location.searchParams.get("scope") ?? "", "");
    assert.equal(
      location.searchParams.get("redirect_uri"),
      `${ORIGIN}/account/auth/callback/github`,
    );
    assert.equal(back.status, 302);
    assert.equal(new URL(back.headers.get("location")!, ORIGIN).pathname, "/ledger");
    assert.equal((await whoami(cookie)).name, "octocat");
    assert.ok(asked.every((line) => !line.includes(APP.githubClientSecret)));
  });

  it("is the same account the next time, and another one for somebody else", async () => {
    github({ id: 42, login: "renamed-since" });
    assert.equal((await whoami((await signIn()).cookie)).name, "octocat");
    await addAccount(app.services, { name: "Hubot" });
    github({ id: 43, login: "hubot" });
    assert.equal((await whoami((await signIn()).cookie)).name, "hubot-2");
  });

  it("keeps no token, no mail address and no picture of anybody", async () => {
    const { db } = app.services;
    const users = await db.selectFrom("auth_user").selectAll().execute();
    const identities = await db.selectFrom("auth_identity").selectAll().execute();
    assert.equal(identities.length, 2);
    const stored = JSON.stringify([users, identities]);
    for (const secret of [TOKEN, "example.org", APP.githubClientSecret]) {
      assert.ok(!stored.includes(secret), secret);
    }
  });

  it("says on the sign-in page when GitHub refused", async () => {
    github(null);
    const { back, cookie } = await signIn();
    assert.equal(await whoami(cookie), null);
    const location = new URL(back.headers.get("location")!, ORIGIN);
    assert.equal(location.pathname, "/account/sign-in");
    const page = await (await app.request(location.pathname + location.search)).text();
    assert.match(page, /GitHub did not sign you in/);
  });

  it("refuses a way back that this browser did not begin", async () => {
    github({ id: 42, login: "octocat" });
    const away = await app.request("/account/github");
    const state = new URL(away.headers.get("location")!).searchParams.get("state");
    const back = await app.request(`/account/auth/callback/github?code=c&state=${state}`);
    await back.body?.cancel();
    assert.equal(await whoami(cookiesOf(back)), null);
    assert.deepEqual(asked, []);
  });

  it("is not there where it is not set up", async () => {
    const plain = await openTestApp();
    assert.equal((await plain.request("/account/github")).status, 404);
    const page = await (await plain.request("/account/sign-in")).text();
    assert.doesNotMatch(page, /GitHub/);
    await plain.close();
  });
});
