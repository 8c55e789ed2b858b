import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { openTestApp, type TestApp } from "./test_app.ts";

describe("feeds, authors and badges", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp();
  });
  afterAll(() => app.close());

  const text = async (path: string, status = 200) => {
    const response = await app.request(path);
    const body = await response.text();
    assert.equal(response.status, status, body);
    return body;
  };

  it("tells of records, newest first, with names that cannot be markup", async () => {
    const feed = await text("/feeds/records.xml");
    const titles = [...feed.matchAll(/<title type="html"><!\[CDATA\[(.*?)\]\]>/g)]
      .map(([, title]) => title);
    assert.ok(titles.includes("Sort solver 4k leads Sort 6 with 100 %"), titles.join("\n"));
    const updated = [...feed.matchAll(/<updated>(.*?)<\/updated>/g)].map(([, at]) => at);
    assert.equal(updated.length, titles.length + 1);
    assert.deepEqual(updated.slice(1), updated.slice(1).toSorted().toReversed());
    assert.equal(updated[0], updated[1]);
    assert.equal(feed.includes("Too good to be true"), false, "a mismatch holds no record");
    assert.equal(feed.includes("<img"), false);
  });

  it("tells of verdicts with the step of a difference", async () => {
    const feed = await text("/feeds/verdicts.xml");
    assert.match(feed, /Too good to be true: mismatch/);
    assert.match(feed, /first differs at step 2500/);
    assert.match(feed, /<link href="http:\/\/board\.test\/reports\/report-cheat"/);
  });

  it("says which feeds there are", async () => {
    assert.match(
      await text("/feeds/none.xml", 404),
      /records\.xml, verdicts\.xml or decisions\.xml/,
    );
  });

  it("lists authors by what is proven, and what each has on the boards", async () => {
    await app.services.db.updateTable("entry").set({ author: "forger" }).where("id", "=", "cheat")
      .execute();
    const list = await text("/authors");
    const names = [...list.matchAll(/href="\/authors\/([^"?]+)"/g)].map(([, name]) => name);
    assert.equal(names[0], "gallery");
    assert.equal(names.includes("forger"), false, "who has only false entries is on no board");
    const page = await text("/authors/gallery");
    assert.match(page, /4 models, 3 proven/);
    assert.match(page, /href="\/models\/sortsix"/);
    assert.match(page, /data-label="Sort 6">100\.0/);
    await text("/authors/nobody", 404);
    assert.match(await text("/authors/forger"), /0 models[\s\S]*None of them has a rank/);
  });

  it("escapes an author who is markup, in the address too", async () => {
    const page = await text(`/authors/${encodeURIComponent("<b>mallory</b>")}`);
    assert.equal(page.includes("<b>mallory"), false);
    assert.ok(page.includes("&lt;b>mallory") || page.includes("&lt;b&gt;mallory"));
  });

  it("draws a badge that pages of others may show", async () => {
    const response = await app.request("/models/sortsix/badge.svg?benchmark=sort-6");
    assert.equal(response.headers.get("cross-origin-resource-policy"), "cross-origin");
    assert.match(response.headers.get("content-type") ?? "", /^image\/svg\+xml/);
    assert.match(await response.text(), /Sort 6: 100\.0.% · exact/);
    assert.match(await text("/models/cheat/badge.svg"), /tinyproof: mismatch/);
    assert.match(await text("/models/sortsix/badge.svg?benchmark=sort6", 404), /sort-6/);
    await text("/models/none/badge.svg", 404);
  });
});
