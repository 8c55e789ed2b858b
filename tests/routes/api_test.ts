import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { sha256Hex } from "../../lib/hash.ts";
import { EXAMPLE_RECIPE } from "./example_run.ts";
import { checkReport, historyFaults } from "../../lib/verification/signing_key.ts";
import { openTestApp, type TestApp } from "./test_app.ts";

describe("the JSON API", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp();
  });
  afterAll(() => app.close());

  const get = async (path: string) => {
    const response = await app.request(path);
    assert.match(response.headers.get("content-type") ?? "", /^application\/json/, path);
    return { status: response.status, body: await response.json() };
  };

  it("gives a board with ranks, intervals and what has no rank", async () => {
    const { status, body } = await get("/api/v1/leaderboard/sort-6");
    assert.equal(status, 200);
    assert.equal(body.benchmark.id, "sort-6");
    assert.equal(body.total, 7);
    assert.equal(body.rows[0].entryId, "sortsix");
    assert.equal(body.rows[0].rank, 1);
    assert.equal(body.rows[0].score, 100);
    assert.deepEqual(body.unranked.map((row: { entryId: string }) => row.entryId), [
      "parrot",
      "cheat",
    ]);
    assert.deepEqual(body.rows[0].twin, {
      ...{ period: body.rows[0].twin.period, correct: 199, trials: 200 },
      ...{ gap: 0.5, gapLow: -1.5, gapHigh: 2.8 },
    });
  });

  it("finds nothing under an id that no database can hold", async () => {
    const paths = ["/api/v1/models/%00", "/api/v1/reports/%00", "/api/v1/submissions/%00/events"];
    for (const path of paths) assert.equal((await get(path)).status, 404, path);
    assert.equal((await get("/api/v1/reports?before=%00")).status, 422);
  });

  it("gives a model with every score to the last bit", async () => {
    const { body } = await get("/api/v1/models/stories");
    assert.equal(body.parameters, 844_032);
    assert.equal(body.scores.length, 4);
    assert.equal(body.scores[0].score, 2.7513);
    assert.equal(body.reports[0].verdict, "exact");
  });

  it("gives what the probes found, a failed one with its reason", async () => {
    const probes = async (id: string) => (await get(`/api/v1/models/${id}`)).body.probes;
    assert.deepEqual(await probes("sortsix"), []);
    const found = await probes("oracle");
    assert.deepEqual(
      found.map(({ probe, passed }: { probe: string; passed: boolean }) => [probe, passed]),
      [["distribution", true], ["no-look-ahead", false], ["determinism", true]],
    );
    assert.match(found[1].detail, /place 18/);
  });

  it("gives ties and baselines with a board", async () => {
    const { body } = await get("/api/v1/leaderboard/tinystories-ppl");
    assert.deepEqual(body.rows[0].tie, { from: 1, to: body.total });
    assert.equal(body.baselines.at(-1).name, "Chance");
    assert.equal(body.baselines.at(-1).ahead, body.total);
    assert.deepEqual(
      body.baselines.filter(({ ahead }: { ahead: number }) => ahead === 0)
        .map(({ name }: { name: string }) => name),
      ["Byte 7-gram"],
    );
    const without = await get("/api/v1/leaderboard/tinystories-ppl?baselines=off");
    assert.equal(without.body.baselines, undefined);
  });

  it("compares two models on a benchmark, or says what is missing", async () => {
    const { status, body } = await get("/api/v1/compare/sort-6?a=sortsix&b=stories");
    assert.equal(status, 200);
    assert.equal(body.benchmark.id, "sort-6");
    assert.deepEqual([body.a.id, body.b.id], ["sortsix", "stories"]);
    assert.equal(body.comparison.better, null);
    assert.equal(body.comparison.pValue, 1);
    assert.deepEqual(body.comparison.counts, { bothRight: 1, onlyA: 0, onlyB: 0, neither: 1 });
    const without = await get("/api/v1/compare/tinystories-ppl?a=sortsix&b=stories");
    assert.equal(without.body.comparison, null);
    assert.equal(without.body.reason, "One of them has no score here.");
    assert.equal((await get("/api/v1/compare/sort-6?a=sortsix&b=nobody")).status, 404);
    assert.equal((await get("/api/v1/compare/sort-6?a=sortsix&b=broken")).status, 404);
    assert.equal((await get("/api/v1/compare/chess?a=sortsix&b=stories")).status, 404);
    assert.equal((await get("/api/v1/compare/sort-6?a=sortsix")).status, 422);
  });

  it("gives the sealed twins: what each model did on them, and the seeds that are revealed", async () => {
    const { twins } = (await get("/api/v1/models/sortsix")).body;
    assert.deepEqual(twins.map((twin: { correct: number }) => twin.correct), [199, 200]);
    assert.deepEqual(twins[0].gapInterval, [-1.5, 2.8]);
    const { periods } = (await get("/api/v1/twins")).body;
    assert.deepEqual(periods.map((twin: { seed: string | null }) => twin.seed === null), [
      true,
      false,
    ]);
  });

  it("gives one score with its examples, as JSON and as a table without formulas", async () => {
    const { body } = await get("/api/v1/models/stories");
    const [url] = body.scores.map(({ examplesUrl }: { examplesUrl: string }) => examplesUrl);
    const score = (await get(url)).body;
    assert.equal(score.score, 2.7513);
    assert.equal(score.unit, "perplexity per byte");
    assert.equal(score.examples[0].expected, "1 2 3 4 5 6");
    const hostile = [
      '=HYPERLINK("http://evil.test")',
      "+1",
      "@SUM(A1)",
      "a, b",
      "two\nlines",
      'a "quoted" word',
    ].map((output, index) => ({
      ...{ index, prompt: "-2+3", expected: "", output, value: 0.5, weight: 1 },
    }));
    await app.services.db.updateTable("score").set({ examples: JSON.stringify(hostile) })
      .where("benchmark", "=", "reverse-16").where("score", "=", 3.5).execute();
    const address = "/api/v1/models/evil/scores/reverse-16?format=csv";
    const response = await app.request(address);
    assert.equal(response.headers.get("content-type"), "text/csv; charset=utf-8");
    assert.equal(
      response.headers.get("content-disposition"),
      'attachment; filename="evil-reverse-16-v1.csv"',
    );
    assert.equal(
      await response.text(),
      [
        '"index","prompt","expected","output","value","weight","note"',
        `0,"'-2+3","","'=HYPERLINK(""http://evil.test"")",0.5,1,""`,
        `1,"'-2+3","","'+1",0.5,1,""`,
        `2,"'-2+3","","'@SUM(A1)",0.5,1,""`,
        `3,"'-2+3","","a, b",0.5,1,""`,
        `4,"'-2+3","","two\nlines",0.5,1,""`,
        `5,"'-2+3","","a ""quoted"" word",0.5,1,""`,
        "",
      ].join("\r\n"),
    );
    assert.equal((await get("/api/v1/models/evil/scores/chess")).status, 404);
    assert.equal((await get("/api/v1/models/evil/scores/sort-6?version=0")).status, 422);
  });

  it("gives the recipe of a model as it was declared", async () => {
    const { body } = await get("/models/stories/recipe.json");
    assert.deepEqual(body, EXAMPLE_RECIPE);
    assert.equal((await app.request("/models/import/recipe.json")).status, 404);
  });

  it("gives reports, newest first, one by its id with the whole statement", async () => {
    const { body } = await get("/api/v1/reports?verdict=mismatch");
    assert.deepEqual(body.reports.map((report: { id: string }) => report.id), ["report-cheat"]);
    const report = (await get("/api/v1/reports/report-cheat")).body;
    assert.equal(report.statement._type, "https://in-toto.io/Statement/v1");
    assert.equal(report.firstDivergentStep, 2500);
  });

  it("gives the ledger as it was hashed", async () => {
    const { body } = await get("/api/v1/ledger");
    assert.equal(body.events.length, 14);
    assert.equal(body.events[0].prevHash, body.events[1].hash);
    assert.equal((await get("/api/v1/ledger?before=3")).body.events[0].seq, 2);
  });

  it("gives a report as it was signed, and says of an old one that it is not", async () => {
    const { body: { keys } } = await get("/api/v1/keys");
    assert.deepEqual(await historyFaults(keys), []);
    const response = await app.request("/api/v1/reports/report-exact/envelope");
    assert.match(response.headers.get("content-disposition")!, /report-report-exact\.dsse\.json/);
    const check = await checkReport(await response.json(), keys);
    assert.ok(check.valid);
    const { body } = await get("/api/v1/reports/report-exact");
    assert.deepEqual(check.statement, body.statement);
    const old = await app.request("/api/v1/reports/report-cheat/envelope");
    assert.equal(old.status, 404);
    assert.match((await old.json()).error.message, /not signed/);
  });

  it("gives the status of a submission", async () => {
    const { body } = await get("/api/v1/submissions/broken");
    assert.equal(body.status, "failed");
    assert.equal(body.finished, true);
    assert.equal(body.jobs[0].attempts, 3);
  });

  it("streams the status and ends the stream when nothing more will change", async () => {
    const response = await app.request("/api/v1/submissions/broken/events");
    assert.equal(response.headers.get("content-type"), "text/event-stream");
    const text = await response.text();
    assert.match(text, /^data: \{/);
    assert.equal(JSON.parse(text.slice("data: ".length)).failure.stage, "reading file");
  });

  it("streams another status after each change", async () => {
    const response = await app.request("/api/v1/submissions/bard/events");
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    const next = async () => JSON.parse((await reader.read()).value!.slice("data: ".length));
    assert.equal((await next()).provenance, "pending");
    await app.services.db.updateTable("entry").set({ provenance: "exact", exact_count: 1 })
      .where("id", "=", "bard").execute();
    app.services.events.publish("bard");
    const view = await next();
    assert.equal(view.provenance, "exact");
    assert.equal(view.finished, true);
    assert.equal((await reader.read()).done, true);
  });

  it("gives the engines that this board has run, by their digest", async () => {
    const { body: { engines: [engine] } } = await get("/api/v1/engines");
    assert.deepEqual([engine.conforming, engine.byteLength], [false, 8]);
    const response = await app.request(engine.file);
    assert.equal(response.headers.get("content-type"), "application/wasm");
    assert.match(response.headers.get("cache-control") ?? "", /immutable/);
    const bytes = new Uint8Array(await response.arrayBuffer());
    assert.equal(await sha256Hex(bytes), engine.sha256);
    assert.equal(WebAssembly.validate(bytes), true);
    for (const unknown of ["0".repeat(64), "latest"]) {
      assert.equal((await app.request(`/engines/${unknown}.wasm`)).status, 404);
    }
  });

  it("answers errors as JSON, with what to do", async () => {
    const missing = await get("/api/v1/models/none");
    assert.equal(missing.status, 404);
    assert.equal(missing.body.error.status, 404);
    assert.ok(missing.body.error.fix);
    assert.equal((await get("/api/v1/nothing")).status, 404);
    assert.equal((await get("/api/v1/reports?verdict=grand")).body.error.path, "verdict");
  });

  it("refuses a wrong method as JSON too, naming the right ones", async () => {
    const response = await app.request("/api/v1/reports", { method: "DELETE" });
    assert.equal(response.status, 405);
    assert.match(response.headers.get("allow") ?? "", /GET/);
    assert.equal((await response.json()).error.status, 405);
  });
});
