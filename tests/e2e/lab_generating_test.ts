import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import type { Account } from "../../lib/accounts/caller.ts";
import { placeOrder, requireOrder } from "../../lib/lab/order_store.ts";
import { itemsOf, requireSet } from "../../lib/lab/set_store.ts";
import { savePromptSet } from "../../lib/lab/store.ts";
import { runChild } from "../../workers/job_child.ts";
import { inProcessTransport } from "../../workers/transport.ts";
import { describeWorker } from "../../workers/verifier.ts";
import { type RunningWorker, startWorker } from "../../workers/worker.ts";
import { bundleBrowserWorkers } from "../../workers/bundle.ts";
import { openTestApp, type TestApp } from "../routes/test_app.ts";
import { launchBrowser } from "../support/browser.ts";
import { addAccount, bearer, sessionCookie } from "../support/accounts.ts";
import { cliJson, cliWith } from "../support/cli.ts";
import { engineBinary } from "../support/engine.ts";
import { addEntry } from "../support/entries.ts";
import { LAB_RUBRIC } from "../support/lab_seed.ts";
import { AT } from "../support/lab_sets.ts";
import { startWorkerProcess } from "../support/worker_process.ts";

const ROOT = new URL("../..", import.meta.url).pathname.slice(0, -1);
const MODEL = "data/gallery/sort-6.tinygpt";

