// Every page of the site in a real browser: what axe-core finds, what a keyboard sees, what is there
// without scripts. Pages come from the folder of routes, so a new one cannot be forgotten.

import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import axe from "axe-core";
import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { makeApiKey } from "../../lib/accounts/api_keys.ts";
import { decide } from "../../lib/moderation/decide.ts";
import { createRater } from "../../lib/lab/score_store.ts";
import { flagEntry } from "../../lib/moderation/flag.ts";
import { loadPublishedStudy } from "../../lib/lab/import_study.ts";
import { updateEntry } from "../../lib/submissions/store.ts";
import { addAccount, sessionCookie } from "../support/accounts.ts";
import { launchBrowser } from "../support/browser.ts";
import { LAB_ORDER, LAB_RATERS, LAB_RUBRIC, LAB_SET, seedOrder } from "../support/lab_seed.ts";
import { putReplay } from "../../lib/verification/replay_store.ts";
import { spotParts } from "../../lib/verification/spot_check.ts";
import { sourceFiles } from "../support/source_files.ts";
import { TICKET_ID, WITHDRAWAL_KEY } from "../routes/seed.ts";
import { openTestApp, type TestApp } from "../routes/test_app.ts";

/** Addresses of every page whose path has a parameter, from the rows of tests/routes/seed.ts. */
const PARAMETERS: Record<string, string[]> = {
  "/authors/[author]": ["/authors/gallery"],
  "/corpora/[id]": ["/corpora/tinyshakespeare"],
  "/docs/[name]": ["/docs/provenance", "/docs/exactness"],
  // Its owner's alone: see SIGNED_IN.
  "/lab/orders/[id]": [],
  "/lab/rubrics/[slug]": [`/lab/rubrics/${LAB_RUBRIC}`],
  "/lab/rubrics/[slug]/edit": [`/lab/rubrics/${LAB_RUBRIC}/edit`],
  "/lab/sets/[id]": [`/lab/sets/${LAB_SET}`],
  "/lab/sets/[id]/analysis": [`/lab/sets/${LAB_SET}/analysis`],
  "/lab/sets/[id]/review": [
    `/lab/sets/${LAB_SET}/review?a=${LAB_RATERS.anna}&b=${LAB_RATERS.judge}`,
  ],
  "/lab/sets/[id]/items": [`/lab/sets/${LAB_SET}/items`],
  "/lab/sets/[id]/judge": [`/lab/sets/${LAB_SET}/judge`],
  "/lab/sets/[id]/score": [`/lab/sets/${LAB_SET}/score`],
  "/leaderboard/[benchmark]": ["/leaderboard/tinystories-ppl"],
  "/leaderboard/[benchmark]/pareto": ["/leaderboard/tinystories-ppl/pareto"],
  "/leaderboard/[benchmark]/records": ["/leaderboard/sort-6/records"],
  "/models/[id]": [
    "/models/gone",
    "/models/bard",
    "/models/oracle",
    "/models/broken",
    "/models/import",
  ],
  "/models/[id]/scores/[benchmark]": [
    "/models/stories/scores/sort-6",
    "/models/stories/scores/tinystories-ppl?version=1",
  ],
  "/reports/[id]": ["/reports/report-exact", "/reports/report-cheat"],
  "/tickets/[id]": [`/tickets/${TICKET_ID}`],
  "/submissions/[id]": [
    "/submissions/broken",
    "/submissions/evil",
    "/submissions/gone",
    `/submissions/bard?key=${WITHDRAWAL_KEY}`,
  ],
  "/submissions/[id]/states": [`/submissions/bard/states?key=${WITHDRAWAL_KEY}`],
  "/submissions/[id]/withdraw": [`/submissions/bard/withdraw?key=${WITHDRAWAL_KEY}`],
};

/** States of a page that look different from the page itself. */
const VARIANTS = [
  "/nothing",
  "/leaderboard/shakespeare-ppl",
  "/leaderboard/sort-6?q=e&state=exact,pending&sort=score-per-flop",
  "/compare?models=stories,bard",
  "/compare?models=stories,bard,evil,import",
  "/audit?verdict=mismatch",
  "/models/lost",
  "/playground?entry=stories",
  "/playground/generate?entry=bard",
];

/** As an admin sees them. */
const SIGNED_IN = [
  "/account",
  "/account/delete",
  "/lab/generate",
  `/lab/orders/${LAB_ORDER}`,
  `/lab/sets/${LAB_SET}/score?mode=isolated&repeats=0`,
  "/models/evil",
  "/tickets",
  "/moderation",
  "/moderation/accounts",
  "/moderation?queue=flagged",
];

/** Pages that promise not to move while they load. */
const STEADY = ["/leaderboard/tinystories-ppl", "/models/bard", "/leaderboard/sort-6/pareto"];

const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 375, height: 800 };

