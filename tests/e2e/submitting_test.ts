import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { launchBrowser } from "../support/browser.ts";
import { withHeader } from "../support/model_files.ts";
import { startServer, type TestServer } from "../support/server.ts";

const SORTER = new URL("../../data/gallery/sort-6.tinygpt", import.meta.url);
/** As the form sends them. */
const PART_BYTES = 4 * 1024 ** 2;
/** Two parts. */
const PADDING_BYTES = PART_BYTES + 1_000_000;

// deno-lint-ignore no-explicit-any -- any field of a header
type Forge = (header: any) => void;
/** What the check says of a file with another header. */
const FORGED: [Forge, RegExp][] = [
  [(header) => delete header.recipe, /carries no recipe.*external/],
  [(header) => header.recipe.engine = "0".repeat(64), /would end at once as.*not reproducible/],
  [(header) => header.recipe.model.ctx = 32, /would end at once as.*mismatch/],
];

describe("submitting in a browser, on the real server", () => {
  let dir: string;
  let server: TestServer;
  let browser: Browser;
  let page: Page;
  let model: Uint8Array<ArrayBuffer>;
  const problems: string[] = [];

  beforeAll(async () => {
    dir = await Deno.makeTempDir({ prefix: "tinyproof-e2e-" });
    server = await startServer(`${dir}/var`, { TINYPROOF_SWEEP: "off" });
    browser = await launchBrowser();
    page = await open(await browser.newContext());
    model = await Deno.readFile(SORTER);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await Deno.remove(dir, { recursive: true });
  });

  async function open(context: BrowserContext): Promise<Page> {
    const opened = await context.newPage();
    opened.setDefaultTimeout(60_000);
    opened.on("pageerror", (error) => problems.push(String(error)));
    return opened;
  }

  /** The model under another name for its bytes, `bytes` longer. */
  async function padded(name: string, bytes: number): Promise<string> {
    const file = withHeader(model, (header) => header.padding = name.padEnd(bytes, "x"));
    await Deno.writeFile(`${dir}/${name}.tinygpt`, file);
    return `${dir}/${name}.tinygpt`;
  }

  async function fill(on: Page, name: string): Promise<void> {
    await on.getByLabel("Name").fill(name);
    await on.getByLabel("Author").fill("The test");
  }

  async function choose(on: Page, path: string, name: string): Promise<void> {
    await on.goto(`${server.url}/submit`);
    await fill(on, name);
    await on.locator("input[type=file]").setInputFiles(path);
    await on.locator("[data-file-check]").waitFor();
  }

  /** Drops a file as from a folder of the desktop. */
  async function drop(path: string): Promise<void> {
    const base64 = (await Deno.readFile(path)).toBase64();
    const transfer = await page.evaluateHandle(({ base64, name }) => {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const data = new DataTransfer();
      data.items.add(new File([bytes], name));
      return data;
    }, { base64, name: path.split("/").at(-1)! });
    await page.locator("form.panel").dispatchEvent("drop", { dataTransfer: transfer });
  }

  /** Offsets of the parts that are sent from now on. */
  function sentOffsets(on: Page): string[] {
    const offsets: string[] = [];
    on.on("request", (request) => {
      if (request.method() === "PATCH") offsets.push(request.headers()["upload-offset"]);
    });
    return offsets;
  }

  it("looks at a dropped file before it is sent: what it is, and whether it can be proven", async () => {
    await page.goto(`${server.url}/submit`);
    await page.locator("form[data-takes-files=true]").waitFor();
    await Deno.writeTextFile(`${dir}/words.tinygpt`, "not a model at all, only words");
    await drop(`${dir}/words.tinygpt`);
    await page.getByRole("alert").waitFor();
    assert.match(await page.getByRole("alert").innerText(), /TGPT/);
    for (const [forge, said] of FORGED) {
      await Deno.writeFile(`${dir}/forged.tinygpt`, withHeader(model, forge));
      await drop(`${dir}/forged.tinygpt`);
      await page.locator("[data-file-check]", { hasText: said }).waitFor();
    }
    await drop(await padded("long", PADDING_BYTES));
    await page.locator("[data-file-check]", { hasText: "long.tinygpt" }).waitFor();
    const found = await page.locator("[data-file-check]").innerText();
    assert.match(found, /1\.36.k parameters/);
    assert.match(found, /can be proven here/);
    assert.match(found, /Reverse 16\. Needs a context of 44 bytes/);
    assert.equal(await page.getByRole("alert").count(), 0);
  });

  it("scores it in the tab, and says where it would rank", async () => {
    for (const name of ["TinyStories perplexity", "Shakespeare perplexity"]) {
      await page.getByLabel(name).uncheck();
    }
    await page.getByRole("button", { name: "Score it in this tab" }).click();
    await page.locator("[data-dry-score=done]").waitFor();
    await page.getByText("would be 1st of 1").waitFor();
  });

  it("goes on after the connection broke and the server was killed", async () => {
    await fill(page, "Interrupted sorter");
    const refuse = /\/api\/v1\/uploads\/\w+$/;
    let kept = 0;
    await page.route(refuse, (route, request) => {
      if (request.method() !== "PATCH" || request.headers()["upload-offset"] === "0") {
        return route.continue();
      }
      kept = Number(request.headers()["upload-offset"]);
      return route.abort("connectionreset");
    });
    await page.getByRole("button", { name: "Submit" }).click();
    await page.locator("[data-sending=waiting]").waitFor();
    assert.equal(kept, PART_BYTES);
    await server.kill();
    await page.unroute(refuse);
    const offsets = sentOffsets(page);
    server = await startServer(`${dir}/var`, {
      TINYPROOF_SWEEP: "off",
      PORT: new URL(server.url).port,
    });
    await page.waitForURL(/\/submissions\//);
    assert.deepEqual([...new Set(offsets)], [String(PART_BYTES)]);
  });

  it("shows the status live until it is scored, equal to the tab's score to the bit", async () => {
    await page.locator("[data-status=scored]").waitFor();
    await page.locator("[data-tab-against-server=equal]").waitFor();
    const against = page.locator("[data-tab-against-server]");
    assert.match(await against.innerText(), /Equal to the bit/);
    assert.equal(await against.locator("[data-equal=true]").count(), 1);
  });

  it("ranks it on the board", async () => {
    await page.goto(`${server.url}/leaderboard/sort-6`);
    const names = page.locator('table.board tbody th a[href^="/models/"]');
    assert.deepEqual(await names.allInnerTexts(), ["Interrupted sorter"]);
  });

  it("knows the very same file again before it is sent", async () => {
    await choose(page, `${dir}/long.tinygpt`, "Once more");
    assert.match(await page.locator("[data-file-check]").innerText(), /on the board already/);
    const offsets = sentOffsets(page);
    await page.getByRole("button", { name: "Submit" }).click();
    await page.waitForURL(/\/submissions\//);
    assert.equal(await page.locator("h1").innerText(), "Interrupted sorter");
    assert.deepEqual(offsets, []);
  });

  it("pauses, and goes on after the page was left, with polling where streams do not pass", async () => {
    const path = await padded("paused", PADDING_BYTES);
    await choose(page, path, "Paused sorter");
    const held = Promise.withResolvers<void>();
    const second = /\/api\/v1\/uploads\/\w+$/;
    await page.route(second, async (route, request) => {
      if (request.method() !== "PATCH" || request.headers()["upload-offset"] === "0") {
        return await route.continue();
      }
      held.resolve();
    });
    await page.getByRole("button", { name: "Submit" }).click();
    await held.promise;
    await page.getByRole("button", { name: "Pause" }).click();
    await page.locator("[data-sending=paused]").waitFor();
    await page.unroute(second);
    await page.reload();
    assert.match(await page.locator("[data-interrupted]").innerText(), /paused\.tinygpt/);

    await page.route("**/events", (route) => route.abort());
    const offsets = sentOffsets(page);
    await fill(page, "Paused sorter");
    await page.locator("input[type=file]").setInputFiles(path);
    await page.locator("[data-file-check]").waitFor();
    await page.getByRole("button", { name: "Submit" }).click();
    await page.waitForURL(/\/submissions\//);
    // Of the part that was held back some may have passed when the page was left.
    assert.equal(offsets.length, 1);
    assert.ok(Number(offsets[0]) >= PART_BYTES, offsets[0]);
    await page.locator("[data-status=scored]").waitFor();
  });

  it("gives a guest an address to withdraw by, and leaves a tombstone", async () => {
    const link = await page.locator("[data-withdrawal-link]").innerText();
    const elsewhere = await open(await browser.newContext());
    await elsewhere.goto(page.url());
    assert.equal(await elsewhere.locator("[data-owner]").count(), 0);
    await elsewhere.goto(link);
    await elsewhere.getByRole("button", { name: "Withdraw it" }).click();
    await elsewhere.locator("[data-withdrawn]").waitFor();
    assert.match(
      await elsewhere.locator("[data-withdrawn]").innerText(),
      /Withdrawn on \d{4}-\d\d-\d\d .* by its author/,
    );
    await elsewhere.context().close();
  });

  it("works without scripts: the form, the status, a new version", async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const plain = await open(context);
    await plain.goto(`${server.url}/submit`);
    await fill(plain, "Plain sorter");
    await plain.locator("input[type=file]").setInputFiles(await padded("plain", 10));
    await plain.getByRole("button", { name: "Submit" }).click();
    await plain.waitForURL(/\/submissions\//);
    await plain.locator("[data-status=scored]").waitFor();
    await plain.getByRole("link", { name: "Submit a new version" }).click();
    await fill(plain, "Plain sorter, second");
    await plain.locator("input[type=file]").setInputFiles(await padded("second", 10));
    await plain.getByRole("button", { name: "Submit" }).click();
    await plain.waitForURL(/\/submissions\//);
    assert.match(
      await plain.locator("[data-lineage]").innerText(),
      /Version 2, after Plain sorter/,
    );
    await context.close();
  });

  it("logged no error in any page", () => {
    assert.deepEqual(problems, []);
  });
});
