// The main job as a visitor lives it: train, submit, watch, rank, prove, check in the tab, restart.

import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { PROBES } from "../../lib/benchmarks/probes.ts";
import { BENCHMARKS } from "../../lib/benchmarks/registry.ts";
import { cliJson } from "../support/cli.ts";
import { engineBinary, testEngine } from "../support/engine.ts";
import { withNote } from "../support/other_engines.ts";
import { launchBrowser, noteProblems } from "../support/browser.ts";
import { tinyRecipe } from "../support/tiny_recipe.ts";
import { jobProcesses, startServer, type TestServer } from "../support/server.ts";

const ROOT = new URL("../../", import.meta.url);
/** Long enough for every benchmark, so each is run by the job process and by the tab. */
const WIDE_CONTEXT = { ...tinyRecipe().model, ctx: 72 };

describe("the main job, in a browser, on the real server", () => {
  let dir: string;
  let server: TestServer;
  let browser: Browser;
  let page: Page;
  let provenUrl: string;
  const problems: string[] = [];

  beforeAll(async () => {
    dir = await Deno.makeTempDir({ prefix: "tinyproof-e2e-" });
    await Promise.all([
      train("honest", tinyRecipe({ model: WIDE_CONTEXT, steps: 120, checkpointInterval: 20 })),
      train("long", tinyRecipe({ steps: 3000, checkpointInterval: 20, seed: 2 })),
    ]);
    server = await startServer(`${dir}/var`, {}, { bare: true });
    browser = await launchBrowser();
    page = await browser.newPage();
    page.setDefaultTimeout(120_000);
    noteProblems(page, problems);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await Deno.remove(dir, { recursive: true });
  });

  async function train(name: string, content: unknown): Promise<void> {
    await Deno.writeTextFile(`${dir}/${name}.json`, JSON.stringify(content));
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "cli.ts", "train", "--json"].concat(
        ["--recipe", `${dir}/${name}.json`, "--out", `${dir}/${name}.tinygpt`],
      ),
      cwd: ROOT,
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
  }

  async function submit(file: string, name: string): Promise<void> {
    await page.goto(`${server.url}/submit`);
    await page.locator("input[type=file]").setInputFiles(`${dir}/${file}`);
    await page.getByLabel("Name").fill(name);
    await page.getByLabel("Author").fill("The test");
    await page.getByRole("button", { name: "Submit" }).click();
  }

  async function reaches(provenance: string): Promise<void> {
    await page.locator(`[data-status=scored][data-provenance=${provenance}]`).waitFor();
  }

  async function boardNames(): Promise<string[]> {
    await page.goto(`${server.url}/leaderboard/sort-6`);
    return await page.locator('table.board tbody th a[href^="/models/"]').allInnerTexts();
  }

  it("begins with an empty board that says how to fill it", async () => {
    assert.deepEqual(await boardNames(), []);
    assert.ok(await page.getByRole("link", { name: /submit/i }).count() > 0);
  });

  it("takes a model through the form, scores it, replays it and finds it exact", async () => {
    await submit("honest.tinygpt", "Honest sorter");
    await page.waitForURL(/\/submissions\//);
    await reaches("exact");
    assert.deepEqual(await boardNames(), ["Honest sorter"]);
  });

  it("gives the very same bits when the tab scores it", async () => {
    await page.getByRole("link", { name: "Honest sorter", exact: true }).click();
    provenUrl = page.url();
    await page.getByRole("button", { name: "Score it in this tab" }).click();
    await page.locator("[data-score-in-tab=done]").waitFor();
    const equal = await page.locator("[data-equal]").evaluateAll((cells) =>
      cells.map((cell) => cell.getAttribute("data-equal"))
    );
    assert.deepEqual(equal, BENCHMARKS.map(() => "true"));
    const passed = page.locator("[data-score-in-tab] [data-passed=true]");
    assert.equal(await passed.count(), PROBES.length);
    assert.doesNotMatch(await page.locator("[data-score-in-tab]").innerText(), /Needs a context/);
  });

  it("comes to the same end when the tab trains it again, on the engine of the recipe", async () => {
    // As after a release: the board's present engine is another, and the recipe's is kept.
    const [present, declared] = await Promise.all([engineBinary(), testEngine()]);
    await page.route("**/engine.wasm", (route) =>
      route.fulfill({
        contentType: "application/wasm",
        body: Buffer.from(withNote(present, "a later build")),
      }));
    await page.reload();
    const kept = page.waitForRequest(`**/engines/${declared.digest}.wasm`);
    await page.getByRole("button", { name: "Train it again in this tab" }).click();
    await kept;
    const panel = page.locator("[data-replay-in-tab=done]");
    await panel.waitFor();
    assert.equal(await panel.getAttribute("data-verdict"), "exact", await panel.innerText());
    assert.match(await panel.innerText(), /Chrome \d+ \(V8\)/);
    assert.match(await panel.innerText(), /Engine: [0-9a-f]{12}…, as the recipe names/);
    const engine = panel.locator("[data-engine]");
    assert.equal(await engine.getAttribute("data-engine"), declared.digest);
    declared.close();
    await page.unroute("**/engine.wasm");
  });

  it("publishes what the tab found, signed by a key of this browser", async () => {
    await page.getByRole("button", { name: "Publish a signed confirmation" }).click();
    await page.locator("[data-published=exact]").waitFor();
    await page.reload();
    assert.match(await page.locator("#confirmations").innerText(), /V8 on x86_64\s+declared by 1/);
  });

  it("replays a part of the run from a state that the board has kept, and says which", async () => {
    const [file] = await Promise.all([
      page.waitForRequest("**/states/*.tinygpt"),
      (async () => {
        await page.getByLabel("How much of it").selectOption({ index: 2 });
        await page.getByRole("button", { name: "Train it again in this tab" }).click();
      })(),
    ]);
    assert.equal((await file.response())?.status(), 200);
    const panel = page.locator("[data-replay-in-tab=done]");
    await panel.waitFor();
    const words = await panel.innerText();
    assert.match(words, /part equal\s+Of 120 steps, 41–120 were trained again, from the state/);
    assert.match(words, /The other 40 steps were not checked/);
    await page.getByRole("button", { name: "Publish a signed confirmation" }).click();
    await page.locator("[data-published=exact]").waitFor();
    await page.reload();
    const agreed = await page.locator("#confirmations").innerText();
    assert.match(agreed, /66.6 % of the steps, declared by 1 visitor/);
    assert.match(agreed, /V8 on x86_64\s+declared by 1 visitor/);
  });

  it("replays for the board in a tab that somebody lends", async () => {
    const context = await browser.newContext();
    const tab = await context.newPage();
    await tab.goto(`${server.url}/volunteer`);
    await tab.getByRole("button", { name: "Lend this tab" }).click();
    await tab.locator("[data-volunteer=resting]").waitFor();
    const done = await tab.locator("[data-done]").allInnerTexts();
    // Small pieces first: the newest stands above.
    const order = [/^Honest sorter\s+exact/, /^Honest sorter, steps 41–120/, /, steps 1–40/];
    assert.equal(done.length, order.length, done.join("\n"));
    for (const [i, words] of order.entries()) {
      assert.match(done[i], words);
      assert.match(done[i], i === 0 ? /published/ : /part equal[^]*published/);
    }
    await tab.getByRole("button", { name: "Pause" }).click();
    await tab.locator("[data-volunteer=idle]").waitFor();
    // The key goes from browser to browser in a file.
    const keyid = async (of: Page) => {
      await of.locator("[data-visitor-key] button:enabled").waitFor();
      return await of.locator("[data-visitor-key]").getAttribute("data-visitor-key");
    };
    await tab.reload();
    const own = await keyid(tab);
    assert.match(own!, /^[0-9a-f]{64}$/);
    const [file] = await Promise.all([
      tab.waitForEvent("download"),
      tab.getByRole("button", { name: "Save the key in a file" }).click(),
    ]);
    const path = `${dir}/visitor-key.txt`;
    await file.saveAs(path);
    const other = await (await browser.newContext()).newPage();
    await other.goto(`${server.url}/volunteer`);
    assert.equal(await keyid(other), "none");
    await other.getByLabel("Use a key that was saved before").setInputFiles(path);
    await other.locator(`[data-visitor-key="${own}"]`).waitFor();
    await other.context().close();
    await context.close();
  });

  it("writes in the tab what the command line writes", async () => {
    const prompt = "sort: 5 1 4 2 6 3 = ";
    await page.locator("#try-method").selectOption("draw");
    await page.getByLabel("Prompt").fill(prompt);
    await page.getByLabel("Bytes").fill("11");
    await page.getByRole("button", { name: "Generate" }).click();
    const words = ["generate", `${dir}/honest.tinygpt`, "--prompt", prompt, "--bytes", "11"];
    const { text } = await cliJson<{ text: string }>(...words, "--temperature=0.8", "--seed=1");
    await page.getByRole("button", { name: "Generate" }).waitFor();
    assert.equal(await page.locator("[data-try-output]").textContent(), prompt + text);
  });

  it("lists the report, which says what was compared", async () => {
    await page.goto(`${server.url}/audit`);
    await page.locator("a[href^='/reports/']").first().click();
    await page.getByRole("heading", { level: 1 }).waitFor();
    assert.match(await page.locator("main").innerText(), /equal to the last bit/);
  });

  it("finds one changed weight, names the step and takes the entry out of the ranking", async () => {
    const bytes = await Deno.readFile(`${dir}/honest.tinygpt`);
    bytes[bytes.length - 200] ^= 1;
    await Deno.writeFile(`${dir}/forged.tinygpt`, bytes);
    await submit("forged.tinygpt", "Forged sorter");
    await page.waitForURL(/\/submissions\//);
    await reaches("mismatch");
    await page.getByRole("link", { name: "See its page" }).click();
    await page.locator("a[href^='/reports/']").first().click();
    await page.getByRole("heading", { level: 1 }).waitFor();
    assert.match(await page.locator("main").innerText(), /step 120/);
    assert.deepEqual(await boardNames(), ["Honest sorter"]);
    assert.match(await page.locator("main").innerText(), /Forged sorter/);
  });

  it("refuses garbage with what was expected and what was found", async () => {
    await Deno.writeTextFile(`${dir}/garbage.tinygpt`, "not a model at all, only words");
    await submit("garbage.tinygpt", "Garbage");
    const note = page.getByRole("alert").first();
    await note.waitFor();
    assert.match(await note.innerText(), /TGPT/);
    assert.match(page.url(), /\/submit$/);
  });

  it("survives kill -9 of the job process in the middle of a replay", async () => {
    await submit("long.tinygpt", "Long sorter");
    await page.waitForURL(/\/submissions\//);
    // Said twice when it is also announced.
    await page.getByText(/replaying step [1-9]/).first().waitFor();
    const [job] = await jobProcesses(server);
    assert.ok(job, "a job process runs");
    Deno.kill(job, "SIGKILL");
    await reaches("exact");
    assert.match(await page.locator("[data-job=verify]").innerText(), /attempt 2/);
  });

  it("has everything after kill -9 of the server and a new start", async () => {
    const before = await boardNames();
    await server.kill();
    server = await startServer(`${dir}/var`);
    assert.deepEqual(await boardNames(), before);
    const status = await page.goto(server.url + new URL(provenUrl).pathname);
    assert.equal(status?.status(), 200);
    await page.goto(`${server.url}/ledger`);
    assert.match(await page.locator("main").innerText(), /The chain holds/);
  });

  it("logged no error in any page", () => {
    assert.deepEqual(problems.filter((line) => !/status of 4\d\d/.test(line)), []);
  });
});
