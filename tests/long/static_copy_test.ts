// A copy of the board in a browser, from a host that knows nothing of it: with scripts and without.

import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import axe from "axe-core";
import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { makeDump } from "../../lib/dump/dump.ts";
import { applicationSource } from "../../lib/dump/source.ts";
import { bundleBrowserWorkers } from "../../workers/bundle.ts";
import { openTestApp, type TestApp } from "../routes/test_app.ts";
import { launchBrowser } from "../support/browser.ts";
import { engineBinary } from "../support/engine.ts";
import { serveFolder, type StaticHost } from "../support/static_host.ts";
import { readManifest } from "../dump/copy.ts";
import { cliJson } from "../support/cli.ts";
import { addEntry } from "../support/entries.ts";
import { headerOf } from "../support/model_files.ts";
import { tinyRecipe } from "../support/tiny_recipe.ts";
import { findCorpus } from "../../lib/corpora/registry.ts";

const ROOT = new URL("../../", import.meta.url);
const BELOW = "/some/where/board/";

/** The sorter of the gallery in the place of the seeded file, which holds no model. */
async function putSorter({ services: { blobs, db } }: TestApp): Promise<void> {
  const bytes = await Deno.readFile(new URL("data/gallery/sort-6.tinygpt", ROOT));
  const { digest, byteLength } = await blobs.putBytes(bytes);
  await db.insertInto("blob").values({ digest, byte_length: byteLength }).execute();
  await db.updateTable("entry").set({ file_digest: digest }).where("id", "=", "sortsix").execute();
}

/** A model trained on a registered text, with nothing scored yet. */
async function putTrained({ services: { blobs, db } }: TestApp, dir: string): Promise<void> {
  const { id, sha256 } = findCorpus("tinyshakespeare")!;
  const recipe = tinyRecipe({ data: [{ corpus: id, sha256, weight: 1 }], steps: 20 });
  await Deno.writeTextFile(`${dir}/recipe.json`, JSON.stringify(recipe));
  const out = `${dir}/trained.tinygpt`;
  await cliJson("train", "--recipe", `${dir}/recipe.json`, "--out", out);
  const bytes = await Deno.readFile(out);
  const header = headerOf(bytes);
  const { digest } = await blobs.putBytes(bytes);
  await addEntry(db, {
    ...{ id: "trained", name: "Trained here", file_digest: digest },
    recipe: JSON.stringify(header.recipe),
    chain: JSON.stringify(header.chain),
  });
}

