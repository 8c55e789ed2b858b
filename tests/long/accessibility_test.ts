// Every page of the site in a real browser: what axe-core finds, what a keyboard sees, what is there
// without scripts. Pages come from the folder of routes, so a new one cannot be forgotten.

import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import axe from "axe-core";
import assert from "node:assert/strict";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { makeApiKey } from "../../lib/accounts/api_keys.ts";
import { decide } from "../../lib/moderation/decide.ts";
import { createRater } from "../../lib/lab/score_store.ts";
import { flagEntry } from "../../lib/moderation/flag.ts";
import { loadPublishedStudy } from "../../lib/lab/import_study.ts";
import { updateEntry } from "../../lib/submissions/store.ts";
import { addAccount, sessionCookie } from "../support/accounts.ts";
import { launchBrowser, noteProblems } from "../support/browser.ts";
import {
  LAB_ORDER,
  LAB_PROMPTS,
  LAB_RATERS,
  LAB_RUBRIC,
  LAB_SET,
  seedOrder,
} from "../support/lab_seed.ts";
import {
  barriers,
  BUT_CONTRAST,
  countShifts,
  hiddenFocus,
  onlyWithScripts,
  paleText,
  settled,
  tooWide,
} from "../support/page_looks.ts";
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
  "/lab/prompt-sets/[id]": [`/lab/prompt-sets/${LAB_PROMPTS}`],
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

/** Marks an address that an admin looks at. */
const MEMBER = "member";

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

function signedOut(): string[] {
  const paths = pagePaths();
  return [
    ...paths.flatMap((path) => path.includes("[") ? PARAMETERS[path] ?? [] : path),
    ...VARIANTS,
  ];
}

/** Pages looked at at a time: one is drawn while the other is asked for. */
const LANES = 2;

/** A page with scripts, the same without, and what the console said of it. */
interface Lane {
  page: Page;
  bare: Page;
  problems: string[];
}

