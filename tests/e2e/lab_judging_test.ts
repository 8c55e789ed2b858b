import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { PROTOCOL_NAMES, PROTOCOLS } from "../../lib/lab/judge/endpoint.ts";
import { addScores, createRater, scoresOf } from "../../lib/lab/score_store.ts";
import { openTestApp, type TestApp } from "../routes/test_app.ts";
import { launchBrowser } from "../support/browser.ts";
import { JUDGE_KEY, judgement, type JudgeServer, judgeServer } from "../support/judge_server.ts";
import { addLabSet, AT, type TestSet } from "../support/lab_sets.ts";

describe("judging, in a browser", () => {
  let app: TestApp;
  let browser: Browser;
  let page: Page;
  let base: string;
  let judge: JudgeServer;
  let made: TestSet;
  /** Everything that was sent to the board: addresses, headers, bodies. */
  const toBoard: string[] = [];
  let answer = (prompt: string): string => prompt && judgement({ A: 1 });

  beforeAll(async () => {
    app = await openTestApp({ guests: "on" });
    base = app.listen();
    judge = judgeServer(({ prompt }) => ({ text: answer(prompt) }));
    const { db } = app.services;
    made = await addLabSet(app.services, { reasoning: 8, plot: 0 });
    const person = await createRater(db, { kind: "human", name: "P", seed: 1, at: AT });
    await addScores(
      db,
      made.set.id,
      made.items.map(({ id }) => ({
        ...{ itemId: id, criterion: "reasoning-a", raterId: person.id, round: 0, value: 1 },
        ...{ note: null, judgeShown: false, at: AT },
      })),
    );
    browser = await launchBrowser();
    page = await browser.newPage();
    page.on("request", async (request) => {
      if (!request.url().startsWith(base)) return;
      toBoard.push(request.url(), request.postData() ?? "");
      toBoard.push(JSON.stringify(await request.allHeaders().catch(() => ({}))));
    });
    await page.goto(`${base}/lab/sets/${made.set.id}/score`);
    await page.getByLabel("Your name").fill("Ada");
    await page.getByRole("button", { name: "Begin" }).click();
    await page.locator('[data-scoring="ready"]').waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await judge?.[Symbol.asyncDispose]();
    await app?.close();
  });

  async function open(): Promise<void> {
    await page.goto(`${base}/lab/sets/${made.set.id}/judge`);
    await page.locator("button:not([disabled])", { hasText: "Ask the judge" }).waitFor();
  }

  async function ask(): Promise<void> {
    await page.getByRole("button", { name: "Ask the judge" }).click();
    await page.locator('[data-judge-run="done"], [data-judge-run="problem"]').waitFor();
  }

  for (const protocol of PROTOCOLS) {
    it(`asks by the protocol ${protocol}, and keeps what was said`, async () => {
      await open();
      await page.getByLabel("Protocol").selectOption({ label: PROTOCOL_NAMES[protocol] });
      await page.getByLabel("Model").fill(`judge-of-${protocol}`);
      await page.getByLabel("Address").fill(judge.url);
      await page.getByLabel("Key", { exact: true }).fill(JUDGE_KEY);
      await page.getByLabel("Price in").fill("2");
      await page.getByLabel("Price out").fill("10");
      judge.seen.length = 0;
      await ask();
      // 8 · (1000 · 2 + 50 · 10) / 1e6
      assert.match(
        await page.locator("[data-judge-run]").innerText(),
        /8 of 8 questions: 8000 tokens in, 400 out, cost 0\.0200/,
      );
      assert.equal(judge.seen.length, 8);
      assert.equal(judge.seen[0].protocol, protocol);
      const scores = await scoresOf(app.services.db, made.set.id);
      const raters = await app.services.db.selectFrom("lab_rater").selectAll().execute();
      const rater = raters.find(({ judge }) => judge?.model === `judge-of-${protocol}`)!;
      assert.equal(scores.filter(({ raterId }) => raterId === rater.id).length, 8);
    });
  }

  it("shows the gate, and that it is a judge's", async () => {
    await open();
    const run = page.locator(".judge-run").first();
    assert.match(await run.innerText(), /judge-of-gemini, run by Ada\s*judge/i);
    assert.match(await run.innerText(), /Reasoning A\s+8 of 8\s+100\.0 %/);
    assert.match(await run.innerText(), /too few to tell/);
  });

  it("asks only what is left after a reload, and lists what it could not read", async () => {
    answer = (prompt) => / 3: once/.test(prompt) ? "Hm." : judgement({ A: 1 });
    await open();
    await page.getByLabel("Model").fill("careless");
    await page.clock.install();
    await page.getByRole("button", { name: "Ask the judge" }).click();
    // The waits between the tries.
    while (await page.locator('[data-judge-run="done"]').count() === 0) {
      await page.clock.runFor(30_000);
    }
    await page.clock.resume();
    await page.reload();
    const run = page.locator(".judge-run").first();
    await run.locator("summary").click();
    assert.match(await run.innerText(), /7 questions scored/);
    assert.match(await run.innerText(), /Reasoning, unreadable: no scores in: "Hm\."/);
    judge.seen.length = 0;
    answer = () => judgement({ A: 1 });
    await page.locator("button:not([disabled])", { hasText: "Ask the judge" }).waitFor();
    await ask();
    assert.equal(judge.seen.length, 1);
  });

  it("says what the endpoint refuses", async () => {
    await open();
    await page.getByLabel("Model").fill("other");
    await page.getByLabel("Key", { exact: true }).fill("sk-wrong-key-of-a-visitor");
    await ask();
    assert.match(await page.locator("[data-judge-run]").innerText(), /answered 401.*\[key\]/);
  });

  it("gave the key to the judge alone, and forgets it with the tab", async () => {
    assert.ok(toBoard.length > 50);
    for (const said of toBoard) assert.doesNotMatch(said, /sk-/);
    for (const table of ["lab_rater", "lab_judge_run", "lab_score"] as const) {
      const rows = await app.services.db.selectFrom(table).selectAll().execute();
      assert.doesNotMatch(
        JSON.stringify(rows, (_, value) => typeof value === "bigint" ? String(value) : value),
        /sk-/,
      );
    }
    assert.equal(await page.evaluate(() => JSON.stringify(localStorage).includes("sk-")), false);
    await page.getByLabel("keep it in this browser").check();
    await ask();
    assert.equal(await page.evaluate(() => JSON.stringify(localStorage).includes("sk-")), true);
  });

  it("lets no other page connect elsewhere", async () => {
    const policy = async (path: string) =>
      (await app.request(path)).headers.get("content-security-policy")!;
    const judgePage = await policy(`/lab/sets/${made.set.id}/judge`);
    assert.match(
      judgePage,
      /connect-src 'self' https: http:\/\/127\.0\.0\.1:\* http:\/\/localhost:\*/,
    );
    assert.match(judgePage, /script-src 'self' 'nonce-/);
    for (const path of ["/lab", "/lab/templates", `/lab/sets/${made.set.id}/score`, "/about"]) {
      assert.match(await policy(path), /connect-src 'self'(;|$)/);
    }
  });
});