describe("a static copy in a browser", () => {
  let app: TestApp;
  let dir: string;
  let browser: Browser;
  let host: StaticHost;
  let withFiles: StaticHost;

  beforeAll(async () => {
    dir = await Deno.makeTempDir({ prefix: "tinyproof-copy-" });
    await engineBinary();
    await bundleBrowserWorkers(ROOT.pathname.replace(/\/$/, ""));
    app = await openTestApp();
    await putSorter(app);
    await putTrained(app, dir);
    const source = applicationSource(app.handler, "http://board.test");
    const url = new URL(`https://archive.test${BELOW}`);
    await makeDump({ source, out: `${dir}/copy`, url });
    await makeDump({ source, out: `${dir}/files`, files: true });
    await app.close();
    host = serveFolder(`${dir}/copy`, BELOW);
    withFiles = serveFolder(`${dir}/files`, "/with/files/");
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await host?.[Symbol.asyncDispose]();
    await withFiles?.[Symbol.asyncDispose]();
    await Deno.remove(dir, { recursive: true });
  });

  /** A page that counts what goes wrong in it. */
  async function open(javaScriptEnabled: boolean): Promise<{ page: Page; problems: string[] }> {
    const context = await browser.newContext({ javaScriptEnabled });
    const page = await context.newPage();
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") problems.push(message.text());
    });
    page.on("requestfailed", (request) => {
      const reason = request.failure()?.errorText ?? "";
      // What a page still loads when the next one is asked for.
      if (reason !== "net::ERR_ABORTED") problems.push(`${request.url()} ${reason}`);
    });
    page.on("response", (response) => {
      if (response.status() >= 400) problems.push(`${response.url()} ${response.status()}`);
    });
    return { page, problems };
  }

  for (const scripts of [true, false]) {
    it(`leads from the first page to a report, ${scripts ? "with" : "without"} scripts`, async () => {
      const { page, problems } = await open(scripts);
      const follow = async (name: string | RegExp) => {
        await page.getByRole("link", { name }).first().click();
        await page.waitForLoadState("networkidle");
      };
      await page.goto(host.url);
      await follow("Sort 6");
      const rank = page.locator("table.board tbody tr").first().locator(".rank");
      assert.match(await rank.innerText(), /^1\b/);
      await follow(/^Story teller/);
      assert.equal(await page.locator("h1").innerText(), "Story teller");
      await follow(/^See them/);
      assert.match(await page.locator("main").innerText(), /sort: 5 1 4 2 6 3/);
      await page.goBack();
      await follow(/^Read the report/);
      assert.match(await page.locator("h1").innerText(), /^Report on Story teller/);
      assert.deepEqual(problems, []);
      await page.context().close();
    });
  }

  it("opens every page of it without an error or a request that fails", async () => {
    const { page, problems } = await open(true);
    const { files } = await readManifest(`${dir}/copy`);
    const pages = files.filter(({ file, address }) => file.endsWith(".html") && address !== null);
    assert.ok(pages.length > 50);
    for (const { file } of pages) {
      // A page that leads on is opened as the one it leads to.
      const html = await Deno.readTextFile(`${dir}/copy/${file}`);
      if (html.includes('http-equiv="refresh"')) continue;
      await page.goto(host.url + file);
      assert.deepEqual(problems, [], file);
    }
    assert.deepEqual(host.missed, []);
    await page.context().close();
  });

  it("has no link on any page that leads nowhere", async () => {
    const { page } = await open(false);
    const seen = new Set([host.url]);
    for (const address of seen) {
      // Documents cite papers and libraries, which nobody asks for here.
      if (address.startsWith("https:")) continue;
      assert.ok(address.startsWith(host.url), address);
      const response = await fetch(address);
      assert.equal(response.status, 200, address);
      const text = await response.text();
      if (response.headers.get("content-type") !== "text/html") continue;
      assert.ok(!/<base\b/.test(text), address);
      // Read by the browser, not shown: that would take ten times as long.
      const hrefs = await page.evaluate((html) => {
        const { links } = new DOMParser().parseFromString(html, "text/html");
        return [...links].map((link) => link.getAttribute("href")!);
      }, text);
      const links = hrefs.map((href) => new URL(href, address).href.split("#")[0]);
      links.forEach((link) => seen.add(link));
    }
    assert.ok(seen.size > 150, `found ${seen.size}`);
    await page.context().close();
  });

  it("puts up no barrier of its own, in light and in dark", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      const context = await browser.newContext({ colorScheme, reducedMotion: "reduce" });
      await context.addInitScript({ content: axe.source });
      const page = await context.newPage();
      for (const path of ["", "leaderboard/sort-6/", "models/stories/", "static-copy/"]) {
        await page.goto(host.url + path);
        // deno-lint-ignore no-explicit-any -- axe is a global of the page
        const found = await page.evaluate(() => (globalThis as any).axe.run());
        const { violations } = found as axe.AxeResults;
        assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`), [], path);
      }
      await context.close();
    }
  });

  it("shows its own page for what is not there, whole at any depth", async () => {
    const { page } = await open(true);
    await page.goto(`${host.url}no/such/thing`);
    assert.match(await page.locator("h1").innerText(), /not|404/i);
    const background = await page.locator("body").evaluate((body) =>
      getComputedStyle(body).backgroundColor
    );
    assert.notEqual(background, "rgba(0, 0, 0, 0)", "the stylesheet is there");
    await page.getByRole("link", { name: "Tinyproof" }).click();
    await page.waitForURL(`${host.url}index.html`);
    await page.context().close();
  });

  it("says that it lacks the models, and offers nothing that needs them", async () => {
    const { page, problems } = await open(true);
    await page.goto(`${host.url}models/sortsix/index.html`);
    await page.getByText("without the models' files").first().waitFor();
    assert.ok(await page.getByRole("button", { name: "Generate" }).isDisabled());
    await page.getByRole("link", { name: "Download the .tinygpt file" }).click();
    await page.waitForURL(`${host.url}static-copy/index.html#files`);
    assert.deepEqual(problems, []);
    await page.context().close();
  });

  it("generates and scores in the tab where it has them, on a host that isolates nothing", async () => {
    const { page, problems } = await open(true);
    page.setDefaultTimeout(120_000);
    await page.goto(`${withFiles.url}models/sortsix/index.html`);
    await page.getByLabel("Prompt").fill("sort: 5 1 4 2 6 3 = ");
    await page.locator("#try-method").selectOption("greedy");
    await page.getByLabel("Bytes").fill("11");
    await page.getByRole("button", { name: "Generate" }).click();
    await page.getByText("sort: 5 1 4 2 6 3 = 1 2 3 4 5 6").waitFor();
    await page.getByRole("button", { name: "Score it in this tab" }).click();
    await page.locator("[data-score-in-tab=done]").waitFor();
    const row = page.getByRole("row", { name: /^Sort 6/ }).filter({
      has: page.locator("[data-equal]"),
    });
    assert.equal(await row.locator("[data-equal]").getAttribute("data-equal"), "true");
    assert.deepEqual(problems, []);
    await page.context().close();
  });

  it("trains a model again in the tab from the corpus that it holds", async () => {
    const { page, problems } = await open(true);
    page.setDefaultTimeout(120_000);
    await page.goto(`${withFiles.url}models/trained/index.html`);
    await page.getByRole("button", { name: "Train it again in this tab" }).click();
    const panel = page.locator("[data-replay-in-tab=done]");
    await panel.waitFor();
    assert.equal(await panel.getAttribute("data-verdict"), "exact");
    assert.deepEqual(problems, []);
    await page.context().close();
  });
});
