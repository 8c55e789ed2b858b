// Accounts on the real server, in a real browser with an authenticator made of software.

import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Browser, BrowserContext, CDPSession, Page } from "playwright-core";
import { cliWith } from "../support/cli.ts";
import { launchBrowser, noteProblems } from "../support/browser.ts";
import { startServer, type TestServer } from "../support/server.ts";

const AUTHENTICATOR = {
  protocol: "ctap2",
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
} as const;

describe("accounts, in a browser", () => {
  let dir: string;
  let server: TestServer;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let devtools: CDPSession;
  let first: string;
  const faults: string[] = [];

  beforeAll(async () => {
    dir = await Deno.makeTempDir({ prefix: "tinyproof-accounts-" });
    server = await startServer(`${dir}/var`);
    browser = await launchBrowser();
    context = await browser.newContext();
    page = await context.newPage();
    noteProblems(page, faults);
    devtools = await context.newCDPSession(page);
    await devtools.send("WebAuthn.enable");
    first = await authenticator("internal");
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await Deno.remove(dir, { recursive: true });
  });

  async function authenticator(transport: "internal" | "usb"): Promise<string> {
    const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
      options: { ...AUTHENTICATOR, transport },
    });
    return authenticatorId;
  }

  const open = (path: string) => page.goto(`${server.url}${path}`, { waitUntil: "load" });
  const press = (name: string | RegExp) => page.getByRole("button", { name }).first().click();
  const header = () => page.locator(".site-header").innerText();
  const whoami = async (key: string) => {
    const headers = { authorization: `Bearer ${key}` };
    const response = await fetch(`${server.url}/api/v1/account`, { headers });
    return { status: response.status, body: await response.json() };
  };

  it("says before anything else that passkeys need JavaScript, where there is none", async () => {
    const plain = await browser.newContext({ javaScriptEnabled: false });
    const bare = await plain.newPage();
    await bare.goto(`${server.url}/account/new`);
    assert.match(await bare.locator("main").innerText(), /Passkeys need JavaScript/);
    assert.ok(await bare.getByRole("button", { name: /Create a passkey/ }).isDisabled());
    await plain.close();
  });

  it("makes an account of a name and a passkey, and comes back to where it was asked for", async () => {
    await open("/ledger");
    await page.getByRole("link", { name: "Sign in" }).click();
    await page.getByRole("link", { name: "Create an account" }).click();
    await page.getByLabel("Name").fill("Ada L.");
    await press(/Create a passkey/);
    await page.waitForURL(`${server.url}/ledger`);
    assert.match(await header(), /Ada L\./);
    const { cookies } = await context.storageState();
    const session = cookies.find(({ name }) => name === "tinyproof.session_token");
    assert.ok(session?.httpOnly);
    assert.equal(session?.sameSite, "Lax");
    assert.equal(session?.secure, false);
  });

  it("gives the authenticator the name, and no address", async () => {
    const { credentials } = await devtools.send("WebAuthn.getCredentials", {
      authenticatorId: first,
    });
    assert.deepEqual(
      credentials.map(({ userName, userDisplayName, rpId }) => [userName, userDisplayName, rpId]),
      [["Ada L.", "Ada L.", "localhost"]],
    );
  });

  it("signs out, and shows a guest the page of guests", async () => {
    await open("/account");
    await press("Sign out");
    await page.waitForURL(`${server.url}/`);
    await open("/ledger");
    assert.match(await header(), /Sign in/);
    assert.doesNotMatch(await page.content(), /Ada L\./);
    await open("/account");
    assert.equal(new URL(page.url()).pathname, "/account/sign-in");
  });

  it("refuses a name that is taken, however it is written", async () => {
    await open("/account/new");
    await page.getByLabel("Name").fill("ＡDA  l.");
    await press(/Create a passkey/);
    await page.getByRole("alert").waitFor();
    assert.match(await page.getByRole("alert").innerText(), /taken[^]*Choose another name/);
    const expected = faults.splice(0);
    assert.ok(expected.every((fault) => /status of 400/.test(fault)), expected.join("\n"));
  });

  it("signs in again without asking for a name", async () => {
    await open("/account/sign-in?next=//elsewhere.test/");
    await press("Sign in with a passkey");
    await page.waitForURL(`${server.url}/account`);
    assert.equal(await page.locator("h1").innerText(), "Ada L.");
    assert.match(await page.locator("#passkeys").innerText(), /There is one way into this account/);
    assert.equal(await page.getByRole("button", { name: /^Remove/ }).count(), 0);
  });

  it("adds a second passkey, renames it, removes the first and keeps the last", async () => {
    await authenticator("usb");
    await devtools.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId: first });
    await press("Add a passkey");
    const rows = page.locator("#passkeys tbody tr");
    await rows.nth(1).waitFor();
    const input = rows.nth(1).getByRole("textbox");
    await input.fill("Key in the drawer");
    await rows.nth(1).getByRole("button", { name: "Rename" }).click();
    await page.getByRole("rowheader", { name: "Key in the drawer" }).waitFor();
    await rows.nth(0).getByRole("button", { name: /^Remove/ }).click();
    await page.getByText("the last one").waitFor();
    assert.equal(await rows.count(), 1);
    await press("Sign out everywhere");
    await page.waitForURL(`${server.url}/`);
    await open("/account/sign-in");
    await press("Sign in with a passkey");
    await page.waitForURL(`${server.url}/account`);
  });

  it("makes a key that works until it is revoked", async () => {
    await open("/account");
    await page.locator("#key-name").fill("laptop");
    await page.getByRole("button", { name: "Make the key" }).click();
    const key = await page.locator("#made-key").innerText();
    assert.match(key, /^tp_[A-Za-z]{64}$/);
    const known = await whoami(key);
    assert.equal(known.status, 200);
    assert.equal(known.body.account.name, "Ada L.");
    assert.deepEqual(known.body.scopes, ["submit"]);

    const words = ["account", "whoami", "--server", server.url];
    const said = await cliWith({ TINYPROOF_KEY: key }, ...words);
    assert.equal(said.stdout, "Ada L., author; the key is good for submit\n");

    await open("/account");
    assert.ok(!(await page.content()).includes(key));
    assert.doesNotMatch(await page.locator("#keys tbody").innerText(), /never/);
    await press("Revoke laptop");
    await page.locator("#keys tbody").waitFor({ state: "detached" });
    const refused = await whoami(key);
    assert.equal(refused.status, 401);
    assert.match(refused.body.error.message, /not valid/);
    assert.ok(!JSON.stringify(refused.body).includes(key));
    const failed = await cliWith({ TINYPROOF_KEY: key }, ...words);
    assert.equal(failed.code, 1);
    assert.match(failed.stderr, /This API key is not valid/);
    assert.ok(!failed.stderr.includes(key));
    assert.match((await cliWith({}, ...words)).stdout, /^a guest; guests may submit: on/);
  });

  it("makes the first admin of who opens the printed link, once", async () => {
    const link = await server.said(/(http:\/\/localhost\S+\/account\/claim\?token=[^\s"]+)/);
    await page.goto(link);
    await press("Make Ada L. the admin");
    await page.waitForURL(`${server.url}/account`);
    assert.match(await page.locator("main").innerText(), /Role: admin/);
    const again = await page.goto(link);
    assert.equal(again?.status(), 403);
    assert.match(await page.locator("main").innerText(), /not valid, or not any more/);
    const expected = faults.splice(0);
    assert.ok(expected.every((fault) => /status of 403/.test(fault)), expected.join("\n"));
  });

  it("needs no admin at the next start, keeps the session, and prints no secret", async () => {
    const secret = (await Deno.readTextFile(`${dir}/var/secret`)).trim();
    assert.equal((await Deno.stat(`${dir}/var/secret`)).mode! & 0o777, 0o600);
    const port = new URL(server.url).port;
    await server.stop();
    assert.ok(!(await server.output()).includes(secret));
    server = await startServer(`${dir}/var`, { PORT: port });
    await open("/account");
    assert.equal(await page.locator("h1").innerText(), "Ada L.");
    await server.stop();
    assert.doesNotMatch(await server.output(), /claim/);
    server = await startServer(`${dir}/var`, { PORT: port });
  });

  it("deletes the account, whose passkey opens nothing then", async () => {
    await open("/account/delete");
    await page.getByLabel(/type the name/).fill("Ada L.");
    await press("Delete it");
    await page.waitForURL(`${server.url}/`);
    await open("/account");
    assert.equal(new URL(page.url()).pathname, "/account/sign-in");
    await press("Sign in with a passkey");
    await page.getByRole("alert").waitFor();
    const expected = faults.splice(0);
    assert.ok(expected.every((fault) => /status of 401/.test(fault)), expected.join("\n"));
  });

  it("logged no other error in any page", () => {
    assert.deepEqual(faults, []);
  });
});
