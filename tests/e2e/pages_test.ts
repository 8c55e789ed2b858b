// What visitors do on pages, in a real browser: point, copy, choose, compare.

import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { Buffer } from "node:buffer";
import { requireStatus } from "../../lib/submissions/require.ts";
import { newWithdrawalKey, withdrawalDigest } from "../../lib/submissions/withdrawal_key.ts";
import { trainingFlops } from "../../lib/verification/cost.ts";
import { launchBrowser } from "../support/browser.ts";
import { testEngine } from "../support/engine.ts";
import { withFlippedBit } from "../support/model_files.ts";
import { askAuthor, keptState } from "../support/spot_checks.ts";
import { tinyRecipe } from "../support/tiny_recipe.ts";
import { trainedEntry, trainRun } from "../support/trained_entry.ts";
import { openTestApp, type TestApp } from "../routes/test_app.ts";

describe("pages, in a browser", () => {
  let app: TestApp;
  let browser: Browser;
  let base: string;
  let page: Page;
  /** Without scripts. */
  let bare: Page;

  beforeAll(async () => {
    app = await openTestApp();
    base = app.listen();
    browser = await launchBrowser();
    const context = await browser.newContext({
      permissions: ["clipboard-read", "clipboard-write"],
    });
    page = await context.newPage();
    bare = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  });
  afterAll(async () => {
    await browser?.close();
    await app?.close();
  });

  const visible = (page: Page, selector: string) =>
    page.locator(selector).evaluateAll((found) =>
      found.filter((element) => element.checkVisibility({ visibilityProperty: true }))
        .map((element) => element.textContent ?? "")
    );

  it("tell of a model that is pointed at or has the focus, scripts or not", async () => {
    await bare.goto(`${base}/leaderboard/sort-6/pareto`);
    assert.deepEqual(await visible(bare, ".details"), []);
    await bare.locator('.point[href="/models/evil"] ellipse').first().hover();
    const [told] = await visible(bare, ".details");
    assert.match(told, /^<img src=x.*12\.5.% · 96\.5.k parameters · pending$/);
    await bare.mouse.move(0, 0);
    await bare.locator('.point.front[href="/models/sortsix"]').first().focus();
    await bare.keyboard.press("Tab");
    await bare.keyboard.press("Shift+Tab");
    assert.match((await visible(bare, ".details")).join(), /^Sort solver 4k.*on the front$/);
    await bare.keyboard.press("Enter");
    await bare.waitForURL(`${base}/models/sortsix`);
  });

  it("lead from boxes on a board to a comparison, without scripts", async () => {
    await bare.goto(`${base}/leaderboard/tinystories-ppl`);
    for (const name of ["Story teller", "Pocket Shakespeare", "Parrot"]) {
      await bare.getByRole("checkbox", { name: `Compare ${name}` }).check();
    }
    await bare.getByRole("button", { name: "Compare the chosen models" }).click();
    await bare.waitForURL(`${base}/compare?models=stories,bard,parrot`);
    await bare.getByLabel("Model D").selectOption("evil");
    await bare.getByRole("button", { name: "Compare", exact: true }).click();
    await bare.waitForURL(`${base}/compare?models=stories,bard,parrot,evil`);
    assert.equal(await bare.locator("#pairs details").count(), 4);
  });

  it("copy digests, the recipe and the text of the badge", async () => {
    await page.goto(`${base}/models/stories`);
    for (
      const [from, what] of [
        ["model-digest", "the digest of the weights"],
        ["recipe-json", "the recipe as JSON"],
        ["badge-markdown", "the badge in Markdown"],
      ]
    ) {
      await page.getByRole("button", { name: `: ${what}` }).click();
      await page.getByRole("status").filter({ hasText: `Copied: ${what}` }).waitFor({
        state: "attached",
      });
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      assert.equal(copied, await page.locator(`#${from}`).textContent());
      assert.ok(copied.length > 40);
    }
  });

  it("select what cannot be copied, and say so", async () => {
    await page.goto(`${base}/models/stories`);
    await page.evaluate(() => {
      navigator.clipboard.writeText = () =>
        Promise.reject(new DOMException("no", "NotAllowedError"));
    });
    await page.getByRole("button", { name: ": the digest of the file" }).click();
    await page.getByRole("status").filter({ hasText: "Selected: the digest of the file" }).waitFor({
      state: "attached",
    });
    const selected = await page.evaluate(() => String(getSelection()));
    assert.equal(selected, await page.locator("#file-digest").textContent());
  });

  it("send states of a run in parts, each for itself, and go on when the connection breaks", async () => {
    const engine = await testEngine();
    const run = await trainRun(engine, tinyRecipe());
    engine.close();
    const { config, db } = app.services;
    config.replayFlops = trainingFlops({ ...run.recipe, steps: 25 });
    const entry = await trainedEntry(app.services, run.file, "Long");
    const key = newWithdrawalKey();
    await db.updateTable("entry").set({ withdrawal_digest: withdrawalDigest(key) })
      .where("id", "=", entry.id).execute();
    await askAuthor(app.services, entry);
    const { spotCheck } = await requireStatus(db, entry.id);
    const leaves = spotCheck!.states.map(({ leaf }) => leaf);
    const files = await Promise.all(leaves.map(async (leaf, i) => {
      const bytes = await keptState(run, run, leaf);
      const sent = i === 0 ? withFlippedBit(bytes, 3) : bytes;
      return { name: `${leaf}.tinygpt`, mimeType: "", buffer: Buffer.from(sent) };
    }));
    const address = `${base}/submissions/${entry.id}/states?key=${key}`;
    await page.goto(address);
    await page.locator("[data-states-upload=idle]").waitFor();
    let broken = 0;
    await page.route("**/api/v1/uploads/*", (route) => {
      const breaks = route.request().method() === "PATCH" && ++broken === 1;
      return breaks ? route.abort() : route.continue();
    });
    await page.getByLabel("Files that the training has kept").setInputFiles(files);
    await page.getByRole("button", { name: "Send" }).click();
    await page.locator("[data-sent-states] li").nth(leaves.length - 1).waitFor();
    assert.ok(broken > 1);
    const said = await page.locator("[data-sent-states] li").allInnerTexts();
    assert.match(said[0], /was refused[^]*leaf \d differs/);
    said.slice(1).forEach((words) => assert.match(words, /was taken: it is the state of step \d+/));
    // What is still missing, by the form without scripts.
    await bare.goto(address);
    await bare.getByLabel("Files that the training has kept").setInputFiles([{
      ...files[0],
      buffer: Buffer.from(await keptState(run, run, leaves[0])),
    }]);
    await bare.getByRole("button", { name: "Send" }).click();
    await bare.locator("[data-sent-states]", { hasText: "was taken" }).waitFor();
    assert.equal((await requireStatus(db, entry.id)).spotCheck!.state, "running");
  });
});
