import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { recipeHash } from "../../lib/verification/recipe.ts";
import { EXAMPLE_RECIPE } from "./example_run.ts";
import { openTestApp, type TestApp } from "./test_app.ts";

describe("the page that checks recipes", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp();
  });
  afterAll(() => app.close());

  const send = async (recipe: string) => {
    const response = await app.request("/recipe", {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ recipe }),
    });
    return { status: response.status, text: await response.text() };
  };

  it("begins with a recipe that is right", async () => {
    const text = await (await app.request("/recipe")).text();
    const [, json] = text.match(/<textarea[^>]*>(.*?)<\/textarea>/s)!;
    const { status, text: answer } = await send(json.replaceAll("&quot;", '"'));
    assert.equal(status, 200);
    assert.match(answer, /A recipe, (and|but)/);
  });

  it("says what follows from a recipe, by a form alone", async () => {
    const { status, text } = await send(JSON.stringify(EXAMPLE_RECIPE));
    assert.equal(status, 200);
    assert.ok(text.includes(await recipeHash(EXAMPLE_RECIPE)));
    assert.match(text, /of the operations/);
    assert.match(text, /engine e+ is not at hand/);
  });

  it("lists what is wrong, field by field, and keeps what was typed", async () => {
    const typed = JSON.stringify({ ...EXAMPLE_RECIPE, steps: 0, batchSize: "<b>" });
    const { status, text } = await send(typed);
    assert.equal(status, 422);
    assert.match(text, /2 things are wrong/);
    assert.match(text, /<code>batchSize<\/code>/);
    assert.ok(text.includes("&lt;b"), "markup is shown, not written");
    assert.ok(!text.includes("<b>"));
    assert.ok(text.includes("&quot;steps&quot;:0"), "the text is still there");
  });

  it("measures by this server's limits, as the playground does", async () => {
    const { config } = app.services;
    const before = config.replayFlops;
    const hint = async () =>
      /does not train so much again/.test(await (await app.request("/playground")).text());
    assert.equal(await hint(), false);
    config.replayFlops = 1e9;
    const { text } = await send(JSON.stringify(EXAMPLE_RECIPE));
    assert.match(text, /more operations than the board spends on one/);
    assert.equal(await hint(), true);
    config.replayFlops = before;
  });

  it("opens the recipe of a model", async () => {
    const text = await (await app.request("/recipe?model=stories")).text();
    assert.ok(text.includes(await recipeHash(EXAMPLE_RECIPE)));
    assert.equal((await app.request("/recipe?model=import")).status, 404);
    assert.equal((await app.request("/recipe?model=nobody")).status, 404);
  });
});
