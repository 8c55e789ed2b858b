import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { itemsOf } from "../../lib/lab/set_store.ts";
import { savePromptSet } from "../../lib/lab/store.ts";
import { bundleBrowserWorkers } from "../../workers/bundle.ts";
import { openTestApp, type TestApp } from "../routes/test_app.ts";
import { launchBrowser } from "../support/browser.ts";
import { cliJson } from "../support/cli.ts";
import { AT } from "../support/lab_sets.ts";

const ROOT = new URL("../..", import.meta.url).pathname.slice(0, -1);
const MODEL = "data/gallery/sort-6.tinygpt";

describe("generating a set, in a browser", () => {
  let app: TestApp;
  let browser: Browser;

  beforeAll(async () => {
    await bundleBrowserWorkers(ROOT);
    app = await openTestApp({ guests: "on" });
    await savePromptSet(app.services.db, {
      name: "Digits",
      prompts: [{ id: "1", category: "Plot", text: "sort: 5 1 4 2 6 3 = " }],
      source: "",
    }, { accountId: null, at: AT });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await app?.close();
  });

  it("completes the prompts with a dropped file as the command line does", async () => {
    const page = await browser.newPage();
    await page.goto(`${app.listen()}/lab/generate`);
    await page.locator('input[type="file"]').setInputFiles(`${ROOT}/${MODEL}`);
    await page.locator("[data-opened]", { hasText: "sort-6.tinygpt" }).waitFor();
    const { id } = await app.services.db.selectFrom("lab_prompt_set").select("id")
      .where("name", "=", "Digits").executeTakeFirstOrThrow();
    await page.getByLabel("Prompts").selectOption(id);
    await page.getByLabel("Beams").fill("3");
    await page.getByLabel("Most tokens").fill("11");
    await page.getByLabel("The model's name").fill("Sorter");
    await page.getByRole("button", { name: "Generate" }).click();
    await page.locator('[data-generate-set="done"]').waitFor();
    const address = await page.getByRole("link", { name: "score it" }).getAttribute("href");
    const setId = address!.split("/")[3];
    const [item] = await itemsOf(app.services.db, setId);
    const { texts } = await cliJson<{ texts: { text: string }[] }>(
      ...["generate", MODEL, "--prompt", item.prompt, "--beams", "3", "--max-tokens", "11"],
    );
    assert.equal(item.completion, texts[0].text);
    assert.equal(item.model, "Sorter");
  });
});
