import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { jsonb } from "../../lib/storage/json.ts";
import { putReport } from "../../lib/verification/store.ts";
import { openTestApp, type TestApp } from "./test_app.ts";

const BOARD = "/leaderboard/tinystories-ppl";

describe("the view of a board in its address", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp();
    await app.services.db.updateTable("entry").set({ name: '=1+1,"x"' }).where("id", "=", "bard")
      .execute();
  });
  afterAll(() => app.close());

  const text = async (path: string) => await (await app.request(path)).text();
  /** Ids of the models of the table, in order. */
  const idsOn = async (path: string) => {
    const [table] = (await text(path)).split("Without a rank");
    return [...table.matchAll(/href="\/models\/(\w+)"/g)].map(([, id]) => id);
  };

  it("sorts by a heading, says so, and leads to the other direction", async () => {
    const path = `${BOARD}?sort=parameters`;
    assert.ok((await text(BOARD)).includes(`href="${path}"`));
    const smallestFirst = ["reverser", "parrot", "evil", "import", "lost", "bard", "stories"];
    assert.deepEqual(await idsOn(path), smallestFirst);
    const sorted = await text(path);
    assert.equal(sorted.match(/aria-sort=/g)?.length, 1);
    assert.match(sorted, /aria-sort="ascending"><a href="[^"]*sort=parameters&amp;order=desc"/);
    assert.match(await text(BOARD), /aria-sort="ascending"><a href="[^"]*\?order=desc"[^>]*>Score/);
  });

  it("shows the rank on the whole board, no ties and no baselines in another order", async () => {
    const sorted = await text(`${BOARD}?order=desc`);
    const ranks = [...sorted.matchAll(/<td class="rank">(\d+)</g)].map(([, rank]) => Number(rank));
    assert.deepEqual(ranks, [7, 6, 5, 4, 3, 2, 1]);
    assert.equal(sorted.includes("marks a tie") || sorted.includes("Byte 7-gram"), false);
  });

  it("searches and filters, keeps what was asked in the form, and says when nothing is left", async () => {
    assert.deepEqual(await idsOn(`${BOARD}?q=shakespeare`), ["import"]);
    const found = await text(`${BOARD}?q=GALLERY&state=exact&maxParameters=1M`);
    assert.match(found, /name="q"[^>]*value="GALLERY"/);
    assert.match(found, /value="exact"[^>]*checked/);
    assert.match(found, /name="maxParameters"[^>]*value="1000000"/);
    assert.match(found, /<details open/);
    assert.ok((await text(`${BOARD}?q=nobody`)).includes("No ranked model is like that."));
  });

  it("writes what was searched for as text", async () => {
    const found = await text(`${BOARD}?q=${encodeURIComponent('"><script>alert(1)</script>')}`);
    assert.equal(found.includes("<script>alert"), false);
  });

  it("leads from what a form sends to the short address of the view", async () => {
    const sent =
      "q=&minParameters=&state=exact&state=pending&sort=age&order=&columns=age&columns=proof";
    const response = await app.request(`${BOARD}?${sent}`);
    assert.equal(response.status, 302);
    const short = `${BOARD}?state=exact,pending&sort=age&columns=proof,age`;
    assert.equal(response.headers.get("location"), short);
    assert.equal((await app.request(short)).status, 200);
  });

  it("shows the chosen columns, and the one it is sorted by", async () => {
    const chosen = await text(`${BOARD}?columns=age&sort=score-per-flop`);
    const [head] = chosen.slice(chosen.indexOf("<thead")).split("</thead>");
    const labels = ["Per FLOP", "Age", "Proof", "Training time", "Parameters"];
    assert.deepEqual(labels.map((label) => head.includes(label)), [
      true,
      true,
      false,
      false,
      false,
    ]);
    assert.match(head, /title="Bits saved per byte \(8 − log₂ perplexity\)/);
  });

  it("gives JSON and CSV of exactly the view", async () => {
    const query = "q=a&sort=score-per-parameter&minParameters=100k&columns=proof";
    const ids = await idsOn(`${BOARD}?${query}`);
    assert.ok((await text(`${BOARD}?${query}`)).includes("&amp;format=csv"));
    const body = JSON.parse(await text(`/api/v1${BOARD}?${query}`));
    const rows: { entryId: string; rank: number; scorePerMillionParameters: number }[] = body.rows;
    assert.ok(ids.length > 1);
    assert.deepEqual(rows.map(({ entryId }) => entryId), ids);
    assert.equal(body.matching, ids.length);
    const response = await app.request(`/api/v1${BOARD}?${query}&format=csv`);
    assert.match(response.headers.get("content-type") ?? "", /^text\/csv/);
    const [header, ...lines] = (await response.text()).trimEnd().split("\r\n");
    assert.equal(
      header.replaceAll('"', ""),
      "rank,entryId,name,author,score,intervalLow,intervalHigh,scorePerMillionParameters," +
        "provenance,exactCount,replayedSegments,segments",
    );
    assert.deepEqual(lines.map((line) => line.split(",")[1].replaceAll('"', "")), ids);
    assert.ok(lines[0].includes(String(rows[0].scorePerMillionParameters)));
  });

  it("writes no name as a formula into CSV", async () => {
    const csv = await text(`/api/v1${BOARD}?format=csv&q=${encodeURIComponent("=1+1")}`);
    assert.ok(csv.includes(`"'=1+1,""x"""`), csv);
  });

  it("refuses a view that cannot be read, on the page and in the API", async () => {
    for (const path of [BOARD, `/api/v1${BOARD}`]) {
      const response = await app.request(`${path}?sort=colour`);
      assert.equal(response.status, 422);
      assert.match(await response.text(), /one of score, parameters, flops/);
    }
  });

  it("keeps the answer of each view until the data change", async () => {
    const first = await app.request(`${BOARD}?sort=age`);
    const etag = first.headers.get("etag");
    assert.ok(etag);
    const again = await app.request(`${BOARD}?sort=age`, { headers: { "if-none-match": etag } });
    assert.equal(again.status, 304);
    assert.notEqual((await app.request(`${BOARD}?sort=flops`)).headers.get("etag"), etag);
  });

  it("says how many segments of how many a spot check has replayed, wherever the chip stands", async () => {
    const { db } = app.services;
    const of = { entry_id: "parrot", verdict: "sampled", first_divergent_step: null };
    for (const [i, drawn] of [[1, 5], [1, 3, 5]].entries()) {
      const scope = { kind: "sample", nonce: "ab".repeat(32), segments: 40, drawn };
      await putReport(db, {
        ...{ ...of, id: `of-parrot-${i}`, recipe_hash: null, statement_digest: "d" },
        statement: jsonb({ predicate: { scope, recipe: null } }),
        created_at: new Date(Date.UTC(2026, 10, 20 + i)),
      });
    }
    await db.updateTable("entry").set({ provenance: "sampled" }).where("id", "=", "parrot")
      .execute();
    const chip = /sampled 3\/40<\/span>/;
    const pages = [BOARD, "/leaderboard/overall", "/authors/anon", "/reports/of-parrot-1"];
    for (const path of [...pages, `${BOARD}/pareto`]) assert.match(await text(path), chip, path);
    for (const path of [`/api/v1${BOARD}`, "/api/v1/leaderboard/overall"]) {
      const { rows } = JSON.parse(await text(path));
      for (const { entryId, replayedSegments, segments } of rows) {
        const share = entryId === "parrot" ? [3, 40] : [null, null];
        assert.deepEqual([replayedSegments, segments], share, `${path}: ${entryId}`);
      }
      const csv = await text(`${path}?format=csv`);
      assert.match(csv, /,"provenance","exactCount","replayedSegments","segments",/);
      assert.match(csv, /,"sampled",\d+,3,40,/);
    }
  });
});