/** Files of pages as paths: "routes/models/[id]/index.tsx" → "/models/[id]". */
function pagePaths(): string[] {
  return sourceFiles("routes/")
    .filter((file) => /\/[^_/][^/]*\.tsx$/.test(file))
    .map((file) => file.slice("routes".length, -".tsx".length).replace(/\/index$/, "") || "/");
}

function addresses(): string[] {
  const paths = pagePaths();
  return [
    ...paths.flatMap((path) => path.includes("[") ? PARAMETERS[path] ?? [] : path),
    ...VARIANTS,
  ];
}

describe("every page, in a browser", () => {
  let app: TestApp;
  let browser: Browser;
  let base: string;
  let page: Page;
  /** The same without scripts. */
  let bare: Page;
  /** Both of an admin, on a board where something was decided. */
  let own: Page;
  let ownBare: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    app = await openTestApp();
    await loadPublishedStudy(
      app.services,
      new URL("../../data/lab/tinyscalelab/", import.meta.url),
    );
    await app.services.db.transaction().execute((trx) =>
      putReplay(trx, {
        ...{ entryId: "bard", task: "sample", askedBy: null, nonce: "ab".repeat(32) },
        ...{ deadline: new Date("2030-01-01"), parts: spotParts(12, [2, 7]) },
      })
    );
    base = app.listen();
    browser = await launchBrowser();
    const context = await browser.newContext({ viewport: WIDE, reducedMotion: "reduce" });
    await context.addInitScript({ content: axe.source });
    await context.addInitScript({ content: `(${countShifts})()` });
    const plain = await browser.newContext({ viewport: WIDE, javaScriptEnabled: false });
    page = await context.newPage();
    bare = await plain.newPage();
    own = await context.newPage();
    ownBare = await plain.newPage();
    const cookie = await moderated(app);
    for (const each of [own, ownBare]) await each.setExtraHTTPHeaders({ cookie });
    for (const each of [page, own]) {
      each.on("pageerror", (error) => problems.push(String(error)));
      each.on("console", (message) => {
        if (message.type() === "error") problems.push(message.text());
      });
    }
  });
  afterAll(async () => {
    await browser?.close();
    await app?.close();
  });

  it("is known to this test", () => {
    const missing = pagePaths().filter((path) => path.includes("[") && !PARAMETERS[path]);
    assert.deepEqual(missing, [], "add addresses of these pages to PARAMETERS");
  });

  it("is looked at with eyes that see", async () => {
    await page.goto("about:blank");
    await page.setContent(`<html lang="en"><title>Bad</title><main><h1>Bad</h1>
      <p style="color: #ccc; background: #fff">pale</p><div style="width: 3000px">wide</div>
      <a href="#" style="outline: none">unseen</a></main></html>`);
    // First of all: what moves soon after a key is no fault.
    await settled(page);
    await page.evaluate(() => document.querySelector("h1")!.before(new Image(500, 500)));
    assert.ok(await settled(page) > 0.01);
    assert.match((await barriers(page)).join(), /color-contrast/);
    assert.match((await tooWide(page)).join(), />wide</);
    assert.match((await hiddenFocus(page)).join(), />unseen</);
    await bare.setContent("<main><p>one</p><p>two</p><p>three</p></main>");
    assert.deepEqual(await onlyWithScripts(page, bare), ["Bad", "pale", "wide", "unseen"]);
  });

  /** `bare` is the page without scripts. */
  async function look(page: Page, bare: Page, address: string): Promise<void> {
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize(WIDE);
    problems.length = 0;
    await Promise.all([page.goto(base + address), bare.goto(base + address)]);
    assert.deepEqual(problems.filter((text) => !/status of 4\d\d/.test(text)), []);
    assert.deepEqual(await onlyWithScripts(page, bare), []);
    await page.evaluate(() => {
      for (const details of document.querySelectorAll("details")) details.open = true;
    });
    assert.deepEqual(await barriers(page), [], "wide, light");
    assert.deepEqual(await hiddenFocus(page), []);
    await page.emulateMedia({ colorScheme: "dark" });
    assert.deepEqual(await barriers(page, ["color-contrast"]), [], "wide, dark");
    await page.setViewportSize(NARROW);
    assert.deepEqual(await barriers(page), [], "narrow, dark");
    assert.deepEqual(await tooWide(page), []);
    await page.emulateMedia({ colorScheme: "light" });
    assert.deepEqual(await barriers(page, ["color-contrast"]), [], "narrow, light");
  }

  for (const address of addresses()) {
    it(`has no barrier, shows the focus, fits a phone and needs no script: ${address}`, () =>
      look(page, bare, address));
  }

  for (const address of SIGNED_IN) {
    it(`has no barrier for who is signed in either: ${address}`, async () => {
      await look(own, ownBare, address);
      for (const each of [own, ownBare]) {
        assert.match(await each.locator(".site-header").innerText(), /Grace Hopper/);
      }
    });
  }

  for (const address of STEADY) {
    for (const [name, size] of Object.entries({ wide: WIDE, narrow: NARROW })) {
      it(`does not move while it loads, ${name}: ${address}`, async () => {
        await page.setViewportSize(size);
        await page.goto(base + address, { waitUntil: "networkidle" });
        const shift = await settled(page);
        assert.ok(shift < 0.01, `moved by ${shift}`);
      });
    }
  }
});

