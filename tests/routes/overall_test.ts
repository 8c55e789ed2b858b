import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { RANKED_BENCHMARKS } from "../../lib/benchmarks/registry.ts";
import { openTestApp, type TestApp } from "./test_app.ts";

const OVERALL = "/leaderboard/overall";

describe("the overall board", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp();
  });
  afterAll(() => app.close());

  const text = async (path: string) => await (await app.request(path)).text();
  const idsOn = async (path: string) =>
    [...(await text(path)).matchAll(/<th scope="row"[^>]*>.*?href="\/models\/(\w+)"/g)]
      .map(([, id]) => id);

  it("is a tab beside the benchmarks, and says what it is", async () => {
    for (const path of ["/leaderboard/sort-6", "/leaderboard/sort-6/pareto"]) {
      assert.match(await text(path), /<a href="\/leaderboard\/overall" aria-current="false"/);
    }
    const page = await text(OVERALL);
    assert.match(page, /<a href="\/leaderboard\/overall" aria-current="page"[^>]*>Overall</);
    for (const words of ["weighted mean", "A missing score counts 0", "no better than guessing"]) {
      assert.ok(page.replace(/\s+/g, " ").includes(words), words);
    }
    assert.match(page, /Multiple choice mini 25 %/);
  });

  it("has a picture of the fronts that shows a model of the visitor's among the others", async () => {
    const path = "/leaderboard/sort-6/pareto";
    const count = async (query: string) =>
      (await text(path + query)).match(/class="point own"/g)?.length ?? 0;
    assert.equal(await count(""), 0);
    assert.equal(await count("?score=80&parameters=2000&flops=2e10"), 2);
    assert.equal(await count("?score=80&parameters=2000"), 1);
    assert.match(await text(`${path}?score=80&parameters=2000`), /Yours cannot be drawn/);
    // Also where nobody has a score yet.
    const empty = await text("/leaderboard/code-completion-pass/pareto?score=4&parameters=2000");
    assert.match(empty, /yours would be the first/);
    assert.equal(empty.match(/class="point own"/g)?.length, 1);
    assert.doesNotMatch(empty, /On a front/);
    assert.equal((await app.request(`${path}?score=many`)).status, 422);
    assert.equal((await app.request(`${path}?score=80&parameters=-1`)).status, 422);
  });

  it("shows each benchmark's score, the state of proof and the size of every model", async () => {
    const page = await text(OVERALL);
    assert.deepEqual(await idsOn(OVERALL), [
      ...["reverser", "sortsix", "evil", "stories", "lost", "bard", "import", "parrot"],
    ]);
    const [line] = /<tr class="first">.*?<\/tr>/.exec(page)!;
    for (const part of ["99.5\u202f%", "91.2000", "28.4\u202fk", "exact"]) {
      assert.ok(line.includes(part), `${part} in ${line}`);
    }
    const head = page.slice(page.indexOf("<thead"), page.indexOf("</thead"));
    for (const { name } of RANKED_BENCHMARKS) assert.ok(head.includes(name), name);
  });

  it("counts by the weights in its address, which a form writes in short", async () => {
    const all = RANKED_BENCHMARKS.map(({ id }) => `${id}=${id === "sort-6" ? "2.50" : "1"}`);
    const response = await app.request(`${OVERALL}?${all.join("&")}`);
    assert.equal(response.status, 302);
    assert.equal(response.headers.get("location"), `${OVERALL}?sort-6=2.5`);
    const page = await text(`${OVERALL}?sort-6=2.5&reverse-16=0`);
    assert.match(page, /weight 2.5/);
    assert.match(page, /not counted/);
    assert.match(page, /name="sort-6"[^>]*value="2.5"/);
    assert.equal((await idsOn(`${OVERALL}?sort-6=100`))[0], "sortsix");
  });

  it("gives JSON and CSV of exactly the view", async () => {
    const query = "?sort-6=3&shakespeare-ppl=0";
    const ids = await idsOn(OVERALL + query);
    const body = JSON.parse(await text(`/api/v1${OVERALL}${query}`));
    assert.deepEqual(body.rows.map(({ entryId }: { entryId: string }) => entryId), ids);
    assert.equal(body.weights["sort-6"], 3);
    assert.deepEqual([body.total, body.place, body.next], [ids.length, 1, null]);
    assert.equal(body.rows[0].scores["sort-6"], 100);
    const response = await app.request(`/api/v1${OVERALL}${query}&format=csv`);
    assert.match(response.headers.get("content-type") ?? "", /^text\/csv/);
    const [header, ...lines] = (await response.text()).trimEnd().split("\r\n");
    assert.match(header, /^"rank","entryId".*"sort-6"/);
    assert.deepEqual(lines.map((line) => line.split(",")[1].replaceAll('"', "")), ids);
  });

  it("refuses weights that cannot be read, on the page and in the API", async () => {
    for (const path of [OVERALL, `/api/v1${OVERALL}`]) {
      const response = await app.request(`${path}?sort-6=heavy`);
      assert.equal(response.status, 422);
      assert.match(await response.text(), /a weight from 0 to 100/);
    }
  });

  it("is kept until the data change", async () => {
    const first = await app.request(OVERALL);
    await first.body?.cancel();
    const known = { headers: { "if-none-match": first.headers.get("etag")! } };
    assert.equal((await app.request(OVERALL, known)).status, 304);
    await app.services.db.updateTable("entry").set({ name: "Renamed" }).where("id", "=", "bard")
      .execute();
    const changed = await app.request(OVERALL, known);
    assert.equal(changed.status, 200);
    assert.ok((await changed.text()).includes("Renamed"));
  });
});
