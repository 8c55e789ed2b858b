import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { addScores } from "../../lib/lab/score_store.ts";
import { itemsOf } from "../../lib/lab/set_store.ts";
import { rubricVersions } from "../../lib/lab/store.ts";
import { readStudy } from "../../lib/lab/tinyscalelab/read.ts";
import { publishedFiles } from "../support/lab.ts";
import { LAB_RATERS, LAB_RUBRIC, LAB_SET } from "../support/lab_seed.ts";
import { openTestApp, type TestApp } from "./test_app.ts";

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp({ guests: "on" });
});
afterAll(() => app.close());

async function textOf(path: string, init?: RequestInit, status = 200): Promise<string> {
  const response = await app.request(path, init);
  assert.equal(response.status, status, path);
  return await response.text();
}

function formOf(files: ReadonlyMap<string, string>, fields: Record<string, string> = {}) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  for (const [name, text] of files) body.append("files", new File([text], name));
  return { method: "POST", body };
}

describe("the published study, brought by the form", () => {
  let set = "";
  it("is reported with what was repaired, and kept once", async () => {
    const before = await textOf("/lab/studies/tinyscalelab");
    assert.match(before, /not on this server yet/);
    const files = await publishedFiles();
    const page = await textOf("/lab/import", formOf(files));
    assert.match(page, /quotes read in the wrong encoding: decoded/);
    assert.match(page, />Imported</);
    const again = await (await app.request("/api/v1/lab/sets", formOf(files))).json();
    assert.equal(again.isNew, false);
    set = again.id;
    assert.match(page, new RegExp(`/lab/sets/${set}"`));
  });

  it("shows 47 of 47 published rows, and says what 94 % is", async () => {
    const page = await textOf("/lab/studies/tinyscalelab");
    assert.match(page, /47 of 47 published rows come out/);
    assert.doesNotMatch(page, /wrong-figure/);
    assert.match(page, /1062 of 1125 = 94\.4 %/);
    assert.match(page, /578 of 1050 are equal: 55\.0 %/);
  });

  it("is analysed: means with intervals, agreement with the judge, its bias", async () => {
    const page = await textOf(`/lab/sets/${set}/analysis`);
    assert.match(page, /Of 1350 scores both gave, 802 are equal: 59\.4 %/);
    assert.match(page, /0\.25<\/span><small class="muted">\s*\(0\.\d\d to 0\.\d\d\)/);
    assert.match(page, />judge</);
    const judge = (await (await app.request(`/api/v1/lab/sets/${set}`)).json()).raters[1];
    const judged = await textOf(`/lab/sets/${set}/analysis?rater=${judge.id}`);
    assert.match(judged, /Judge-made\./);
  });

  it("has its clicks on agree and disagree on the page of reviews, and as files", async () => {
    const ask = async (query: string) =>
      await (await app.request(`/api/v1/lab/reviews?set=${set}${query}`)).json();
    // Of 1350 and of 1125, as published.
    assert.deepEqual([(await ask("&agree=yes")).total, (await ask("&agree=no")).total], [
      1189 + 1062,
      161 + 63,
    ]);
    const commented = await ask("&agree=no&comments=only");
    assert.ok(commented.total > 0 && commented.total <= 224);
    const [{ comment, criterion, text }] = commented.reviews;
    assert.ok(comment !== "" && text !== criterion);
    const next = (await ask("&agree=no")).next;
    const rest = await (await app.request(next)).json();
    assert.notEqual(rest.reviews[0].id, (await ask("&agree=no")).reviews[0].id);
    const csv = await textOf(`/lab/reviews.csv?set=${set}&agree=no`);
    assert.equal(csv.split("\r\n").filter((line) => line.includes(set)).length, 224);
    const page = await textOf(`/lab/reviews?set=${set}&agree=no&criterion=${criterion}`);
    assert.match(page, /data-agree="false"/);
    assert.doesNotMatch(page, /data-agree="true"/);
    assert.match(await textOf("/lab/reviews?set=none"), /0 reviews/);
    await textOf("/lab/reviews?agree=perhaps", {}, 422);
  });

  it("goes out in the columns it came in, with the same values", async () => {
    const { raters } = await (await app.request(`/api/v1/lab/sets/${set}`)).json();
    const files = new Map<string, string>();
    for (const { id, kind } of raters) {
      const sheet = kind === "judge" ? "judge" : "scores";
      files.set(
        `${sheet}-${id}.csv`,
        await textOf(`/lab/sets/${set}/sheets/${sheet}.csv?rater=${id}`),
      );
    }
    const study = readStudy(await publishedFiles()), again = readStudy(files);
    const values = ({ items, scores }: typeof study) =>
      scores.map(({ item, criterion, value, note, rater }) =>
        JSON.stringify([items[item], criterion, value, note, rater === "human"])
      ).sort();
    assert.deepEqual(values(again), values(study));
    assert.equal(again.reviews.length, study.reviews.length);
  });

  it("is refused with a reason when a file is broken, and nothing is kept", async () => {
    const broken = new Map([["a.csv", 'ID,category,prompt,completion,model_name\n1,Plot,"Once']]);
    const page = await textOf("/lab/import", formOf(broken), 422);
    assert.match(page, /a\.csv is no CSV that can be read/);
    const nothing = await app.request("/api/v1/lab/sets", formOf(new Map()));
    assert.equal(nothing.status, 422);
    assert.match((await nothing.json()).error.message, /No file was chosen/);
  });
});

