// Writing with models and looking inside them in a browser: the bytes of the command line, and what
// pointer, keyboard and tables tell of them.

import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import axe from "axe-core";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Browser, Page } from "playwright-core";
import { bundleBrowserWorkers } from "../../workers/bundle.ts";
import { openTestApp, type TestApp } from "../routes/test_app.ts";
import { findFirefox, launchBrowser, launchDriven, noteProblems } from "../support/browser.ts";
import { cliJson } from "../support/cli.ts";
import { DrivenTab } from "../support/driven_tab.ts";
import { engineBinary } from "../support/engine.ts";

const ROOT = new URL("../../", import.meta.url);
const path = (name: string) => new URL(`data/gallery/${name}.tinygpt`, ROOT).pathname;
/** Seeded entries that hold a model of the gallery here. */
const MODELS = { sortsix: "sort-6", stories: "stories" };
const SORT = "sort: 5 1 4 2 6 3 = ";
const LOOK = `/playground/look?entry=sortsix&text=${encodeURIComponent(`${SORT}1 2 3`)}`;
/** On a page to write with, once its script runs. */
const LISTENS = "[data-generate] button[type=submit]:enabled";
/** What a look inside says in words and figures: all of it but the pictures. */
const LOOK_TABLES = "[data-look] table";
const firefox = await findFirefox();

