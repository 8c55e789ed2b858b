import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { scoresOf } from "../../lib/lab/score_store.ts";
import { addAccount, bearer, sessionCookie } from "../support/accounts.ts";
import { addLabSet, type TestSet } from "../support/lab_sets.ts";
import { openTestApp, type TestApp } from "./test_app.ts";

const QUERY = "mode=isolated&category=Plot&repeats=0";
const FORM = { "content-type": "application/x-www-form-urlencoded" };

describe("scoring over HTTP", () => {
  let app: TestApp;
  let made: TestSet;
  let page: string;

  beforeAll(async () => {
    app = await openTestApp({ guests: "on" });
    made = await addLabSet(app.services, { plot: 3 });
    page = `/lab/sets/${made.set.id}/score`;
  });
  afterAll(() => app.close());

  const post = (path: string, fields: Record<string, string>, headers: HeadersInit = {}) =>
    app.request(path, {
      method: "POST",
      headers: { ...FORM, origin: "http://board.test", ...headers },
      body: new URLSearchParams(fields),
    });
  const send = (body: unknown, headers: HeadersInit) =>
    app.request(`/api/v1/lab/sets/${made.set.id}/answers`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });

  /** Begins as a guest; the Cookie header of that browser. */
  async function begin(name: string): Promise<string> {
    const response = await post(page, { do: "begin", name, mode: "isolated", repeats: "0" });
    assert.equal(response.status, 303);
    assert.equal(response.headers.get("location"), `${page}?mode=isolated&repeats=0`);
    const [cookie] = response.headers.getSetCookie();
    assert.match(cookie, /^lab_rater=[0-9a-f]{40}; Path=\/; .*HttpOnly; SameSite=Lax$/);
    return cookie.split(";")[0];
  }

  async function raterOf(headers: HeadersInit): Promise<string> {
    const path = `/api/v1/lab/sets/${made.set.id}/tasks?${QUERY}`;
    const { rater } = await (await app.request(path, { headers })).json();
    return rater.id;
  }

  const event = (fields = {}) => ({
    key: crypto.randomUUID(),
    itemId: made.items[2].id,
    criterion: "plot-a",
    round: 0,
    value: 0.5,
    note: null,
    judgeShown: false,
    ...fields,
  });

  it("leads a browser without scripts through a category, item by item", async () => {
    const cookie = await begin("Grace");
    for (let left = 3; left > 0; left--) {
      const html = await (await app.request(`${page}?${QUERY}`, { headers: { cookie } })).text();
      assert.match(html, new RegExp(`value="${3 - left}"`));
      assert.doesNotMatch(html, /secret-(one|two)/);
      const hidden = (name: string) => html.match(new RegExp(`name="${name}" value="(\\w+)"`))![1];
      const fields = {
        ...{ do: "answer", item: hidden("item"), round: hidden("round"), key: hidden("key") },
        ...{ "score:plot-a": "0.5", "score:plot-b": "1", note: "one\r\ntwo", noteOn: "plot-b" },
      };
      // Twice, as an impatient hand does.
      for (let sent = 0; sent < 2; sent++) {
        const response = await post(`${page}?${QUERY}`, fields, { cookie });
        assert.equal(response.status, 303);
      }
    }
    const end = await (await app.request(`${page}?${QUERY}`, { headers: { cookie } })).text();
    assert.match(end, /All 3 are scored/);
    const raterId = await raterOf({ cookie });
    const scores = await scoresOf(app.services.db, made.set.id, { raterId });
    assert.equal(scores.length, 6);
    assert.equal(scores.filter(({ note }) => note === "one\ntwo").length, 3);
    const rows = await app.services.db.selectFrom("lab_score").select("seq")
      .where("rater_id", "=", raterId).execute();
    assert.equal(rows.length, 6);
  });

  it("takes a program's scores once, however often they are sent", async () => {
    const account = await addAccount(app.services);
    const key = await bearer(app.services, account);
    // A rater by the first score.
    const first = await send({ rater: "nobody", events: [] }, key);
    assert.equal(first.status, 422);
    const rater = await raterOf(key);
    const events = [event(), event({ criterion: "plot-b", value: 1 }), event({ value: null })];
    for (const added of [3, 0]) {
      const response = await send({ rater, events }, key);
      assert.deepEqual(await response.json(), { added });
    }
    const scores = await scoresOf(app.services.db, made.set.id, { raterId: rater });
    assert.deepEqual(scores.map(({ criterion, value }) => [criterion, value]), [["plot-b", 1]]);
  });

  it("refuses what is no score of the set, and then takes none of it", async () => {
    const cookie = await begin("Edsger");
    const rater = await raterOf({ cookie });
    const elsewhere = await addLabSet(app.services);
    const wrong: [object, RegExp][] = [
      [{ value: 0.75 }, /one of 0, 0.5, 1, or null/],
      [{ criterion: "plot-z" }, /one of reasoning-a, plot-a, plot-b/],
      [{ itemId: elsewhere.items[0].id }, /an item of this set/],
      [{ judgeShown: true }, /given blind/],
      [{ round: -1 }, /at least 0/],
    ];
    for (const [fields, expected] of wrong) {
      const response = await send({ rater, events: [event(), event(fields)] }, { cookie });
      assert.equal(response.status, 422);
      assert.match((await response.json()).error.expected, expected);
    }
    const scores = await scoresOf(app.services.db, made.set.id, { raterId: rater });
    assert.equal(scores.length, 0);
  });

  it("gives one rater's scores to no other", async () => {
    const rater = await raterOf({ cookie: await begin("One") });
    const response = await send({ rater, events: [event()] }, { cookie: await begin("Two") });
    assert.equal(response.status, 422);
    assert.match((await response.json()).error.message, /of another rater/);
  });

  it("asks strangers to begin, and pages of others for nothing", async () => {
    assert.equal((await send({ rater: "x", events: [] }, {})).status, 401);
    const foreign = { origin: "http://evil.test" };
    assert.equal((await post(page, { do: "begin", name: "Eve" }, foreign)).status, 403);
    assert.equal((await post(page, { do: "begin", name: "" })).status, 422);
  });

  it("shows an account that it scores under its own name", async () => {
    const account = await addAccount(app.services, { name: "Barbara Liskov" });
    const cookie = await sessionCookie(app.services, account);
    const html = await (await app.request(page, { headers: { cookie } })).text();
    assert.match(html, /You score as <b>Barbara Liskov<\/b>/);
  });

  it("knows no other set and no other category", async () => {
    assert.equal((await app.request("/lab/sets/nothing/score")).status, 404);
    assert.equal((await app.request(`${page}?category=Poetry`)).status, 422);
  });

  it("takes nothing from guests where the operator does not", async () => {
    const { config } = app.services;
    Object.assign(config, { guests: "off" });
    try {
      assert.match(await (await app.request(page)).text(), /from accounts only/);
      assert.equal((await post(page, { do: "begin", name: "Eve" })).status, 401);
    } finally {
      Object.assign(config, { guests: "on" });
    }
  });
});
