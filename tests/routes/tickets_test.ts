import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Account } from "../../lib/accounts/caller.ts";
import { applyScoreResult } from "../../lib/submissions/apply.ts";
import { applyVerification } from "../../lib/verification/apply.ts";
import { parseRecipe } from "../../lib/verification/parse_recipe.ts";
import type { Recipe } from "../../lib/verification/recipe.ts";
import { isTicketOf, type Ticket } from "../../lib/verification/ticket.ts";
import { TICKETS_PER_DAY } from "../../lib/verification/ticket_store.ts";
import { addAccount, bearer, sessionCookie } from "../support/accounts.ts";
import { addEntry, addScore } from "../support/entries.ts";
import { EXAMPLE_RECIPE } from "./example_run.ts";
import { openTestApp, type TestApp } from "./test_app.ts";

/** As people write it: no engine, no seed. */
function written(changes: Partial<Recipe> = {}): string {
  const { engine: _, seed: __, ...recipe } = { ...EXAMPLE_RECIPE, ...changes };
  return JSON.stringify(recipe);
}

describe("tickets", () => {
  let app: TestApp;
  let ada: Account;
  let cookie: string;
  beforeAll(async () => {
    app = await openTestApp();
    ada = await addAccount(app.services, { name: "Ada" });
    cookie = await sessionCookie(app.services, ada);
  });
  afterAll(() => app.close());

  const form = (recipe: string, headers: Record<string, string> = { cookie }) =>
    app.request("/tickets", {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
      body: new URLSearchParams({ recipe }),
    });
  const take = async (
    headers: Record<string, string>,
    body: unknown,
  ): Promise<{ status: number; answer: Ticket & { ofRecipe: number; recipe: unknown } }> => {
    const response = await app.request("/api/v1/tickets", {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    return { status: response.status, answer: await response.json() };
  };
  const page = async (path: string) => await (await app.request(path)).text();

  /** An entry of `account` with this recipe, scored as the job of its file would. */
  async function submitted(account: Account, recipe: Recipe): Promise<string> {
    const { db } = app.services;
    const entry = await addEntry(db, { account_id: account.id, author: account.name });
    await addScore(db, entry, "sort-6", 50);
    await db.transaction().execute((trx) =>
      applyScoreResult(trx, entry.id, {
        facts: {
          ...{ modelDigest: entry.model_digest!, parameters: 1000, recipe, chain: null },
          ...{ trainingFlops: 1e9, trainingTokens: 1e6, selfReportedMs: 1, recipeHash: null },
          ...{ config: recipe.model, dtype: "fp32", lossHistory: null, samples: [] },
        },
        ...{ scores: [], probes: [], twins: null, engineDigest: "e".repeat(64) },
      }, new Date())
    );
    return entry.id;
  }

  it("are explained to guests, who are asked to sign in", async () => {
    const text = await page("/tickets");
    assert.match(text, /sign in<\/a> to take one/);
    assert.ok(!text.includes("<textarea"));
    const refused = await form(written(), {});
    assert.equal(refused.status, 401);
    assert.match(await refused.text(), /This needs an account/);
    assert.equal((await take({}, { recipe: {} })).status, 401);
  });

  it("give the seed of a recipe by a form alone, and list it", async () => {
    const response = await form(written());
    const text = await response.text();
    assert.equal(response.status, 200);
    const [, json] = text.match(/<pre id="ticketed-recipe"[^>]*>(.*?)<\/pre>/s)!;
    const recipe = parseRecipe(JSON.parse(json.replaceAll("&quot;", '"')));
    const [, id] = text.match(/Ticket (\w+)<\/a> is the only ticket/)!;
    const ticket: Ticket = await (await app.request(`/api/v1/tickets/${id}`)).json();
    assert.equal(await isTicketOf(ticket, recipe), true);
    assert.equal(ticket.account, ada.id);
    const own = await (await app.request("/tickets", { headers: { cookie } })).text();
    assert.ok(own.includes(`/tickets/${id}`));
    assert.match(await page(`/tickets/${id}`), new RegExp(`<code>${recipe.seed}</code>`));
  });

  it("say what is wrong with a recipe and keep what was typed", async () => {
    for (
      const [text, message] of [
        ["{ no", /This is not JSON/],
        [written({ steps: 0 }), /Expected a number at least 1 at recipe.steps, got 0/],
        ["[]", /at recipe, got a list/],
      ] as const
    ) {
      const response = await form(text);
      assert.equal(response.status, 422);
      const answer = await response.text();
      assert.match(answer, message);
      assert.ok(answer.includes(text.replaceAll("&", "&amp;").replaceAll('"', "&quot;")), text);
    }
  });

  it("take a recipe or its hash from a program, and nothing else", async () => {
    const key = await bearer(app.services, ada);
    const whole = await take(key, { recipe: JSON.parse(written({ steps: 700 })) });
    assert.equal(whole.status, 201);
    assert.equal(await isTicketOf(whole.answer, parseRecipe(whole.answer.recipe)), true);
    const { commitment } = whole.answer;
    const hashed = await take(key, { commitment });
    assert.deepEqual([hashed.answer.ofRecipe, hashed.answer.recipe], [2, null]);
    assert.notEqual(hashed.answer.seed, whole.answer.seed);
    for (const body of [{}, { commitment: "x" }, { commitment, recipe: {} }]) {
      assert.equal((await take(key, body)).status, 422);
    }
    const worker = await bearer(app.services, await addAccount(app.services, { role: "admin" }), [
      "worker",
    ]);
    assert.equal((await take(worker, { commitment })).status, 403);
  });

  it("are counted: who draws a hundred seeds shows it on board, page, JSON and report", async () => {
    const shopper = await addAccount(app.services, { name: "Shopper" });
    const key = await bearer(app.services, shopper);
    const recipe = { ...EXAMPLE_RECIPE, steps: 800 };
    const drawn: Ticket[] = [];
    for (let i = 0; i < 5; i++) drawn.push((await take(key, { recipe })).answer);
    const id = await submitted(shopper, { ...recipe, seed: drawn[2].seed });
    assert.match(await page(`/models/${id}`), /is ticket 3 of 5 its account took for this recipe/);
    const { seedOrigin } = await (await app.request(`/api/v1/models/${id}`)).json();
    assert.deepEqual(
      [seedOrigin.kind, seedOrigin.ticket.id, seedOrigin.number, seedOrigin.ofRecipe],
      ["ticket", drawn[2].id, 3, 5],
    );
    // Another one afterwards: the count goes on.
    await take(key, { recipe });
    const board = await page("/leaderboard/sort-6?columns=seed&q=Shopper");
    assert.match(board, /1 of 6 tickets/);
    const reportId = await verified(id);
    const { statement } = await (await app.request(`/api/v1/reports/${reportId}`)).json();
    assert.deepEqual(
      [statement.predicate.ticket.id, statement.predicate.ticket.ofRecipe],
      [drawn[2].id, 6],
    );
  });

  it("belong to an account: somebody else's is a free seed, and said to be somebody's", async () => {
    const [owner, thief] = [await addAccount(app.services), await addAccount(app.services)];
    const recipe = { ...EXAMPLE_RECIPE, steps: 900 };
    const { answer } = await take(await bearer(app.services, owner), { recipe });
    const id = await submitted(thief, { ...recipe, seed: answer.seed });
    const text = await page(`/models/${id}`);
    assert.match(text, /Somebody else&#39;s ticket|Somebody else's ticket/);
    const { seedOrigin } = await (await app.request(`/api/v1/models/${id}`)).json();
    assert.deepEqual([seedOrigin.kind, seedOrigin.ticket.id], ["foreign", answer.id]);
    const { statement } = await (await app.request(`/api/v1/reports/${await verified(id)}`)).json();
    assert.equal(statement.predicate.ticket, null);
  });

  it("filter a board, one way and the other", async () => {
    const names = async (query: string) => {
      const { rows, unranked } = await (await app.request(
        `/api/v1/leaderboard/sort-6?${query}`,
      )).json();
      return [...rows, ...unranked] as { entryId: string; tickets: number | null }[];
    };
    const all = await names("");
    const [ticketed, free] = [await names("seed=ticket"), await names("seed=free")];
    assert.ok(ticketed.length > 0 && free.length > 0);
    assert.ok(ticketed.every(({ tickets }) => tickets !== null));
    assert.ok(free.every(({ tickets }) => tickets === null));
    // What has no recipe has no seed.
    assert.equal(all.length - ticketed.length - free.length, 1);
    assert.equal((await app.request("/leaderboard/sort-6?seed=lucky")).status, 422);
    const csv = await page("/api/v1/leaderboard/sort-6?format=csv&columns=seed");
    assert.match(csv.split("\n")[0], /,"tickets"/);
  });

  it("are no more than an account may take in a day", async () => {
    const eager = await addAccount(app.services);
    const row = (i: number) => ({
      ...{ id: `eager-${i}`, account_id: eager.id, commitment: "c".repeat(64), seed: i },
      nonce: `eager-${i}`,
      created_at: app.services.now(),
    });
    const rows = Array.from({ length: TICKETS_PER_DAY - 1 }, (_, i) => row(i));
    await app.services.db.insertInto("ticket").values(rows).execute();
    const key = await bearer(app.services, eager);
    const taken = await Promise.all([1, 2].map(() => take(key, { recipe: EXAMPLE_RECIPE })));
    assert.deepEqual(taken.map(({ status }) => status).sort(), [201, 429]);
  });

  it("are public, a hundred at a time, each once", async () => {
    const ids: string[] = [];
    for (let next: string | null = "/api/v1/tickets"; next !== null;) {
      const answer: { tickets: Ticket[]; next: string | null } = await (await app.request(next))
        .json();
      ids.push(...answer.tickets.map(({ id }) => id));
      next = answer.next;
    }
    const { count } = await app.services.db.selectFrom("ticket")
      .select((eb) => eb.fn.countAll<number>().as("count")).executeTakeFirstOrThrow();
    assert.equal(new Set(ids).size, count);
    assert.equal(ids.length, count);
    assert.equal((await app.request("/tickets/nobody")).status, 404);
  });

  async function verified(entryId: string): Promise<string> {
    const { db, signer } = app.services;
    const at = new Date();
    const instant = at.toISOString();
    return await db.transaction().execute((trx) =>
      applyVerification(trx, entryId, {
        result: {
          ...{ verdict: "exact", recipeHash: "a".repeat(64), engineDigest: "e".repeat(64) },
          ...{ firstDivergentStep: null, reasons: [], leavesCompared: 2, claimedHead: null },
          ...{ recomputedHead: null, weightDifference: null, losses: [], trainedDigest: null },
          ...{ segment: null, scores: [], verifiers: [], cost: { flops: 1, wallMs: 1 } },
        },
        ...{ startedAt: instant, finishedAt: instant },
      }, { at, signer })
    );
  }
});