describe("writing and looking inside, in a browser", () => {
  let app: TestApp;
  let base: string;
  let browser: Browser;
  let page: Page;
  const requests: string[] = [];
  const problems: string[] = [];
  /** What Chromium showed, for the other browser to show too. */
  const inChromium = { text: "", tables: [] as string[] };

  beforeAll(async () => {
    await engineBinary();
    await bundleBrowserWorkers(ROOT.pathname.replace(/\/$/, ""));
    app = await openTestApp();
    for (const [id, name] of Object.entries(MODELS)) await putModel(id, name);
    base = app.listen();
    browser = await launchBrowser();
    page = await browser.newPage();
    page.setDefaultTimeout(60_000);
    await page.addInitScript({ content: axe.source });
    page.on("request", (request) => requests.push(new URL(request.url()).pathname));
    noteProblems(page, problems);
  });
  afterAll(async () => {
    await browser?.close();
    await app?.close();
  });

  async function putModel(id: string, name: string): Promise<void> {
    const { db, blobs } = app.services;
    const { digest, byteLength } = await blobs.putBytes(await Deno.readFile(path(name)));
    await db.insertInto("blob").values({ digest, byte_length: byteLength }).execute();
    await db.updateTable("entry").set({ file_digest: digest }).where("id", "=", id).execute();
  }

  /** Fills the form as far as `fields` say, by the ends of the fields' ids, and waits for the text. */
  async function write(method: string, fields: Record<string, string>): Promise<string> {
    await page.locator("#try-method").selectOption(method);
    for (const [name, value] of Object.entries(fields)) {
      await page.locator(`#try-${name}`).fill(value);
    }
    await page.getByRole("button", { name: "Generate", exact: true }).click();
    await page.locator("[data-generate=done]").waitFor();
    return (await page.locator("[data-try-output]").textContent())!;
  }

  /** Until then nothing hears what is chosen. */
  const listens = () => page.locator(LISTENS).waitFor();
  const tokens = () => page.locator("[data-try-output] [role=option]");
  const details = () => page.locator("[data-token-details]");

  it("loads no engine before it is asked to write", async () => {
    await page.goto(`${base}/playground/generate?entry=stories`, { waitUntil: "networkidle" });
    assert.deepEqual(requests.filter((path) => /\/build\/|\.wasm$|\.tinygpt$/.test(path)), []);
  });

  it("writes the bytes that the command line writes with the same settings", async () => {
    const prompt = "Once upon a time";
    const drawn = { temperature: "0.9", topK: "40", topP: "0.95", seed: "7", maxBytes: "90" };
    const words = ["--temperature=0.9", "--top-k=40", "--top-p=0.95", "--seed=7", "--bytes=90"];
    const { text } = await cliJson<{ text: string }>(
      ...["generate", path("stories"), "--prompt", prompt, ...words],
    );
    const got = await write("draw", { prompt, ...drawn });
    assert.equal(got, prompt + text);
    assert.equal(await write("draw", {}), got);
    assert.notEqual(await write("draw", { seed: "8" }), got);
    inChromium.text = got;
    assert.match(await page.locator("[data-pace]").innerText(), /tokens in .*: \d+ a second/);
    const look = page.getByRole("link", { name: "Look inside with this text" });
    const address = new URL((await look.getAttribute("href"))!, base);
    assert.equal(
      address.searchParams.get("text"),
      await page.locator("[data-try-output]").textContent(),
    );
  });

  it("tells how likely a token was when it is pointed at, and when the keyboard reaches it", async () => {
    await tokens().nth(3).hover();
    assert.match(await details().innerText(), /\d\.\d\s%, \d+(st|nd|rd|th) likeliest/);
    await tokens().first().focus();
    await page.keyboard.press("ArrowRight");
    const second = tokens().nth(1);
    assert.ok(await second.evaluate((element) => element === document.activeElement));
    const told = await second.getAttribute("aria-label");
    const [, probability] = /: (.*?%), /.exec(told!)!;
    assert.ok((await details().innerText()).includes(probability), told!);
    const marked = details().locator("tr.chosen td.num");
    assert.deepEqual(await marked.allInnerTexts(), [probability]);
    // One stop for the tab key, wherever the arrows went.
    assert.equal(await page.locator("[data-try-output] [tabindex='0']").count(), 1);
    await page.keyboard.press("End");
    assert.ok(await tokens().last().evaluate((element) => element === document.activeElement));
  });

  it("lists every token in a table", async () => {
    await page.getByText("As a table").click();
    const rows = page.getByRole("region", { name: "Tokens and their probabilities" })
      .locator("tbody tr");
    await rows.first().waitFor();
    assert.ok(await rows.count() >= await tokens().count());
  });

  it("has no barrier and fits a phone with a text in it", () => assertOpenToAll(page));

  it("searches with beams as the command line does, and tells of the best text", async () => {
    const prompt = "The dog";
    const { texts } = await cliJson<{ texts: { text: string }[] }>(
      ...["generate", path("stories"), "--prompt", prompt, "--beams=3", "--max-tokens=12"],
    );
    const got = await write("beams", { prompt, beams: "3", maxTokens: "12" });
    assert.equal(got, prompt + texts[0].text);
    await tokens().first().hover();
    assert.match(await details().innerText(), /likeliest/);
    await page.getByText("All texts found").click();
    const found = await page.locator(".found-texts .sample").allTextContents();
    assert.deepEqual(found, texts.map(({ text }) => text));
  });

  it("stops when it is told to, and writes again", async () => {
    await page.goto(`${base}/playground/generate?entry=sortsix`);
    await page.getByRole("button", { name: "Generate", exact: true }).click();
    await page.evaluate(() => {
      const stop = [...document.querySelectorAll("button")].find((one) =>
        one.textContent === "Stop"
      );
      stop!.click();
    });
    await page.locator("[data-generate=stopped]").waitFor();
    assert.equal(await write("greedy", { prompt: SORT, maxBytes: "11" }), `${SORT}1 2 3 4 5 6`);
  });

  it("offers tasks the model has solved, with settings that suit them", async () => {
    await page.reload();
    await listens();
    await page.getByRole("button", { name: "Sort 6", exact: true }).click();
    assert.equal(await page.locator("#try-prompt").inputValue(), SORT);
    assert.equal(await page.getByLabel("Top-k (0: all)").isVisible(), false);
    assert.equal(await page.locator("#try-method").inputValue(), "greedy");
    assert.equal(await page.locator("#try-maxBytes").inputValue(), "11");
  });

  it("opens a file of the visitor's, and says what is wrong with one that is no model", async () => {
    await page.goto(`${base}/playground/generate?entry=stories`);
    await listens();
    await page.locator("#own-file").setInputFiles(path("sort-6"));
    await page.locator("[data-opened]", { hasText: "sort-6.tinygpt" }).waitFor();
    const got = await write("greedy", { prompt: SORT, maxBytes: "11" });
    assert.equal(got, `${SORT}1 2 3 4 5 6`);
    const buffer = Buffer.from("not a model at all, only words");
    await page.locator("#own-file").setInputFiles({ name: "words.tinygpt", mimeType: "", buffer });
    await page.getByRole("button", { name: "Generate", exact: true }).click();
    assert.match(await page.getByRole("alert").innerText(), /TGPT/);
  });

  it("opens a run that is kept in this browser", async () => {
    await page.goto(`${base}/playground/generate`);
    await keepRun(page, (await Deno.readFile(path("sort-6"))).toBase64());
    await page.goto(`${base}/playground/generate?run=kept`);
    await page.locator("[data-opened]", { hasText: "My sorter" }).waitFor();
    assert.equal(
      await write("greedy", { prompt: SORT, maxBytes: "11" }),
      `${SORT}1 2 3 4 5 6`,
    );
    await page.goto(`${base}/playground/generate?run=gone`);
    assert.match(await page.getByRole("alert").innerText(), /no model of that run/);
  });

  it("shows the heads, the lens and the weights that the command line finds", async () => {
    const text = `${SORT}1 2 3`;
    await page.goto(base + LOOK);
    assert.equal(await page.getByLabel("Text", { exact: true }).inputValue(), text);
    await page.getByRole("button", { name: "Look inside", exact: true }).click();
    await page.locator("[data-look]").waitFor();
    inChromium.tables = await page.locator(LOOK_TABLES).allTextContents();
    // deno-lint-ignore no-explicit-any -- as printed
    const want = await cliJson<any>("inspect", path("sort-6"), "--prompt", text, "--top=8");
    const heads = page.locator(".heads button");
    assert.equal(await heads.count(), want.attention.flat().length);
    await heads.last().click();
    assert.equal(await heads.last().getAttribute("aria-pressed"), "true");
    assert.equal(await page.getByRole("heading", { name: "Head 1 of layer 2" }).count(), 1);
    const weights = await page.locator(".one-head .choices-table td.num").allInnerTexts();
    const n = text.length, row: number[] = want.attention[1][0].slice(-n);
    const strongest = row.toSorted((a, b) => b - a).slice(0, weights.length);
    assert.deepEqual(weights.map(percentOf), strongest.map((weight) => percentOf(shown(weight))));
    const next = page.getByRole("table", { name: "What may come next" });
    const [best] = want.lens.at(-1).at(-1);
    assert.equal(best.bytes.join(), "32");
    assert.match(await next.locator("tbody tr").first().innerText(), /␣.*99\.9|␣.*100/s);
    const lens = page.locator("table.lens tbody tr");
    assert.equal(await lens.count(), want.lens.length);
    assert.equal(await page.locator(".histograms figure").count(), want.weights.length);
  });

  it("is about the token that is chosen, by arrow keys too, and draws what it says", async () => {
    const strip = page.getByRole("listbox", { name: "Tokens of the text" });
    const chosen = strip.locator("[aria-selected=true]");
    assert.equal(await chosen.innerText(), "3");
    await chosen.focus();
    await page.keyboard.press("ArrowLeft");
    assert.equal(await chosen.innerText(), "␣");
    await page.getByRole("heading", { name: "What may come after ␣" }).waitFor();
    const next = page.getByRole("table", { name: "What may come next" });
    assert.match(await next.locator("tbody tr").first().innerText(), /^3\b/);
    const alpha = await page.locator(".large-map canvas").evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
      return [data[3], data[4 * (canvas.width - 1) + 3]];
    });
    assert.deepEqual(alpha, [255, 0], "the first token looks at itself alone, and at none to come");
  });

  it("has no barrier and fits a phone with all its pictures", () => assertOpenToAll(page));

  it("logged no error in any page", () => assert.deepEqual(problems, []));

  it("writes and shows the same in Firefox", { ignore: firefox === null }, async () => {
    const driven = await launchDriven("firefox");
    try {
      const tab = new DrivenTab(await driven.newPage());
      await tab.page.goto(`${base}/playground/generate?entry=stories`);
      await tab.see(LISTENS);
      await tab.fill("#try-method", "draw");
      const drawn = { temperature: "0.9", topK: "40", topP: "0.95", seed: "7", maxBytes: "90" };
      for (const [name, value] of Object.entries({ prompt: "Once upon a time", ...drawn })) {
        await tab.fill(`#try-${name}`, value);
      }
      await tab.press("Generate");
      await tab.see("[data-generate=done]");
      assert.equal(await tab.text("[data-try-output]"), inChromium.text);
      await tab.page.hover("[data-try-output] [role=option]");
      await tab.says("[data-token-details]", /\d\.\d\s%, \d+(st|nd|rd|th) likeliest/);
      await tab.page.goto(base + LOOK);
      await tab.press("Look inside");
      await tab.see("[data-look]");
      const tables = await tab.page.$$eval(LOOK_TABLES, (all) => all.map((it) => it.textContent!));
      assert.ok(tables.length > 3);
      assert.deepEqual(tables, inChromium.tables);
      assert.deepEqual(tab.problems, []);
    } finally {
      await driven.close();
    }
  });
});

