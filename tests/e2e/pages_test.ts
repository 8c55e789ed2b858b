// What visitors do on pages, in a real browser: point, copy, choose, compare.

import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { Buffer } from "node:buffer";
import { requireStatus } from "../../lib/submissions/require.ts";
import { newWithdrawalKey, withdrawalDigest } from "../../lib/submissions/withdrawal_key.ts";
import { trainingFlops } from "../../lib/verification/cost.ts";
import { bundleBrowserWorkers } from "../../workers/bundle.ts";
import { launchBrowser } from "../support/browser.ts";
import { testEngine } from "../support/engine.ts";
import { withFlippedBit } from "../support/model_files.ts";
import { askAuthor, keptState } from "../support/spot_checks.ts";
import { tinyRecipe } from "../support/tiny_recipe.ts";
import { trainedEntry, type TrainedRun, trainRun } from "../support/trained_entry.ts";
import { WITHDRAWAL_KEY } from "../routes/seed.ts";
import { openTestApp, type TestApp } from "../routes/test_app.ts";

describe("pages, in a browser", () => {
  let app: TestApp;
  let browser: Browser;
  let base: string;
  let page: Page;
  /** Without scripts. */
  let bare: Page;

  beforeAll(async () => {
    await bundleBrowserWorkers(new URL("../../", import.meta.url).pathname.replace(/\/$/, ""));
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
    const status = `/submissions/bard?key=${WITHDRAWAL_KEY}`;
    for (
      const [path, from, what] of [
        [status, "withdrawal-link", "the address to withdraw it by"],
        ["/models/stories", "model-digest", "the digest of the weights"],
        ["/models/stories", "recipe-json", "the recipe as JSON"],
        ["/models/stories", "badge-markdown", "the badge in Markdown"],
      ]
    ) {
      if (!page.url().endsWith(path)) await page.goto(base + path);
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

  it("let nothing lie over text, run out of its box or leave half a box empty", async () => {
    await bare.setViewportSize({ width: 1280, height: 900 });
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.goto(`${base}/models/stories`);
    const covered = await page.evaluate(() => {
      return [...document.querySelectorAll(".snippet")].filter((snippet) => {
        const range = document.createRange();
        range.selectNodeContents(snippet.querySelector("pre")!);
        const button = snippet.querySelector("button")!.getBoundingClientRect();
        return [...range.getClientRects()].some(({ right, bottom }) =>
          right > button.left && bottom > button.top
        );
      }).length;
    });
    assert.equal(covered, 0);
    await bare.goto(`${base}/compare?models=stories,bard`);
    const [table, box] = await Promise.all(
      ["table.differences", ".table-box:has(> .differences)"].map((selector) =>
        bare.locator(selector).evaluate((element) => element.getBoundingClientRect().width)
      ),
    );
    assert.ok(table > box - 4, `${table} of ${box}`);
    await bare.goto(base);
    assert.deepEqual(
      await bare.locator(".boards .table-box").evaluateAll((boxes) =>
        boxes.filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth).length
      ),
      0,
    );
  });

  it("ask for a number again before a filter is sent, and for nothing the board would read", async () => {
    await bare.goto(`${base}/leaderboard/tinystories-ppl`);
    await bare.getByText("Filter, sort and columns").click();
    const field = bare.getByLabel("Parameters from");
    for (const [written, read] of [["1.000.000", false], ["4224", true], ["1.5M", true]] as const) {
      await field.fill(written);
      assert.equal(await field.evaluate((input: HTMLInputElement) => input.checkValidity()), read);
      const { status } = await app.request(`/leaderboard/sort-6?minParameters=${written}`);
      assert.equal(status === 200, read, written);
    }
  });

  it("keep a name without a space from pushing figures out of a table", async () => {
    await app.services.db.updateTable("entry").set({ name: "W".repeat(60) })
      .where("id", "=", "stories").execute();
    await bare.goto(`${base}/leaderboard/tinystories-ppl/pareto`);
    const tooWide = await bare.locator(".table-box").evaluateAll((boxes) =>
      boxes.filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth).length
    );
    assert.equal(tooWide, 0);
    await app.services.db.updateTable("entry").set({ name: "Story teller" })
      .where("id", "=", "stories").execute();
  });

  /** A guest's model whose run is over the board's limits, and the page for its states. */
  async function waitingRun(run: TrainedRun): Promise<{ id: string; address: string }> {
    const { config, db } = app.services;
    // Three of the six segments: any three ask for two states at least.
    config.replayFlops = trainingFlops({ ...run.recipe, steps: 35 });
    const entry = await trainedEntry(app.services, run.file, "Long");
    const key = newWithdrawalKey();
    await db.updateTable("entry").set({ withdrawal_digest: withdrawalDigest(key) })
      .where("id", "=", entry.id).execute();
    await askAuthor(app.services, entry);
    return { id: entry.id, address: `${base}/submissions/${entry.id}/states?key=${key}` };
  }

  it("send states of a run in parts, each for itself, and go on when the connection breaks", async () => {
    const engine = await testEngine();
    const run = await trainRun(engine, tinyRecipe());
    engine.close();
    const { db } = app.services;
    const { id, address } = await waitingRun(run);
    const { spotCheck } = await requireStatus(db, id);
    const leaves = spotCheck!.states.map(({ leaf }) => leaf);
    const files = await Promise.all(leaves.map(async (leaf, i) => {
      const bytes = await keptState(run, run, leaf);
      const sent = i === 0 ? withFlippedBit(bytes, 3) : bytes;
      return { name: `${leaf}.tinygpt`, mimeType: "", buffer: Buffer.from(sent) };
    }));
    await page.goto(address);
    assert.equal(await page.locator("[data-kept-states]").count(), 0);
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
    assert.equal((await requireStatus(db, id)).spotCheck!.state, "running");
  });

  it("deliver the states that the tab which trained a run has kept of it", async () => {
    const engine = await testEngine();
    const run = await trainRun(engine, tinyRecipe({ seed: 11 }));
    engine.close();
    const { id, address } = await waitingRun(run);
    await page.goto(`${base}/playground`);
    // As the playground does for a recipe that is over the board's limits; of its worker all is real.
    await page.evaluate(async ({ recipe, base }) => {
      const folder = async (of: FileSystemDirectoryHandle, name: string) =>
        await of.getDirectoryHandle(name, { create: true });
      const root = await navigator.storage.getDirectory();
      const own = await folder(await folder(await folder(root, "playground"), "runs"), "kept");
      const record = { id: "kept", name: "Kept", recipe, createdAtMs: 0, parent: null };
      const file = await (await own.getFileHandle("run.json", { create: true })).createWritable();
      await file.write(JSON.stringify({ ...record, keepsStates: true }));
      await file.close();
      const worker = new Worker("/build/train_browser.js", { type: "module" });
      await new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => {
          if (data.type === "done") resolve(null);
          if (data.type === "error") reject(new Error(JSON.stringify(data)));
        };
        const site = { engineUrl: `${base}/engine.wasm`, siteUrl: `${base}/` };
        worker.postMessage({ type: "train", site, run: "kept" });
      });
      worker.terminate();
    }, { recipe: run.recipe, base });
    await page.goto(address);
    const { states } = (await requireStatus(app.services.db, id)).spotCheck!;
    await page.locator(`[data-kept-states="${states.length}"]`).waitFor();
    await page.getByRole("button", { name: "Send what this browser has kept" }).click();
    await page.locator("[data-states-upload=done]").waitFor();
    assert.equal((await requireStatus(app.services.db, id)).spotCheck!.state, "running");
  });
});
