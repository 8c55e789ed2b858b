import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Browser } from "puppeteer-core";
import { readTinygpt } from "../../lib/format/read.ts";
import { findFirefox, launchDriven, putBehind } from "../support/browser.ts";
import { cliJson } from "../support/cli.ts";
import { DrivenTab } from "../support/driven_tab.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { tinyRecipe } from "../support/tiny_recipe.ts";

/** Of a first visit: scripts, and WebAssembly if any, each compressed as a server would. */
const FIRST_LOAD_BYTES = 150 * 1024;
const DEV = { generator: "sort-6", version: 1, params: {}, rows: 8 };

/** Long enough to be left in the middle, and a leaf is due nowhere but at its ends. */
const recipeOf = (seed: number) =>
  tinyRecipe({
    seed,
    steps: 3000,
    checkpointInterval: 3000,
    earlyStop: { dev: DEV, interval: 100, patience: 1000, minDelta: 0 },
  });

const firefox = await findFirefox();
let dir: string;
let server: TestServer;

beforeAll(async () => {
  dir = await Deno.makeTempDir({ prefix: "tinyproof-e2e-" });
  server = await startServer(`${dir}/var`, { TINYPROOF_SWEEP: "off" });
});

afterAll(async () => {
  await server?.stop();
  await Deno.remove(dir, { recursive: true });
});

class Tab extends DrivenTab {
  async open(path: string): Promise<void> {
    await this.page.goto(server.url + path);
    await this.see("[data-playground=ready]");
  }

  /** Leaves but this one benchmark of those offered out. */
  async onlyBenchmark(name: string): Promise<void> {
    await this.page.$$eval(".dry-score label", (labels, name) => {
      for (const label of labels) {
        if (label.textContent?.trim() !== name) label.querySelector("input")!.click();
      }
    }, name);
  }
}

for (const [index, kind] of (["chrome", "firefox"] as const).entries()) {
  describe(`training in ${kind}`, { ignore: kind === "firefox" && firefox === null }, () => {
    let browser: Browser;
    let tab: Tab;
    const recipe = recipeOf(40 + index);
    const name = `Sorter of ${kind}`;
    /** Of the model that the command line makes meanwhile. */
    let byCommandLine: Promise<{ digest: string }>;

    beforeAll(async () => {
      browser = await launchDriven(kind);
      tab = new Tab(await browser.newPage());
      const path = `${dir}/recipe-${kind}.json`, out = `${dir}/${kind}.tinygpt`;
      await Deno.writeTextFile(path, JSON.stringify(recipe));
      byCommandLine = cliJson("train", "--recipe", path, "--out", out);
      byCommandLine.catch(() => {});
    });

    afterAll(() => browser?.close());

    it("goes on after a reload between two leaves, from seconds before", async () => {
      await tab.open("/playground");
      await tab.press("Skip the guide");
      await tab.unfold("[data-recipe-part=json]");
      await tab.fill("#recipe-json", JSON.stringify(recipe));
      await tab.says(".plan", /6.864/);
      await tab.fill("#run-name", name);
      await tab.press("Train it in this tab");
      await tab.see("[data-training=training][data-kept]:not([data-kept='0'])");
      await tab.page.reload();
      await tab.see("[data-resumed]");
      const step = Number(await tab.attribute("[data-resumed]", "data-resumed"));
      assert.ok(step > 0 && step < recipe.steps, `${step}`);
      await tab.press("Pause");
      await tab.see("[data-training=paused]");
      assert.equal(
        await tab.attribute("[data-training]", "data-kept"),
        await tab.attribute("[data-training]", "data-step"),
      );
    });

    it("trains on behind another tab, and ends with the bits of the command line", async () => {
      await tab.press("Continue");
      const bringBack = await putBehind(tab.page);
      const seen = await tab.page.evaluate(() => document.visibilityState);
      await tab.see("[data-training=finished]");
      assert.deepEqual([seen, await tab.page.evaluate(() => document.visibilityState)], [
        "hidden",
        "hidden",
      ]);
      await bringBack();
      const { digest } = await byCommandLine;
      assert.equal(await tab.attribute("[data-finished]", "data-model-digest"), digest);
    });

    it("scores what it trained, and says where it would stand", async () => {
      await tab.see(".dry-score");
      await tab.onlyBenchmark("Sort 6");
      await tab.press("Score it in this tab");
      await tab.see("[data-dry-score=done]");
      await tab.says("[data-place=sort-6]", /would (be|share).*In the picture/);
      await tab.unfold("[data-examples=sort-6]");
      await tab.says("[data-examples=sort-6] tbody", /sort: \d/);
    });

    it("submits it without a file chooser, and the server finds the tab's score to the bit", async () => {
      await tab.press("Submit it");
      await tab.see("[data-file-check]");
      assert.equal(
        await tab.page.$eval("#name", (field) => (field as HTMLInputElement).value),
        name,
      );
      await tab.fill("#author", "The test");
      await tab.press("Submit");
      await tab.see("[data-status=scored]");
      await tab.see("[data-tab-against-server=equal]");
      await tab.page.goto(`${server.url}/leaderboard/sort-6`);
      await tab.says("main", new RegExp(name));
      assert.deepEqual(tab.problems, []);
    });
  });
}

