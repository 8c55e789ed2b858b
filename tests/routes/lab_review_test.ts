import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { reviewsOf } from "../../lib/lab/score_store.ts";
import { LAB_RATERS, LAB_SET } from "../support/lab_seed.ts";
import { openTestApp, type TestApp } from "./test_app.ts";

const PATH = `/lab/sets/${LAB_SET}/review?a=${LAB_RATERS.anna}&b=${LAB_RATERS.judge}`;

describe("reviewing where two differ", () => {
  let app: TestApp;
  let cookie = "";
  beforeAll(async () => {
    app = await openTestApp({ guests: "on" });
  });
  afterAll(() => app.close());

  const get = async (path = PATH) =>
    await (await app.request(path, { headers: { cookie } })).text();
  const post = (fields: Record<string, string>) =>
    app.request(PATH, { method: "POST", body: new URLSearchParams(fields), headers: { cookie } });

  it("shows no score before the reviewer has given one", async () => {
    const page = await get();
    assert.match(page, /Difference 1 of \d+/);
    assert.match(page, /What would you give\?/);
    assert.doesNotMatch(page, /class="given"|It says why\./);
    const verdict = await post({ do: "verdict", at: "1", agree: "yes", name: "Cleo" });
    assert.equal(verdict.status, 422);
  });

  it("takes a blind score, shows both side by side, and keeps the first blind one", async () => {
    const response = await post({ do: "blind", at: "1", value: "0.5", name: "Cleo" });
    assert.equal(response.status, 303);
    cookie = response.headers.get("set-cookie")!.split(";")[0];
    const page = await get(response.headers.get("location")!);
    assert.equal(page.match(/class="given"/g)?.length, 2);
    assert.match(page, /It says why\./);
    assert.match(page, /You gave <strong>0\.5<\/strong>/);
    await post({ do: "blind", at: "1", value: "1" });
    assert.match(await get(`${PATH}&at=1`), /You gave <strong>0\.5<\/strong>/);
  });

  it("keeps the verdict with its comment, and goes on to the next", async () => {
    const response = await post({ do: "verdict", at: "1", agree: "no", comment: "Too mild <b>" });
    const page = await get(response.headers.get("location")!);
    assert.match(page, /Difference 2 of/);
    const reviews = await reviewsOf(app.services.db, LAB_SET, { raterId: LAB_RATERS.judge });
    const own = reviews.find(({ reviewerId }) => reviewerId !== LAB_RATERS.anna);
    assert.deepEqual(
      [own?.blindValue, own?.agree, own?.comment],
      [0.5, false, "Too mild <b>"],
    );
    const back = await get(`${PATH}&at=1`);
    assert.match(back, /Too mild &lt;b>|Too mild &lt;b&gt;/);
  });

  it("refuses a score the rubric does not have, and raters who did not score the set", async () => {
    assert.equal((await post({ do: "blind", at: "2", value: "7" })).status, 422);
    const other = await app.request(`/lab/sets/${LAB_SET}/review?a=nobody&b=${LAB_RATERS.ben}`);
    assert.equal(other.status, 422);
    await other.body?.cancel();
  });
});
