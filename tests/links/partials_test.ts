import assert from "node:assert/strict";
import { type ComponentChildren, h } from "preact";
import { signal } from "@preact/signals";
import { App, staticFiles } from "fresh";
import { Builder } from "fresh/dev";
import { Head, Partial } from "fresh/runtime";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from "@std/testing/bdd";
import { launchBrowser } from "../support/browser.ts";
import Counter from "./fixture/islands/Counter.tsx";

let outDir: string;
let server: Deno.HttpServer<Deno.NetAddr>;
let browser: Browser;
let page: Page;
let problems: string[];

function Shell({ children }: { children?: ComponentChildren }) {
  return h(
    "body",
    { "f-client-nav": true } as never,
    h("nav", null, [
      h("a", { href: "/", id: "home" }, "home"),
      h("a", { href: "/two", id: "two" }, "two"),
      h("a", { href: "/old", id: "old" }, "moved"),
      h("a", { href: "/two", id: "part", "f-partial": "/part" } as never, "part"),
      h("button", { type: "button", id: "more", "f-partial": "/more" } as never, "more"),
    ]),
    children,
  );
}

const content = (title: string, at: string, step: number) =>
  h(
    Shell,
    null,
    h(Head, null, h("title", null, title)),
    h(Partial, { name: "main" }, [
      h("h1", { key: "h" }, title),
      h(Counter, { key: "c", count: signal(step), label: "kept" }),
      h("form", { action: "/said", method: "post", key: at }, [
        h("input", { name: "word", value: "hello" }),
        h("button", { id: "send" }, "send"),
      ]),
    ]),
    h("ul", null, h(Partial, { name: "list", key: at }, h("li", null, at))),
  );

async function createApp(): Promise<App<unknown>> {
  let lines = 0;
  const app = new App()
    .use(staticFiles())
    .get("/", (ctx) => ctx.render(content("One", "first", 1)))
    .get("/two", (ctx) => ctx.render(content("Two", "second", 2)))
    .get("/old", (ctx) => ctx.redirect("/two"))
    .get("/part", (ctx) => ctx.render(h(Partial, { name: "main" }, h("h1", { key: "h" }, "Part"))))
    .get("/more", (ctx) => {
      const line = `line ${++lines}`;
      return ctx.render(
        h(Partial, { name: "list", mode: "append", key: line }, h("li", null, line)),
      );
    })
    .post("/said", async (ctx) => {
      const word = (await ctx.req.formData()).get("word");
      return ctx.render(h(Partial, { name: "main" }, h("h1", { key: "h" }, `said ${word}`)));
    });
  const root = `${import.meta.dirname}/fixture`;
  const apply = await new Builder({ root, outDir }).build({ snapshot: "memory" });
  apply(app);
  return app;
}

const address = () => `http://localhost:${server.addr.port}`;
const heading = (text: string) => page.waitForSelector(`h1:text-is("${text}")`);

beforeAll(async () => {
  outDir = await Deno.makeTempDir();
  server = Deno.serve({ port: 0, onListen: () => {} }, (await createApp()).handler());
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await server?.shutdown();
  await Deno.remove(outDir, { recursive: true });
});

beforeEach(async () => {
  page = await browser.newPage();
  page.setDefaultTimeout(15_000);
  problems = [];
  page.on("pageerror", (error) => problems.push(error.message));
  await page.goto(address());
  await page.waitForSelector('[data-side="browser"] #kept');
  // Gone as soon as a document is loaded.
  await page.evaluate(() => void (document.body.dataset.same = "yes"));
});
afterEach(async () => {
  const same = await page.locator('body[data-same="yes"]').count();
  await page.close();
  assert.deepEqual({ problems, same }, { problems: [], same: 1 });
});

describe("client navigation", () => {
  it("shows the partials of the next page, its title and its links, and keeps islands", async () => {
    await page.evaluate(() => void (document.getElementById("kept")!.dataset.seen = "before"));
    await page.click("#two");
    await heading("Two");
    assert.equal(await page.getAttribute("#kept", "data-seen"), "before");
    await page.click("#kept");
    assert.equal(await page.locator("#kept").innerText(), "kept: 3");
    assert.equal(await page.title(), "Two");
    assert.equal(page.url(), `${address()}/two`);
    assert.equal(await page.locator("li").innerText(), "second");
    assert.equal(await page.getAttribute("#two", "aria-current"), "page");
    assert.equal(await page.getAttribute("#home", "aria-current"), "true");
  });

  it("goes back and forward in the history", async () => {
    await page.click("#two");
    await heading("Two");
    await page.goBack();
    await heading("One");
    assert.equal(page.url(), `${address()}/`);
    await page.goForward();
    await heading("Two");
  });

  it("follows redirects and shows where they lead", async () => {
    await page.click("#old");
    await heading("Two");
    assert.equal(page.url(), `${address()}/two`);
  });

  it("fetches f-partial in place of the page, and goes to the page all the same", async () => {
    await page.click("#part");
    await heading("Part");
    assert.equal(page.url(), `${address()}/two`);
    assert.equal(await page.locator("#kept").count(), 0);
    assert.equal(await page.locator("li").innerText(), "first");
  });

  it("adds to a partial by a button and leaves the address alone", async () => {
    await page.click("#more");
    await page.waitForSelector("li:nth-child(2)");
    await page.click("#more");
    await page.waitForSelector("li:nth-child(3)");
    assert.deepEqual(await page.locator("li").allInnerTexts(), ["first", "line 1", "line 2"]);
    assert.equal(page.url(), `${address()}/`);
  });

  it("sends forms", async () => {
    await page.click("#send");
    await heading("said hello");
  });
});