describe("every page, in a browser", () => {
  let app: TestApp;
  let browser: Browser;
  let base: string;
  let lane: Lane;
  /** Of each address, signed in or not: fulfilled once it was looked at. */
  const looks = new Map<string, PromiseWithResolvers<void>>();

  beforeAll(async () => {
    [app, browser] = await Promise.all([openTestApp(), launchBrowser()]);
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
    const context = await browser.newContext({ viewport: WIDE, reducedMotion: "reduce" });
    await context.addInitScript({ content: axe.source });
    await context.addInitScript({ content: `(${countShifts})()` });
    const plain = await browser.newContext({ viewport: WIDE, javaScriptEnabled: false });
    const headers = { cookie: await moderated(app) };
    const lanes = await Promise.all(Array.from({ length: LANES + 1 }, () => open(context, plain)));
    lane = lanes.pop()!;
    const waiting = [...signedOut(), ...SIGNED_IN.map((address) => `${address} ${MEMBER}`)];
    for (const address of waiting) looks.set(address, Promise.withResolvers());
    for (const { promise } of looks.values()) promise.catch(() => {});
    for (const each of lanes) void work(each, waiting, headers);
  });
  afterAll(async () => {
    await browser?.close();
    await app?.close();
  });

  /** Looks at whatever nobody looks at yet, first the pages of those who are not signed in. */
  async function work(lane: Lane, waiting: string[], headers: Record<string, string>) {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [address, member] = next.split(" ");
      for (const each of [lane.page, lane.bare]) {
        await each.setExtraHTTPHeaders(member ? headers : {});
      }
      const { resolve, reject } = looks.get(next)!;
      await look(lane, address, member !== undefined).then(resolve, reject);
    }
  }

  it("is known to this test", () => {
    const missing = pagePaths().filter((path) => path.includes("[") && !PARAMETERS[path]);
    assert.deepEqual(missing, [], "add addresses of these pages to PARAMETERS");
  });

  it("is looked at with eyes that see", async () => {
    const { page, bare } = lane;
    await page.goto("about:blank");
    await page.setContent(`<html lang="en"><title>Bad</title><main><h1>Bad</h1>
      <p class="pale" style="color: #ccc; background: #fff">pale</p>
      <p class="pale" style="color: #000; background: #fff">dark</p>
      <p class="pale" style="color: #cbcbcb; background: #fff">paler</p>
      <div style="width: 3000px">wide</div>
      <a href="#" style="outline: none">unseen</a></main></html>`);
    // First of all: what moves soon after a key is no fault.
    await settled(page);
    await page.evaluate(() => document.querySelector("h1")!.before(new Image(500, 500)));
    assert.ok(await settled(page) > 0.01);
    assert.match((await barriers(page)).join(), /color-contrast/);
    const others = (await barriers(page, BUT_CONTRAST)).join();
    assert.match(others, /image-alt/);
    assert.doesNotMatch(others, /color-contrast/);
    const pale = await paleText(page);
    assert.deepEqual(pale.map((words) => />(\w+)</.exec(words)![1]), ["pale", "paler"]);
    assert.deepEqual(await paleText(page), [], "each kind of text is looked at once");
    await page.evaluate(() => document.querySelector("p")!.style.color = "#ddd");
    assert.match((await paleText(page)).join(), />pale</);
    assert.match((await tooWide(page)).join(), />wide</);
    assert.match((await hiddenFocus(page)).join(), />unseen</);
    await bare.setContent("<main><p>one</p><p>two</p><p>three</p></main>");
    assert.deepEqual(
      await onlyWithScripts(page, bare),
      ["Bad", "pale", "dark", "paler", "wide", "unseen"],
    );
  });

  async function look({ page, bare, problems }: Lane, address: string, member: boolean) {
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize(WIDE);
    problems.length = 0;
    await Promise.all([page.goto(base + address), bare.goto(base + address)]);
    assert.deepEqual(problems.filter((text) => !/status of 4\d\d/.test(text)), []);
    for (const each of member ? [page, bare] : []) {
      assert.match(await each.locator(".site-header").innerText(), /Grace Hopper/);
    }
    assert.deepEqual(await onlyWithScripts(page, bare), []);
    await page.evaluate(() => {
      for (const details of document.querySelectorAll("details")) details.open = true;
    });
    assert.deepEqual(await barriers(page, BUT_CONTRAST), [], "wide, light");
    assert.deepEqual(await paleText(page), [], "wide, light");
    assert.deepEqual(await hiddenFocus(page), []);
    await page.emulateMedia({ colorScheme: "dark" });
    assert.deepEqual(await paleText(page), [], "wide, dark");
    await page.setViewportSize(NARROW);
    assert.deepEqual(await paleText(page), [], "narrow, dark");
    assert.deepEqual(await barriers(page, BUT_CONTRAST), [], "narrow, dark");
    assert.deepEqual(await tooWide(page), []);
    await page.emulateMedia({ colorScheme: "light" });
    assert.deepEqual(await paleText(page), [], "narrow, light");
  }

  for (const address of signedOut()) {
    it(`has no barrier, shows the focus, fits a phone and needs no script: ${address}`, () =>
      looks.get(address)!.promise);
  }

  for (const address of SIGNED_IN) {
    it(`has no barrier for who is signed in either: ${address}`, () =>
      looks.get(`${address} ${MEMBER}`)!.promise);
  }

  for (const address of STEADY) {
    for (const [name, size] of Object.entries({ wide: WIDE, narrow: NARROW })) {
      it(`does not move while it loads, ${name}: ${address}`, async () => {
        const { page } = lane;
        await page.setViewportSize(size);
        await page.goto(base + address);
        const shift = await settled(page);
        assert.ok(shift < 0.01, `moved by ${shift}`);
      });
    }
  }
});

async function open(context: BrowserContext, plain: BrowserContext): Promise<Lane> {
  const [page, bare] = await Promise.all([context.newPage(), plain.newPage()]);
  const problems: string[] = [];
  noteProblems(page, problems);
  return { page, bare, problems };
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