describe("a rubric", () => {
  it("is edited by a form into its next version, and needs no code", async () => {
    const edit = `/lab/rubrics/${LAB_RUBRIC}/edit`;
    assert.match(await textOf(edit), /Keep version 3/);
    const criteria = "category,label,text\nPlot,A,Something important happens\nStyle,A,It rhymes\n";
    const form = formOf(new Map(), { name: "Small rubric", levels: "0, 1, 2", criteria });
    const response = await app.request(edit, form);
    assert.equal(response.status, 303);
    assert.equal(response.headers.get("location"), `/lab/rubrics/${LAB_RUBRIC}?version=3`);
    const [third, second] = await rubricVersions(app.services.db, LAB_RUBRIC);
    assert.equal(second.criteria.length, 3);
    assert.deepEqual(third.levels, [0, 1, 2]);
    // What asks the same keeps its id; what is new has one of its own.
    assert.deepEqual(third.criteria.map(({ id }) => id), ["Plot_A", "Style_A"]);
    const page = await textOf(`/lab/rubrics/${LAB_RUBRIC}`);
    assert.match(page, /reworded/);
  });

  it("goes out as JSON and comes back as another's", async () => {
    const text = await textOf(`/lab/rubrics/${LAB_RUBRIC}/rubric.json?version=2`);
    const copy = JSON.stringify({ ...JSON.parse(text), slug: "a-copy" });
    const response = await app.request("/lab/rubrics/new", formOf(new Map([["r.json", copy]])));
    assert.equal(response.headers.get("location"), "/lab/rubrics/a-copy");
    const [kept] = await rubricVersions(app.services.db, "a-copy");
    assert.equal(kept.criteria.length, 3);
  });

  it("is refused with its fields kept when it asks the same twice", async () => {
    const criteria = "category,label,text\nPlot,A,One\nPlot,A,Other\n";
    const form = formOf(new Map(), { name: "Twice", criteria });
    const page = await textOf("/lab/rubrics/new", form, 422);
    assert.match(page, /value="Twice"/);
    assert.match(page, /Plot,A,Other/);
  });
});

describe("the lab and the boards", () => {
  it("are linked by a section of the model's page", async () => {
    const page = await textOf("/models/stories");
    assert.match(page, /id="lab"/);
    assert.match(page, new RegExp(`/lab/sets/${LAB_SET}/analysis`));
    assert.doesNotMatch(await textOf("/models/sortsix"), /id="lab"/);
  });

  it("have no rank in common: no board changes by what is scored here", async () => {
    const boards = ["/leaderboard/tinystories-ppl", "/leaderboard/overall"];
    const standings = () => Promise.all(boards.map((path) => textOf(`/api/v1${path}`)));
    const before = await standings();
    const items = await itemsOf(app.services.db, LAB_SET);
    await addScores(
      app.services.db,
      LAB_SET,
      items.map(({ id, model }) => ({
        itemId: id,
        criterion: "Plot_A",
        raterId: LAB_RATERS.ben,
        round: 0,
        value: model === "Story teller" ? 0 : 1,
        note: null,
        judgeShown: false,
        at: new Date(),
      })),
    );
    assert.deepEqual(await standings(), before);
  });
});
