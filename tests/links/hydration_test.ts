import assert from "node:assert/strict";
import { Builder } from "fresh/dev";
import type { Browser, Page } from "playwright-core";
import { launchBrowser } from "../support/browser.ts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from "@std/testing/bdd";

const root = `${import.meta.dirname}/fixture`;

let server: Deno.ChildProcess;
let address: string;
let browser: Browser;
let page: Page;
let problems: string[];

/** Reads what `deno serve` prints: gives the address it names, and goes on reading to the end. */
function addressOf(stderr: ReadableStream<Uint8Array>): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const decoder = new TextDecoder();
  let text = "";
  const sink = new WritableStream<Uint8Array>({
    write(chunk) {
      text += decoder.decode(chunk, { stream: true });
      const port = /:(\d+)\/?\s/.exec(text)?.[1];
      if (port) resolve(`http://127.0.0.1:${port}`);
    },
    close: () => reject(new Error(`Expected the server to name its port, got ${text}`)),
  });
  stderr.pipeTo(sink).catch(reject);
  return promise;
}

beforeAll(async () => {
  await new Builder({ root }).build();
  server = new Deno.Command(Deno.execPath(), {
    args: [
      "serve",
      "-A",
      "--host",
      "127.0.0.1",
      "--port",
      "0",
      `${root}/_fresh/server.js`,
    ],
    env: { NO_COLOR: "1" },
    stdout: "null",
    stderr: "piped",
  }).spawn();
  address = await addressOf(server.stderr);
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  server?.kill("SIGTERM");
  await server?.status;
});

beforeEach(async () => {
  page = await browser.newPage();
  problems = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on(
    "console",
    (message) => message.type() === "error" && problems.push(message.text()),
  );
  await page.goto(`${address}/counters`);
  await page.waitForSelector('[data-side="browser"] #a');
});
afterEach(async () => {
  await page.close();
  assert.deepEqual(problems, []);
});

const text = (selector: string) => page.locator(selector).innerText();

describe("islands in a browser", () => {
  it("count when clicked", async () => {
    await page.click("#a");
    await page.click("#a");
    assert.equal(await text("#a"), "a: 5");
  });

  it("share a signal across islands and leave the others alone", async () => {
    await page.click("#a");
    assert.equal(await text('[id="</script><b>"]'), "</script><b>: 4");
    assert.equal(await text("#nested"), "nested: 0");
  });

  it("keep server-rendered content once, with its own islands alive", async () => {
    assert.equal(await page.locator("em").count(), 1);
    assert.equal(await page.locator("em .counter").count(), 1);
    await page.click("#nested");
    assert.equal(await text("#nested"), "nested: 1");
    assert.equal(await text("#a"), "a: 3");
  });

  it("show content that was kept in a template, and take it away again", async () => {
    await page.click("#toggle");
    assert.equal(await text("#opened i"), "kept for later");
    await page.click("#late");
    assert.equal(await text("#a"), "a: 4");
    await page.click("#toggle");
    assert.equal(await page.locator("#opened").count(), 0);
  });

  it("replace the server's output instead of standing beside it", async () => {
    assert.equal(await page.locator('[data-side="server"]').count(), 0);
    assert.equal(await page.locator("main > .counter").count(), 2);
    assert.equal(await page.locator("main > p").innerText(), "between");
  });

  it("go through lists of server-rendered content, and show what is inside of objects", async () => {
    await page.goto(`${address}/tabs`);
    await page.waitForFunction(() => document.querySelectorAll("#tabs").length === 1);
    assert.equal(await text("#body"), "one");
    assert.deepEqual(await page.locator("#tabs li").allInnerTexts(), ["x", "y"]);
    await page.click("#second");
    await page.click('[id="in a tab"]');
    assert.equal(await text("#body"), "in a tab: 8");
    await page.click("#first");
    assert.equal(await text("#body"), "one");
    await page.click("#second");
    assert.equal(await text("#body"), "in a tab: 8");
  });

  it("know the build, so that their assets have the server's addresses", async () => {
    const [onPage] = await page.locator("[data-asset]").evaluateAll((all) =>
      all.map((one) => one.getAttribute("data-asset"))
    );
    const html = await (await fetch(`${address}/counters`)).text();
    assert.ok(html.includes(`data-asset="${onPage}"`));
  });
});