/** What axe-core finds in both themes, and on a phone; nothing stands out to the right there. */
async function assertOpenToAll(page: Page): Promise<void> {
  const wide = page.viewportSize()!;
  for (const details of await page.locator("main details").all()) {
    await details.evaluate((element: HTMLDetailsElement) => element.open = true);
  }
  for (const size of [wide, { width: 375, height: 800 }]) {
    await page.setViewportSize(size);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      const found = await page.evaluate(async () => {
        const { violations } = await Reflect.get(globalThis, "axe").run(document);
        return violations.flatMap(({ id, nodes }: { id: string; nodes: { html: string }[] }) =>
          nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`)
        );
      });
      assert.deepEqual(found, [], `${size.width}, ${colorScheme}`);
    }
    const { scroll, client } = await page.evaluate(() => {
      const { scrollWidth: scroll, clientWidth: client } = document.documentElement;
      return { scroll, client };
    });
    assert.equal(scroll, client, `at ${size.width}`);
  }
  await page.setViewportSize(wide);
}

/** A finished run, as training leaves it in the private file system of the page. */
async function keepRun(page: Page, base64: string): Promise<void> {
  await page.evaluate(async (base64) => {
    let folder = await navigator.storage.getDirectory();
    for (const name of ["playground", "runs", "kept"]) {
      folder = await folder.getDirectoryHandle(name, { create: true });
    }
    const put = async (name: string, content: FileSystemWriteChunkType) => {
      const writable = await (await folder.getFileHandle(name, { create: true })).createWritable();
      await writable.write(content);
      await writable.close();
    };
    await put("run.json", JSON.stringify({ id: "kept", name: "My sorter", createdAtMs: 1 }));
    await put("progress.json", JSON.stringify({ step: 5000 }));
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    await put("model.tinygpt", bytes);
  }, base64);
}

function shown(weight: number): string {
  return weight < 0.001 ? "< 0.1 %" : `${(100 * weight).toFixed(weight < 0.9995 ? 1 : 0)} %`;
}

/** With an ordinary space. */
function percentOf(text: string): string {
  return text.replace(/\s/g, " ");
}
