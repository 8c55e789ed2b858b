// The whole application on a PostgreSQL server and a bucket: submitted, scored, proven, downloaded,
// and all there for another server that starts with an empty disk.

import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { sha256Hex } from "../../lib/hash.ts";
import { launchBrowser, noteProblems } from "../support/browser.ts";
import { cliJson } from "../support/cli.ts";
import { testBackends } from "../support/databases.ts";
import { startBucket, type TestBucket } from "../support/s3.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { tinyRecipe } from "../support/tiny_recipe.ts";

for (const backend of testBackends().filter(({ name }) => name === "postgres")) {
  describe("the application on PostgreSQL and a bucket", () => {
    let dir: string;
    let bucket: TestBucket;
    let databaseUrl: string;
    let server: TestServer;
    let browser: Browser;
    let page: Page;
    let starts = 0;
    let entry: { model: string; status: string };
    let digest: string;
    const problems: string[] = [];

    beforeAll(async () => {
      dir = await Deno.makeTempDir({ prefix: "tinyproof-e2e-" });
      bucket = await startBucket();
      databaseUrl = (await backend.open({ migrated: false })).databaseUrl!;
      const recipe = tinyRecipe({ model: { ...tinyRecipe().model, ctx: 72 }, steps: 40 });
      await Deno.writeTextFile(`${dir}/recipe.json`, JSON.stringify(recipe));
      await cliJson("train", "--recipe", `${dir}/recipe.json`, "--out", `${dir}/model.tinygpt`);
      await start();
      browser = await launchBrowser();
      page = await browser.newPage();
      page.setDefaultTimeout(120_000);
      noteProblems(page, problems);
    });
    afterAll(async () => {
      await browser?.close();
      await server?.stop();
      await backend.close();
      await bucket?.close();
      await Deno.remove(dir, { recursive: true });
    });

    /** Each time with a disk that holds nothing. */
    async function start(): Promise<void> {
      const env = { ...bucket.env, DATABASE_URL: databaseUrl };
      server = await startServer(`${dir}/var-${++starts}`, env);
    }

    it("takes a model, scores it and finds it exact", async () => {
      const bytes = await Deno.readFile(`${dir}/model.tinygpt`);
      digest = await sha256Hex(bytes);
      const query = "name=Sorter&author=The+test&fileName=model.tinygpt";
      const answer = await fetch(`${server.url}/api/v1/submissions?${query}`, {
        method: "POST",
        body: bytes,
      });
      assert.equal(answer.status, 201);
      entry = await answer.json();
      await page.goto(server.url + entry.status);
      await page.locator("[data-status=scored][data-provenance=exact]").waitFor();
      assert.ok(bucket.requests.some((line) => line === `PUT /tinyproof/blobs/${digest}`));
    });

    it("sends who follows the link to the bucket, where the file is", async () => {
      await page.goto(server.url + entry.model);
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("link", { name: "Download the .tinygpt file" }).click(),
      ]);
      assert.ok(download.url().startsWith(bucket.settings.endpoint), download.url());
      assert.equal(download.suggestedFilename(), `${digest.slice(0, 12)}.tinygpt`);
      assert.equal(await sha256Hex(await Deno.readFile(await download.path())), digest);
      const followed = await fetch(`${server.url}/files/${digest}.tinygpt`);
      assert.equal(await sha256Hex(new Uint8Array(await followed.arrayBuffer())), digest);
    });

    it("scores it in the tab, which may connect to this origin alone", async () => {
      await page.goto(server.url + entry.model);
      await page.getByRole("button", { name: "Score it in this tab" }).click();
      await page.locator("[data-score-in-tab=done]").waitFor();
      const equal = await page.locator("[data-equal]").evaluateAll((cells) =>
        cells.map((cell) => cell.getAttribute("data-equal"))
      );
      assert.ok(equal.length > 0 && equal.every((word) => word === "true"), String(equal));
    });

    it("has everything after a stop and a start elsewhere", async () => {
      await server.stop();
      await start();
      await page.goto(`${server.url}/leaderboard/sort-6`);
      await page.locator("table.board tbody th", { hasText: "Sorter" }).waitFor();
      await page.goto(`${server.url}/ledger`);
      assert.match(await page.locator("main").innerText(), /The chain holds/);
      const here = await fetch(`${server.url}/files/${digest}.tinygpt`, {
        headers: { "sec-fetch-mode": "cors", range: "bytes=0-3" },
      });
      assert.deepEqual([here.status, await here.text()], [206, "TGPT"]);
    });

    it("logged no error in any page", () => assert.deepEqual(problems, []));
  });
}