describe("generating a set, in a browser", () => {
  let app: TestApp;
  let browser: Browser;
  let base: string;
  let inTab: string;

  beforeAll(async () => {
    await bundleBrowserWorkers(ROOT);
    app = await openTestApp({ guests: "on" });
    await savePromptSet(app.services.db, {
      name: "Digits",
      prompts: ["5 1 4 2 6 3", "9 8 7 1 2 3", "0 4 0 4 0 4"].map((digits, i) => ({
        ...{ id: String(i + 1), category: "Plot", text: `sort: ${digits} = ` },
      })),
      source: "",
    }, { accountId: null, at: AT });
    browser = await launchBrowser();
    base = app.listen();
  });
  afterAll(async () => {
    await browser?.close();
    await app?.close();
  });

  /** Drops the sorter on the page and says what it is to complete. */
  async function openSorter(page: Page, name: string): Promise<void> {
    await page.goto(`${base}/lab/generate`);
    await page.locator('input[type="file"]').setInputFiles(`${ROOT}/${MODEL}`);
    await page.locator("[data-opened]", { hasText: "sort-6.tinygpt" }).waitFor();
    await page.getByLabel("Prompts").selectOption({ label: "Digits (3)" });
    await page.getByLabel("Beams").fill("3");
    await page.getByLabel("Most tokens").fill("11");
    await page.getByLabel("The model's name").fill(name);
  }

  it("completes the prompts with a dropped file as the command line does", async () => {
    const page = await browser.newPage();
    await openSorter(page, "Sorter");
    await page.getByRole("button", { name: "Generate", exact: true }).click();
    await page.locator('[data-generate-set="done"]').waitFor();
    const address = await page.getByRole("link", { name: "score it" }).getAttribute("href");
    inTab = address!.split("/")[3];
    const [item] = await itemsOf(app.services.db, inTab);
    const { texts } = await cliJson<{ texts: { text: string }[] }>(
      ...["generate", MODEL, "--prompt", item.prompt, "--beams", "3", "--max-tokens", "11"],
    );
    assert.equal(item.completion, texts[0].text);
    assert.equal(item.model, "Sorter");
  });

  it("joins a set that is chosen by its name, of those that fit", async () => {
    const page = await browser.newPage();
    await openSorter(page, "Twin");
    const into = page.getByLabel("Joins the set");
    await page.getByLabel("Prompts").selectOption({ label: "Three prompts (3)" });
    await into.locator("option", { hasText: "Two small models" }).waitFor({ state: "attached" });
    assert.equal(await into.locator("option").count(), 2);
    await page.getByLabel("Prompts").selectOption({ label: "Digits (3)" });
    await into.selectOption({ label: "Sorter on Digits (Sorter)" });
    await page.getByRole("button", { name: "Generate", exact: true }).click();
    await page.locator('[data-generate-set="done"]').waitFor();
    const address = await page.getByRole("link", { name: "score it" }).getAttribute("href");
    assert.equal(address, `/lab/sets/${inTab}/score`);
    const { models } = await requireSet(app.services.db, inTab);
    assert.deepEqual(models.map(({ name }) => name), ["Sorter", "Twin"]);
    await page.close();
  });

  /** The gallery's sorter as an entry of the board, and an engine for jobs. */
  async function addSorter(): Promise<void> {
    const { services } = app;
    const { digest } = await services.blobs.putBytes(await Deno.readFile(`${ROOT}/${MODEL}`));
    await addEntry(services.db, { id: "sorter", name: "Sorter", file_digest: digest });
    services.jobs.enginePath = `${services.config.dataDir}/engine.wasm`;
    await Deno.writeFile(services.jobs.enginePath, await engineBinary());
  }

  /** The server's own worker, whose first process is killed as soon as it has completed a prompt. */
  function startDeadlyWorker(seen: string[][]): RunningWorker {
    return startWorker({
      transport: inProcessTransport(app.services),
      slots: [["generate"]],
      description: describeWorker({ name: "test", threads: 1, library: null }),
      directory: `${app.services.config.dataDir}/work`,
      library: null,
      heartbeatMs: 100,
      testsEngine: false,
      async run(options) {
        const spec = JSON.parse(await Deno.readTextFile(`${options.folder}/job.json`));
        seen.push(spec.generation.prompts.map(({ id }: { id: string }) => id));
        const killed = new AbortController();
        const outcome = await runChild({
          ...options,
          signal: AbortSignal.any([options.signal, killed.signal]),
          onMessage(message) {
            // What is said after the kill is lost, as it would be.
            if (!killed.signal.aborted) options.onMessage(message);
            if (message.type === "text" && seen.length === 1) killed.abort();
          },
        });
        return killed.signal.aborted ? { ended: "killed", reason: "by the test" } : outcome;
      },
      onError: () => {},
    });
  }

  it("gives the same bytes as a job that is ordered on the page and killed on its way", async () => {
    await addSorter();
    const account = await addAccount(app.services);
    const context = await browser.newContext();
    const [name, value] = (await sessionCookie(app.services, account)).split("=", 2);
    await context.addCookies([{ name, value, url: base }]);
    const page = await context.newPage();
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(`${base}/lab/generate?entry=sorter`);
    const form = page.locator("#server form");
    await form.getByLabel("Prompts").selectOption({ label: "Digits (3)" });
    await form.getByLabel("Beams").fill("3");
    await form.getByLabel("Most tokens").fill("11");
    await form.getByRole("button", { name: "Order it" }).click();
    await page.locator('[data-order="queued"]').waitFor();
    const seen: string[][] = [];
    const worker = startDeadlyWorker(seen);
    await page.locator('[data-order="done"]').waitFor();
    await worker.stop();
    // It was followed by one stream, and never asked for again.
    const about = asked.filter((path) => path.startsWith("/api/v1/lab/orders/"));
    assert.match(about.join(), /^[^,]+\/events$/);
    assert.deepEqual(seen, [["1", "2", "3"], ["2", "3"]]);
    const link = await page.getByRole("link", { name: "look at it" }).getAttribute("href");
    const job = await completionsOf(link!.split("/")[3]);
    // Of both models that were made in a tab.
    assert.deepEqual([...job, ...job], await completionsOf(inTab));
    assert.equal(new Set(job).size, 3);

    const { id } = await app.services.db.selectFrom("lab_prompt_set").select("id")
      .where("name", "=", "Digits").executeTakeFirstOrThrow();
    const { authorization } = await bearer(app.services, account);
    const { stdout, stderr } = await cliWith(
      { TINYPROOF_KEY: authorization.replace("Bearer ", "") },
      ...["lab", "generate", MODEL, "--server", base, "--prompts", id, "--rubric", LAB_RUBRIC],
      ...["--beams", "3", "--max-tokens", "11", "--model", "Sorter", "--json"],
      ...["--keep", app.services.config.dataDir],
    );
    assert.notEqual(stdout, "", stderr);
    assert.deepEqual(await completionsOf(JSON.parse(stdout).id), job);
    await context.close();
  });

  it("gives them from a worker of another machine too", async () => {
    const { services } = app;
    const { db } = services;
    const local = await db.selectFrom("lab_order").selectAll().executeTakeFirstOrThrow();
    const account: Account = { id: local.account_id, name: "Ada", role: "author" };
    const placed = await placeOrder(services, account, {
      ...{ entry: "sorter", promptSetId: local.prompt_set_id, rubricId: local.rubric_id },
      ...{ model: "Elsewhere", into: local.set_id, search: local.search },
    });
    const admin = await addAccount(services, { role: "admin" });
    const worker = startWorkerProcess({
      ...{ url: base, directory: `${services.config.dataDir}/elsewhere`, kinds: "generate" },
      key: await bearer(services, admin, ["worker"]),
    });
    await worker.says(/generate of sorter: done/);
    const { code } = await worker.kill("SIGTERM");
    assert.equal(code, 0);
    const { set_id } = await requireOrder(db, placed.id, account);
    assert.equal(set_id, local.set_id);
    const texts = await completionsOf(set_id!);
    assert.deepEqual(texts.slice(3), texts.slice(0, 3));
  });

  async function completionsOf(setId: string): Promise<string[]> {
    return (await itemsOf(app.services.db, setId)).map(({ completion }) => completion);
  }
});