describe("the bench of the playground", () => {
  let browser: Browser;
  let tab: Tab;

  beforeAll(async () => {
    browser = await launchDriven("chrome");
    tab = new Tab(await browser.newPage());
  });

  afterAll(() => browser?.close());

  it("loads little before it is asked for something", async () => {
    await tab.open("/playground");
    await tab.see(".plan");
    const loaded = await tab.page.evaluate(() =>
      performance.getEntriesByType("resource").map(({ name }) => name)
    );
    let bytes = 0;
    for (const address of loaded.filter((name) => /\.(js|wasm)$/.test(name))) {
      const { body } = await fetch(address);
      const packed = body!.pipeThrough(new CompressionStream("gzip"));
      bytes += (await new Response(packed).arrayBuffer()).byteLength;
    }
    assert.ok(bytes > 10_000 && bytes <= FIRST_LOAD_BYTES, `${bytes} bytes`);
  });

  it("guides a first run, which can be stopped and goes on from the list of runs", async () => {
    await tab.press("Train my first model");
    await tab.see("[data-training=training][data-kept]:not([data-kept='0'])");
    await tab.says("[data-guide=learning], [data-guide=late]", /[Tt]he .*loss|A loss/);
    await tab.page.$eval("[popovertarget=term-loss]", (term) => (term as HTMLElement).click());
    await tab.see("#term-loss:popover-open");
    await tab.press("Stop");
    await tab.see("[data-guide=stopped]");
    await tab.press("Continue");
    await tab.see("[data-resumed]");
    await tab.press("Stop");
    await tab.press("Skip the guide");
    await tab.page.waitForFunction(() => !document.querySelector("[data-guide]"));
    await tab.press("Remove");
    await tab.page.waitForFunction(() => !document.querySelector("[data-run-row]"));
  });

  it("measures the machine at the first move on the page, and tells times of the presets", async () => {
    await tab.says(".start", /appear after a second/);
    await tab.page.hover(".preset");
    await tab.says("[data-measured]", /measured on this machine just now, with /);
    const times = await tab.page.$$eval(
      ".preset-time",
      (them) => them.map((it) => it.textContent!),
    );
    assert.ok(times.length > 5 && times.every((time) => /^about \d/.test(time)), times.join());
    await tab.says(".plan", /about \d/);
    await tab.page.reload();
    await tab.says("[data-measured]", /measured on this machine/);
  });

  it("says which field of the form or line of the JSON is wrong, and trains nothing then", async () => {
    await tab.unfold("[data-recipe-part=form]");
    await tab.fill("#recipe-model-dModel", "18");
    await tab.see("#recipe-model-dModel[aria-invalid=true]");
    await tab.says("#recipe-model-dModel-hint", /multiple of/);
    assert.match(
      await tab.page.$eval("#recipe-json", (it) => (it as HTMLTextAreaElement).value),
      /18/,
    );
    await tab.unfold("[data-recipe-part=json]");
    await tab.fill("#recipe-json", '{ "steps": 10, }');
    await tab.says(".start", /This is not JSON/);
    assert.equal(
      await tab.page.$eval(".start .actions .button", (it) => it.matches(":disabled")),
      true,
    );
  });

  it("trains on a text of the visitor's, and offers to publish it for the proof", async () => {
    const text = "The quick brown fox jumps over the lazy dog, again and again. ".repeat(80);
    await tab.fill(
      "#recipe-json",
      JSON.stringify({ ...recipeOf(1), steps: 20, earlyStop: undefined }),
    );
    await tab.see(".plan");
    await tab.unfold("[data-recipe-part=data]");
    await tab.unfold(".own-text");
    await tab.fill("#own-text", text);
    await tab.press("Use the pasted text");
    await tab.says("[data-own-text]", /no text of a benchmark/);
    const sha256 = await tab.attribute("[data-own-text]", "data-own-text");
    assert.match(
      await tab.page.$eval("#recipe-json", (it) => (it as HTMLTextAreaElement).value),
      new RegExp(sha256),
    );
    await tab.press("Train it in this tab");
    await tab.see("[data-training=finished]");
    await tab.see("[data-unpublished]");
    await tab.fill("[data-unpublished] #name", "Foxes");
    await tab.fill("[data-unpublished] #author", "The test");
    await tab.fill("[data-unpublished] #source", "written for a test");
    await tab.fill("[data-unpublished] #licence", "CC0-1.0");
    await tab.page.$eval("[name=declaration]", (box) => (box as HTMLInputElement).click());
    await tab.press("Publish the text");
    await tab.see(`[data-published="${sha256}"]`);
    const { byteLength } = await (await fetch(`${server.url}/api/v1/corpora/${sha256}`)).json();
    assert.equal(byteLength, text.length);
  });

  it("forks a run, keeps both and lays their curves over each other", async () => {
    await tab.press("Fork");
    await tab.fill("#recipe-seed", "5");
    await tab.press("Train it in this tab");
    await tab.see("[data-training=finished]");
    await tab.page.waitForFunction(() =>
      document.querySelectorAll("[data-run-state=finished]").length === 2
    );
    await tab.page.$$eval("[data-run-row] input", (boxes) => boxes.forEach((box) => box.click()));
    await tab.see('[data-compared-runs="2"]');
    await tab.says("[data-differences]", /seed\s+5\s+1/);
    assert.deepEqual(tab.problems, []);
  });

  it("hands the model out in every form", async () => {
    const client = await tab.page.createCDPSession();
    const names: string[] = [];
    client.on("Browser.downloadWillBegin", ({ suggestedFilename }) => {
      names.push(suggestedFilename);
    });
    let completed = Promise.withResolvers<void>();
    client.on(
      "Browser.downloadProgress",
      ({ state }) => state === "completed" && completed.resolve(),
    );
    const download = { behavior: "allow", downloadPath: dir, eventsEnabled: true } as const;
    await client.send("Browser.setDownloadBehavior", download);
    for (const form of [".tinygpt, fp32", ".tinygpt, fp16", ".tinygpt, int4", "safetensors"]) {
      completed = Promise.withResolvers();
      await tab.press(form);
      await completed.promise;
    }
    const [fp32, fp16, int4, tensors] = await Promise.all(
      names.map((name) => Deno.readFile(`${dir}/${name}`)),
    );
    const read = [fp32, fp16, int4].map((bytes) => readTinygpt(bytes));
    assert.deepEqual(read.map(({ dtype }) => dtype), ["fp32", "fp16", "int4"]);
    assert.deepEqual(read[2].recipe, read[0].recipe);
    assert.ok(tensors.length > 4 * read[0].weights.length);
  });
});
