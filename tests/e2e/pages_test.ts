// What visitors do on pages, in a real browser: point, copy, choose, compare.

import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { launchBrowser } from "../support/browser.ts";
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
});