/** Runs in the page, before it: adds up what moves without the visitor's doing. */
function countShifts(): void {
  let sum = 0;
  const add = (entries: PerformanceEntryList) => {
    for (const entry of entries) {
      const { value, hadRecentInput } = entry as unknown as Record<string, number>;
      if (!hadRecentInput) sum += value;
    }
  };
  const observer = new PerformanceObserver((list) => add(list.getEntries()));
  observer.observe({ type: "layout-shift", buffered: true });
  Reflect.set(globalThis, "shifted", () => {
    add(observer.takeRecords());
    return sum;
  });
}

/** How far things have moved so far, once two more frames are drawn. */
async function settled(page: Page): Promise<number> {
  return await page.evaluate(() =>
    new Promise<number>((resolve) =>
      requestAnimationFrame(() =>
        requestAnimationFrame(() => resolve(Reflect.get(globalThis, "shifted")()))
      )
    )
  );
}

/** What axe-core finds, in words; `rules` are all when not given. */
async function barriers(page: Page, rules?: string[]): Promise<string[]> {
  const options = {
    resultTypes: ["violations"],
    ...rules ? { runOnly: { type: "rule", values: rules } } : {},
  };
  return await page.evaluate(async (options) => {
    const { violations } = await Reflect.get(globalThis, "axe").run(document, options);
    return violations.flatMap((
      { id, nodes }: { id: string; nodes: { html: string; failureSummary: string }[] },
    ) => nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`));
  }, options);
}

/** Elements that stand out of the page to the right, when the page can be scrolled across. */
async function tooWide(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    return [...document.body.querySelectorAll("*")]
      .filter((element) => element.getBoundingClientRect().right > clientWidth + 1)
      .map((element) => element.outerHTML.slice(0, 120)).slice(0, 5);
  });
}

/** What can have the focus and does not show it. */
async function hiddenFocus(page: Page): Promise<string[]> {
  // From here on the browser takes it that a keyboard moves the focus.
  await page.keyboard.press("Tab");
  return await page.evaluate(() => {
    const reached = 'a[href], button, input, select, textarea, summary, [tabindex="0"]';
    const shown = (element: Element) => {
      const marks = [element, ...element.querySelectorAll("ellipse")].map((each) =>
        getComputedStyle(each)
      );
      return marks.some(({ outlineStyle, outlineWidth, strokeWidth, stroke, display }) =>
        (outlineStyle !== "none" && parseFloat(outlineWidth) >= 2) ||
        (display === "inline" && stroke !== "none" && parseFloat(strokeWidth) >= 3)
      );
    };
    return [...document.querySelectorAll<HTMLElement>(reached)]
      .filter((element) => element.tabIndex >= 0 && element.checkVisibility())
      .filter((element) => {
        element.focus({ preventScroll: true });
        return document.activeElement === element && !shown(element);
      })
      .map((element) => element.outerHTML.slice(0, 160));
  });
}

/** Lines that are there to read with scripts and are missing without; ages go on meanwhile, and each
 * request has a name of its own. */
async function onlyWithScripts(page: Page, bare: Page): Promise<string[]> {
  const [lines, known] = await Promise.all([page, bare].map(linesOf));
  assert.ok(known.length > 1);
  return lines.filter((line) =>
    !known.includes(line) && !/ ago$|^just now$|name the request: /.test(line)
  );
}

async function linesOf(page: Page): Promise<string[]> {
  const text = await page.locator("main").evaluate((main: HTMLElement) => {
    for (const each of main.querySelectorAll<HTMLElement>("[data-needs-script]")) {
      each.hidden = true;
    }
    const text = main.innerText;
    for (const each of main.querySelectorAll<HTMLElement>("[data-needs-script]")) {
      each.hidden = false;
    }
    return text;
  });
  return text.split("\n").map((line) => line.trim()).filter(Boolean);
}

/** The Cookie of an admin, once readers have flagged and moderators decided something. */
async function moderated({ services }: TestApp): Promise<string> {
  const admin = await addAccount(services, { name: "Grace Hopper", role: "admin" });
  await makeApiKey(services.auth, services.db, admin, { name: "k", scopes: ["submit"], days: 90 });
  await flagEntry(services, "evil", { account: admin, address: "" }, { reason: "A script" });
  await updateEntry(services.db, "oracle", { visibility: "held" });
  for (const act of ["feature", "hide"]) {
    await decide(services, admin, { act, entry: "lost", reason: "Its corpus is lost for good." });
  }
  await decide(services, admin, { act: "ban", author: "spam", reason: "Advertising" });
  await createRater(services.db, {
    ...{ kind: "human", name: admin.name, seed: 1, accountId: admin.id, at: services.now() },
  });
  await seedOrder(services, admin.id);
  return await sessionCookie(services, admin);
}
