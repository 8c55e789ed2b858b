import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { type Balancer, startBalancer } from "../../prove/chaos/balancer.ts";
import { scoresOf } from "../../lib/lab/score_store.ts";
import { openTestApp, type TestApp } from "../routes/test_app.ts";
import { launchBrowser } from "../support/browser.ts";
import { addLabSet, type TestSet } from "../support/lab_sets.ts";
import { bundleBrowserWorkers } from "../../workers/bundle.ts";

const REASONING = 80;

describe("scoring, in a browser", () => {
  let app: TestApp;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  /** Between browser and server: closing it takes the network away. */
  let network: Balancer;
  let serverPort: number;
  let base: string;
  let made: TestSet;

  beforeAll(async () => {
    await bundleBrowserWorkers(new URL("../..", import.meta.url).pathname.slice(0, -1));
    app = await openTestApp({ guests: "on", mode: "production" });
    serverPort = Number(new URL(app.listen()).port);
    network = startBalancer([serverPort]);
    base = `http://127.0.0.1:${network.port}`;
    made = await addLabSet(app.services, { reasoning: REASONING, plot: 1 });
    browser = await launchBrowser();
    context = await browser.newContext();
    page = await context.newPage();
  });
  afterAll(async () => {
    await browser?.close();
    await network?.close();
    await app?.close();
  });

  const kept = () => scoresOf(app.services.db, made.set.id);
  const events = async () =>
    await app.services.db.selectFrom("lab_score").selectAll()
      .where("set_id", "=", made.set.id).orderBy("seq").execute();

  /** Gives a score by its key and waits until the next completion is in the page. */
  async function give(key: string): Promise<void> {
    const before = await page.locator(".score-head p").first().innerText();
    await page.keyboard.press(key);
    await page.waitForFunction((before) => {
      const head = document.querySelector<HTMLElement>(".score-head p");
      return head?.innerText !== before;
    }, before);
  }

  /** Everything that was given has reached the server. */
  const sent = () => page.locator('[data-waiting="0"]').waitFor({ state: "attached" });

  it("begins with a name, and shows completions without their models", async () => {
    await page.goto(`${base}/lab/sets/${made.set.id}/score`);
    await page.getByLabel("Your name").fill("Ada");
    await page.getByLabel("Category").selectOption("Reasoning");
    await page.getByLabel("Shown twice").fill("0");
    await page.getByRole("button", { name: "Begin" }).click();
    await page.locator('[data-scoring="ready"]').waitFor();
    assert.match(await page.locator(".story").innerText(), /once upon a time there was a story/);
    assert.doesNotMatch(await page.content(), /secret-(one|two)/);
  });

  it("takes sixty completions by their keys, each in the tab at once", async () => {
    const keys = ["j", "k", "l"];
    for (let i = 0; i < 40; i++) await give(keys[i % 3]);
    await sent();
    assert.equal((await kept()).length, 40);
  });

  it("loses nothing without a connection, and opens again without one", async () => {
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    // The page, and all that it was made of.
    await page.waitForFunction(async () => {
      const kept = (await (await caches.open("lab-pages-1")).keys()).map(({ url }) => url);
      const loaded = performance.getEntriesByType("resource").map(({ name }) => name)
        .filter((name) => /\/_fresh\/|\/build\/|\.css/.test(name));
      return kept.some((url) => url.includes("/score?")) &&
        loaded.every((url) => kept.includes(url));
    });
    // The browser's own switch lets a page that opens anew through for a moment.
    await network.close();
    await context.setOffline(true);
    for (let i = 0; i < 15; i++) await give("l");
    await page.keyboard.press("n");
    await page.keyboard.type("half a remark");
    await page.reload();
    await page.locator('[data-scoring="ready"]').waitFor();
    assert.equal(await page.locator("#note").inputValue(), "half a remark");
    assert.match(await page.locator(".score-head").innerText(), /55 done.*15 kept here/s);
    for (let i = 0; i < 10; i++) await give("j");
    assert.equal((await kept()).length, 40);

    network = startBalancer([serverPort], network.port);
    await context.setOffline(false);
    await sent();
    const scores = await kept();
    assert.equal(scores.length, 65);
    assert.equal(new Set(scores.map(({ itemId }) => itemId)).size, 65);
    assert.equal((await events()).length, 65);
    assert.equal(scores.filter(({ note }) => note === "half a remark").length, 1);
  });

  it("takes back, and changes, what was given", async () => {
    await page.keyboard.press("u");
    await sent();
    assert.equal((await kept()).length, 64);
    await page.keyboard.press("ArrowLeft");
    await page.locator(".question label").nth(1).click();
    await sent();
    const [last] = (await events()).slice(-1);
    assert.equal(last.value, 0.5);
  });

  it("ends, with everything on the server exactly once", async () => {
    while (await page.locator('[data-scoring="done"]').count() === 0) {
      await page.keyboard.press("k");
      await page.waitForFunction(() => document.querySelector("[data-scoring]"));
    }
    await page.locator('[data-scoring="done"][data-waiting="0"]').waitFor();
    const scores = await kept();
    assert.equal(scores.length, REASONING);
    const keys = (await events()).map(({ event_key }) => event_key);
    assert.equal(new Set(keys).size, keys.length);
    const rater = await app.services.db.selectFrom("lab_rater").selectAll()
      .where("name", "=", "Ada").executeTakeFirstOrThrow();
    assert.ok(scores.every(({ raterId }) => raterId === rater.id));
  });
});
