// A board on which everything a stranger can write is markup, in a real browser and in programs.

import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Browser, BrowserContext } from "playwright-core";
import { LAB_PROMPTS, LAB_SET } from "../support/lab_seed.ts";
import { launchBrowser } from "../support/browser.ts";
import { openTestApp, type TestApp } from "../routes/test_app.ts";
import { type HostileIds, makeHostile, MARKUP, SCRIPT_ADDRESS } from "../abuse/hostile_rows.ts";
import { addressOf, routeFiles } from "../abuse/routes.ts";

/** Far above what there is; a crawl that finds more has lost its way. */
const MOST_ADDRESSES = 900;
/** A file of the build: a fresh checkout lacks it until another test has made it. */
const ENGINE = "/engine.wasm";
/** Addresses that differ in the values of their query alone. */
const MOST_OF_FORM = 4;

interface Answer {
  path: string;
  type: string;
  text: string;
  /** Saved by browsers, not shown. */
  download: boolean;
}

describe("markup that strangers wrote", () => {
  let app: TestApp;
  let ids: HostileIds;
  let answers: Answer[];

  beforeAll(async () => {
    app = await openTestApp();
    ids = await makeHostile(app.services);
    answers = await crawl();
  });
  afterAll(() => app.close());

  /** Every route with what is hostile in place of its parameters. */
  async function startingPoints(): Promise<string[]> {
    const author = encodeURIComponent(MARKUP);
    const values: Record<string, Record<string, string>> = {
      "/models/": { id: ids.entry, benchmark: "sort-6" },
      "/submissions/": { id: ids.failed },
      "/reports/": { id: ids.report },
      "/corpora/": { id: ids.corpus },
      "/authors/": { author },
      "/feeds/": { feed: "records.xml" },
      "/leaderboard/": { benchmark: "sort-6" },
      "/compare/": { benchmark: "sort-6" },
      "/lab/sets/": { id: LAB_SET },
      "/lab/prompt-sets/": { id: LAB_PROMPTS },
    };
    const routes = (await routeFiles()).filter(({ methods }) => methods.includes("GET"));
    const found = routes.map(({ pattern }) => {
      const [, known = {}] = Object.entries(values).find(([part]) => pattern.includes(part)) ?? [];
      return addressOf(pattern, known);
    });
    const query = encodeURIComponent(MARKUP);
    return [
      ...found.filter((path) => !path.endsWith("/events")),
      ...["/feeds/verdicts.xml", `/submissions/${ids.entry}`, `/models/${ids.failed}`],
      ...["", "&format=csv"].map((more) =>
        `/api/v1/models/${ids.entry}/scores/sort-6?version=1${more}`
      ),
      ...[`/compare?a=${ids.entry}&b=stories`, `/models/${ids.entry}/badge.svg?benchmark=sort-6`],
      ...[`/api/v1/compare/sort-6?a=${ids.entry}&b=stories`, `/leaderboard/sort-6?q=${query}`],
      ...[`/nothing/${query}`, `/leaderboard/${query}`, `/leaderboard/sort-6?sort=${query}`],
      ...[`/models/${query}`, `/api/v1/models/${query}`, `/compare?a=${query}&b=${query}`],
      "/api/v1/leaderboard/sort-6?format=csv",
    ];
  }

  /** From the routes along the links of every page; queries make endless many of the same kind. */
  async function crawl(): Promise<Answer[]> {
    const waiting = await startingPoints();
    const seen = new Set([...waiting, ENGINE]);
    const ofForm = new Map<string, number>();
    const isOneMore = (path: string) => {
      const { pathname, searchParams } = new URL(path, "http://board.test");
      const form = `${pathname}?${[...searchParams.keys()].sort()}`;
      ofForm.set(form, (ofForm.get(form) ?? 0) + 1);
      return ofForm.get(form)! > MOST_OF_FORM;
    };
    const found: Answer[] = [];
    for (let i = 0; i < waiting.length && i < MOST_ADDRESSES; i++) {
      const response = await app.request(waiting[i]);
      const type = response.headers.get("content-type") ?? "";
      if (!/^(text|application\/(json|atom)|image\/svg)/.test(type)) {
        await response.body?.cancel();
        continue;
      }
      const text = await response.text();
      const download = response.headers.has("content-disposition");
      found.push({ path: waiting[i], type, text, download });
      if (!type.startsWith("text/html")) continue;
      for (const [, href] of text.matchAll(/\shref="([^"]*)"/g)) {
        const path = href.replaceAll("&amp;", "&").split("#")[0];
        if (!path.startsWith("/") || seen.has(path)) continue;
        seen.add(path);
        if (isOneMore(path)) continue;
        waiting.push(path);
      }
    }
    assert.ok(waiting.length < MOST_ADDRESSES, "the crawl came to its end");
    return found;
  }

  /** Some of each kind of address, first those that show what is hostile: a browser takes time. */
  function someOfEachKind(all: readonly Answer[]): string[] {
    const kinds = Map.groupBy(all, ({ path }) => {
      const [, first, , ...rest] = path.split("?")[0].split("/");
      return [first, ...rest].join("/");
    });
    const hostile = ({ text }: Answer) => Number(text.includes("window.hacked="));
    return [...kinds.values()].flatMap((answers) =>
      answers.toSorted((a, b) => hostile(b) - hostile(a)).slice(0, 6).map(({ path }) => path)
    );
  }

  const of = (type: RegExp) => answers.filter((answer) => type.test(answer.type));

  it("is shown on every kind of page and in every kind of answer", () => {
    // Else the rest would prove nothing.
    const shown = (path: string) => {
      const { text } = answers.find((answer) => answer.path === path)!;
      return text.includes("window.hacked=");
    };
    for (
      const path of [
        ...["/", "/leaderboard/sort-6", "/authors", "/audit", "/ledger", "/corpora", "/compare"],
        ...[`/models/${ids.entry}`, `/submissions/${ids.failed}`, `/reports/${ids.report}`],
        ...[`/corpora/${ids.corpus}`, `/models/${ids.entry}/scores/sort-6`],
        ...[`/authors/${encodeURIComponent(MARKUP)}`, `/models/${ids.entry}/recipe.json`],
        ...[`/api/v1/models/${ids.entry}`, "/api/v1/leaderboard/sort-6?format=csv"],
        ...["/api/v1/ledger", "/api/v1/corpora", `/api/v1/reports/${ids.report}`],
        ...["/lab", `/lab/sets/${LAB_SET}`, `/lab/sets/${LAB_SET}/analysis`],
        ...["/lab/prompt-sets", `/lab/prompt-sets/${LAB_PROMPTS}`],
      ]
    ) {
      assert.ok(shown(path), `${path} shows it`);
    }
  });

  it("is text in every page: no element, attribute or script of it", () => {
    const pages = of(/^text\/html/);
    assert.ok(pages.length > 30);
    for (const { path, text } of pages) {
      assert.doesNotMatch(text, /<img src=x|<svg onload|<script>window|\shref="javascript:/i, path);
      // What ends a title, a script or an attribute is escaped where it is written.
      const start = text.indexOf("=1+1");
      if (start !== -1) assert.doesNotMatch(text, /=1\+1"'>|=1\+1&quot;'><img/, path);
    }
  });

  it("leaves JSON, also inside of pages, what it is", () => {
    const json = of(/^application\/json/);
    assert.ok(json.length > 15);
    for (const { text } of json) JSON.parse(text);
    let islands = 0;
    for (const { text } of of(/^text\/html/)) {
      for (
        const [, data] of text.matchAll(
          /<script[^>]*type="application\/json"[^>]*>(.*?)<\/script>/gs,
        )
      ) {
        JSON.parse(data);
        islands++;
      }
    }
    assert.ok(islands > 0);
  });

  it("is no formula in a table for spreadsheets", () => {
    const tables = of(/^text\/csv/);
    assert.ok(tables.length >= 2);
    for (const { path, text } of tables) {
      // Every field that is text stands in quotation marks; a number may begin with a minus.
      for (const [, field] of text.matchAll(/(?:^|,)"((?:[^"]|"")*)"/gm)) {
        assert.doesNotMatch(field, /^[=+\-@\t\r]/, `${path}: ${field.slice(0, 40)}`);
      }
      for (const [, field] of text.matchAll(/(?:^|,)([^",\r\n]+)/gm)) {
        assert.doesNotMatch(field, /^[=+@\t]|^-(?![\d.])/, `${path}: ${field}`);
      }
    }
    const marked = tables.filter(({ text }) => /"'=1\+1""'>/.test(text)).map(({ path }) => path);
    assert.ok(marked.some((path) => path.includes("/leaderboard/")));
    assert.ok(marked.some((path) => path.includes("/scores/")));
  });

  describe("in a browser", () => {
    let browser: Browser;
    let context: BrowserContext;
    let origin: string;
    const requested = new Set<string>();
    const troubles: string[] = [];

    beforeAll(async () => {
      origin = app.listen();
      browser = await launchBrowser();
      context = await browser.newContext();
      context.on("request", (request) => requested.add(new URL(request.url()).origin));
      context.on("dialog", (dialog) => {
        troubles.push(`a dialog: ${dialog.message()}`);
        return dialog.dismiss();
      });
      context.on("weberror", (error) => troubles.push(String(error.error())));
      context.on("console", (message) => {
        if (!/status of 4\d\d/.test(message.text())) troubles.push(message.text());
      });
    });
    afterAll(async () => {
      await browser?.close();
    });

    it("does nothing, on no page, and no page asks anybody else for anything", async () => {
      const page = await context.newPage();
      for (const path of someOfEachKind(of(/^text\/html/))) {
        await page.goto(origin + path, { waitUntil: "load" });
        const found = await page.evaluate(() => ({
          hacked: Reflect.get(globalThis, "hacked"),
          elements: document.querySelectorAll("img[src=x], [onerror], [onload]").length,
          scripts: [...document.scripts].filter(({ nonce }) => nonce === "").length,
          isolated: globalThis.crossOriginIsolated,
        }));
        assert.deepEqual(
          found,
          { hacked: undefined, elements: 0, scripts: 0, isolated: true },
          path,
        );
      }
      assert.deepEqual(troubles, []);
      assert.deepEqual([...requested], [origin]);
      await page.close();
    });

    it("leaves feeds and pictures well-formed", async () => {
      const page = await context.newPage();
      await page.goto(`${origin}/about`);
      const documents = of(/^(application\/atom|image\/svg)/);
      assert.ok(documents.length >= 4);
      for (const { path, text, type } of documents) {
        const error = await page.evaluate(([text, type]) => {
          const parsed = new DOMParser().parseFromString(text, type as DOMParserSupportedType);
          const scripts = parsed.querySelectorAll("script, [onload], [onerror]").length;
          return parsed.querySelector("parsererror")?.textContent ?? (scripts || null);
        }, [text, type.startsWith("image") ? "image/svg+xml" : "application/xml"]);
        assert.equal(error, null, path);
      }
      await page.close();
    });

    it("does nothing where a feed, a picture or an answer of the API is opened by itself", async () => {
      const page = await context.newPage();
      const shown = of(/^(application\/(atom|json)|image\/svg)/).filter((one) => !one.download);
      for (const path of someOfEachKind(shown)) {
        await page.goto(origin + path);
        assert.equal(await page.evaluate(() => Reflect.get(globalThis, "hacked")), undefined, path);
      }
      assert.deepEqual([...requested], [origin]);
      await page.close();
    });

    it("does nothing once the islands have taken their data", async () => {
      const page = await context.newPage();
      for (const path of [`/models/${ids.entry}`, `/submissions/${ids.failed}`]) {
        await page.goto(origin + path, { waitUntil: "networkidle" });
        assert.match(await page.locator("body").innerText(), /onerror=window\.hacked=1/);
        assert.equal(await page.evaluate(() => Reflect.get(globalThis, "hacked")), undefined);
      }
      assert.ok(SCRIPT_ADDRESS.startsWith("javascript:"));
      assert.deepEqual(troubles, []);
      await page.close();
    });
  });
});
