import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { addAccount, bearer, sessionCookie } from "../support/accounts.ts";
import { RANKED_BENCHMARKS } from "../../lib/benchmarks/registry.ts";
import { listEvents } from "../../lib/storage/ledger.ts";
import { updateEntry } from "../../lib/submissions/store.ts";
import { addScore } from "../support/entries.ts";
import { openTestApp, type TestApp } from "./test_app.ts";

const FIXTURES = new URL("../fixtures/", import.meta.url);
const fixture = (dtype: string) =>
  Deno.readFile(new URL(`old-shakespeare.${dtype}.tinygpt`, FIXTURES));

const send = async (app: TestApp, dtype: string, fields: string, headers = {}) =>
  await app.request(`/api/v1/submissions?${fields}`, {
    method: "POST",
    headers,
    body: await fixture(dtype),
  });

describe("guests of a board that holds what they send", () => {
  let app: TestApp;
  let held: string;
  beforeAll(async () => {
    app = await openTestApp({ guests: "hold" });
  });
  afterAll(() => app.close());

  const text = async (path: string, headers = {}) =>
    await (await app.request(path, { headers })).text();

  /** As if its job had run: better than all others, on every board. */
  async function scored(id: string) {
    const { db } = app.services;
    const entry = await updateEntry(db, id, {
      status: "scored",
      model_digest: "f".repeat(64),
      parameters: 1000,
    });
    for (const { id, version, lowerIsBetter } of RANKED_BENCHMARKS) {
      await addScore(db, entry, id, lowerIsBetter ? 1.01 : 100, { version });
    }
  }

  it("say so on the form, and lead to the sign-in", async () => {
    const page = await text("/submit");
    assert.match(page, /waits in the holding area/);
    assert.match(page, /account\/sign-in\?next=\/submit/);
    assert.match(page, /name="author"/);
    const ada = await addAccount(app.services, { name: "Ada" });
    const own = await text("/submit", { cookie: await sessionCookie(app.services, ada) });
    assert.doesNotMatch(own, /holding area/);
    assert.doesNotMatch(own, /name="author"/);
    assert.match(own, /Sent by <a href="\/account">Ada<\/a>/);
  });

  it("have a page to look at, and no place on a board, in a list or in a picture", async () => {
    const response = await send(app, "fp16", "name=Held%20one&author=Stranger");
    assert.equal(response.status, 201);
    held = (await response.json()).id;
    await scored(held);
    const page = await text(`/models/${held}`);
    assert.match(page, /In the holding area/);
    assert.match(page, /name="robots" content="noindex"/);
    assert.equal(JSON.parse(await text(`/api/v1/models/${held}`)).visibility, "held");
    assert.match(await text(`/submissions/${held}`), /In the holding area/);
    for (
      const path of [
        "/",
        "/leaderboard/sort-6",
        "/leaderboard/sort-6?q=held",
        "/leaderboard/sort-6/pareto",
        "/leaderboard/sort-6/records",
        "/api/v1/leaderboard/sort-6",
        "/api/v1/leaderboard/sort-6?format=csv",
        "/feeds/records.xml",
        "/authors",
        "/compare",
      ]
    ) {
      const shown = await text(path);
      assert.ok(!shown.includes("Held one") && !shown.includes("Stranger"), path);
    }
    assert.equal((await app.request("/authors/Stranger")).status, 404);
    const [event] = await listEvents(app.services.db, { limit: 1 });
    assert.equal(JSON.parse(event.payload).held, true);
    // It is nothing but held: promoted, it leads.
    await updateEntry(app.services.db, held, { visibility: "public" });
    for (const path of ["/", "/leaderboard/sort-6", "/feeds/records.xml", "/authors"]) {
      assert.match(await text(path), /Held one|Stranger/, path);
    }
  });

  it("may not speak in the name of an account", async () => {
    const response = await send(app, "fp32", "name=Mine&author=%20aDa");
    assert.equal(response.status, 422);
    const { error } = await response.json();
    assert.equal(error.path, "author");
    assert.match(error.message, /belongs to an account/);
  });

  it("send no corpora", async () => {
    const response = await app.request(`/api/v1/corpora/${"0".repeat(64)}?name=a`, {
      method: "PUT",
      body: "text",
    });
    assert.equal(response.status, 401);
    assert.match((await response.json()).error.message, /corpora from accounts only/);
    assert.match(await text("/corpora/new"), /Sign in/);
  });

  it("are no accounts: those come on the board at once, under their own name", async () => {
    const grace = await addAccount(app.services, { name: "Grace" });
    const key = await bearer(app.services, grace, ["submit"]);
    const response = await send(app, "fp32", "name=Hers&author=Somebody", key);
    assert.equal(response.status, 201);
    const { id } = await response.json();
    const model = JSON.parse(await text(`/api/v1/models/${id}`));
    assert.deepEqual([model.author, model.visibility], ["Grace", "public"]);
    const { account_id } = await app.services.db.selectFrom("entry").select("account_id")
      .where("id", "=", id).executeTakeFirstOrThrow();
    assert.equal(account_id, grace.id);
    const page = await text("/account", { cookie: await sessionCookie(app.services, grace) });
    assert.match(page, new RegExp(`/models/${id}`));
    const [event] = await listEvents(app.services.db, { limit: 1 });
    assert.equal(JSON.parse(event.payload).account, grace.id);
  });
});

describe("guests of a board for accounts only", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp({ guests: "off" });
  });
  afterAll(() => app.close());

  it("read, and submit nothing", async () => {
    const response = await send(app, "fp16", "name=a&author=b");
    assert.equal(response.status, 401);
    assert.match((await response.json()).error.fix, /Sign in/);
    assert.match(await (await app.request("/submit")).text(), /from accounts only/);
    assert.equal((await app.request("/leaderboard/sort-6")).status, 200);
    assert.equal((await (await app.request("/api/v1/account")).json()).guests, "off");
  });

  it("submit with a key that is for it, and with no other", async () => {
    const admin = await addAccount(app.services, { role: "admin" });
    const worker = await bearer(app.services, admin, ["worker"]);
    assert.equal((await send(app, "fp16", "name=a", worker)).status, 403);
    const key = await bearer(app.services, admin, ["submit", "worker"]);
    assert.equal((await send(app, "fp16", "name=a", key)).status, 201);
  });
});
