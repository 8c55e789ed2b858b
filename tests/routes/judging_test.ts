import { afterAll, beforeAll, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { scoresOf } from "../../lib/lab/score_store.ts";
import { addScores, createRater } from "../../lib/lab/score_store.ts";
import { saveJudgeTemplate } from "../../lib/lab/store.ts";
import { addAccount, bearer } from "../support/accounts.ts";
import { cliWith } from "../support/cli.ts";
import {
  JUDGE_KEY,
  judgement,
  type JudgeServer,
  judgeServer,
  type Reply,
  type SeenQuestion,
} from "../support/judge_server.ts";
import { addLabSet, AT, type TestSet } from "../support/lab_sets.ts";
import { openTestApp, type TestApp } from "./test_app.ts";

const TEMPLATE = "{#criteria}{label}: {text}\n{/criteria}{prompt}|{completion}";
/** As many as the gate asks for. */
const SCORED = 30;

describe("judging over HTTP", () => {
  let app: TestApp;
  let base: string;
  let judge: JudgeServer;
  let key: string;
  let folder: string;
  let reply: (question: SeenQuestion, nth: number) => Reply;

  beforeAll(async () => {
    app = await openTestApp({ guests: "on" });
    base = app.listen();
    judge = judgeServer((question, nth) => reply(question, nth));
    const { authorization } = await bearer(app.services, await addAccount(app.services));
    key = authorization.replace("Bearer ", "");
    folder = await Deno.makeTempDir({ prefix: "tinyproof-judge-" });
    await saveJudgeTemplate(app.services.db, {
      ...{ slug: "short", name: "Short", text: TEMPLATE, source: "" },
    }, { accountId: null, at: AT });
  });
  afterAll(async () => {
    await judge[Symbol.asyncDispose]();
    await app.close();
    await Deno.remove(folder, { recursive: true });
  });
  beforeEach(() => {
    judge.seen.length = 0;
  });

  /** A set of which a person has scored the first `scored` stories of Reasoning: 1 each. */
  async function scoredSet(scored: number, reasoning = scored): Promise<TestSet> {
    const made = await addLabSet(app.services, { reasoning, plot: 0 });
    const { db } = app.services;
    const person = await createRater(db, { kind: "human", name: "P", seed: 1, at: AT });
    await addScores(
      db,
      made.set.id,
      made.items.slice(0, scored).map(({ id }) => ({
        ...{ itemId: id, criterion: "reasoning-a", raterId: person.id, round: 0, value: 1 },
        ...{ note: null, judgeShown: false, at: AT },
      })),
    );
    return made;
  }

  function cli(set: string, ...words: string[]) {
    return cliWith(
      { TINYPROOF_KEY: key, TINYPROOF_JUDGE_KEY: JUDGE_KEY },
      ...["lab", "judge", set, "--server", base, "--protocol", "anthropic", "--model", "j-1"],
      ...["--base", judge.url, "--template", "short", "--keep", folder, "--json", ...words],
    );
  }

  it("asks what people scored, keeps each answer once, and tells tokens, cost and the gate", async () => {
    const { set } = await scoredSet(SCORED, SCORED + 5);
    reply = ({ prompt }) => ({ text: judgement({ A: / 1: once/.test(prompt) ? 0 : 1 }) });
    const { code, stdout } = await cli(set.id, "--price-in", "1", "--price-out", "10");
    assert.equal(code, 0, stdout);
    const { end, asked, run } = JSON.parse(stdout);
    assert.equal(end, "done");
    assert.equal(asked.total, SCORED);
    assert.equal(judge.seen.length, SCORED);
    assert.equal(run.judge.madeBy, "judge");
    assert.equal(run.progress.scored, SCORED);
    assert.equal(run.progress.inputTokens, 1000 * SCORED);
    assert.ok(Math.abs(run.progress.cost - SCORED * 0.0015) < 1e-9);
    const [gate] = run.gate;
    assert.deepEqual([gate.agreed, gate.pairs, gate.verdict], [29, 30, "passed, barely"]);
    const scores = await scoresOf(app.services.db, set.id, { raterId: run.judge.id });
    assert.equal(scores.length, SCORED);
    assert.equal(scores[0].note, "Because of A.");
    assert.doesNotMatch(stdout, new RegExp(JUDGE_KEY));
  });

  it("lets a judge that has passed score a new set, and no criterion it has not", async () => {
    const { set, rubric } = await addLabSet(app.services, { reasoning: 3, plot: 2 });
    assert.equal(rubric.criteria.length, 3);
    reply = () => ({ text: judgement({ A: 1 }) });
    const { code, stdout } = await cli(set.id);
    assert.equal(code, 0, stdout);
    assert.ok(judge.seen.every(({ prompt }) => /Reasoning/.test(prompt)));
    assert.equal(JSON.parse(stdout).asked.total, 3);
  });

  it("refuses one that has not", async () => {
    const { set } = await addLabSet(app.services, { reasoning: 3 });
    const { code, stderr } = await cli(set.id, "--model", "j-2");
    assert.equal(code, 1);
    assert.match(stderr, /has not passed the gate/);
    assert.equal(judge.seen.length, 0);
  });

  it("lists what it could not read, and the next run asks only that again", async () => {
    const { set } = await scoredSet(6);
    reply = ({ prompt }) =>
      / 2: once/.test(prompt) ? { text: "Lovely." } : { text: judgement({ A: 1 }) };
    const first = JSON.parse((await cli(set.id, "--retries", "0", "--model", "j-3")).stdout);
    assert.equal(first.run.progress.scored, 5);
    const [failure] = first.run.progress.failures;
    assert.equal(failure.status, "unreadable");
    assert.match(failure.reason, /Lovely/);
    judge.seen.length = 0;
    reply = () => ({ text: judgement({ A: 0.5 }) });
    const second = JSON.parse((await cli(set.id, "--model", "j-3")).stdout);
    assert.equal(judge.seen.length, 1);
    assert.deepEqual(second.run.progress.failures, []);
    assert.equal(second.run.progress.scored, 6);
    assert.equal(second.run.id, first.run.id);
  });

  it("keeps a wrong key to itself", async () => {
    const { set } = await scoredSet(1);
    const { code, stderr } = await cliWith(
      { TINYPROOF_KEY: key, TINYPROOF_JUDGE_KEY: "sk-wrong-and-secret" },
      ...["lab", "judge", set.id, "--server", base, "--protocol", "openai", "--model", "x"],
      ...["--base", judge.url, "--template", "short", "--keep", folder],
    );
    assert.equal(code, 1);
    assert.match(stderr, /answered 401.*\[key\]/);
    assert.doesNotMatch(stderr, /sk-wrong/);
  });

  it("takes no score that was not asked for, and none of another's run", async () => {
    const { set, items } = await scoredSet(2, 3);
    const { templates } = await (await app.request("/api/v1/lab/templates")).json();
    const template = templates.find(({ slug }: { slug: string }) => slug === "short");
    const mine = { "content-type": "application/json", authorization: `Bearer ${key}` };
    const call = (path: string, body: unknown, headers: HeadersInit = mine) =>
      app.request(`/api/v1/lab/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    const begun = await (await call(`sets/${set.id}/judge-runs`, {
      ...{ templateId: template.id, protocol: "openai", model: "j-4" },
    })).json();
    assert.equal(begun.tasks.length, 2);
    const outcome = (fields = {}) => ({
      ...{ key: crypto.randomUUID(), itemId: items[0].id, category: "Reasoning", tries: 1 },
      ...{ usage: { inputTokens: 1, outputTokens: 1 }, cost: null, status: "scored" },
      verdicts: [{ label: "A", score: 1, explanation: "" }],
      ...fields,
    });
    const address = `judge-runs/${begun.id}/outcomes`;
    const wrong = [
      outcome({ itemId: items[2].id }),
      outcome({ verdicts: [{ label: "B", score: 1, explanation: "" }] }),
      outcome({ verdicts: [{ label: "A", score: 0.7, explanation: "" }] }),
    ];
    for (const each of wrong) {
      assert.equal((await call(address, { outcomes: [outcome(), each] })).status, 422);
    }
    const other = await bearer(app.services, await addAccount(app.services));
    const stranger = await call(address, { outcomes: [outcome()] }, { ...mine, ...other });
    assert.equal(stranger.status, 403);
    const run = async () =>
      (await (await app.request(`/api/v1/lab/judge-runs/${begun.id}`)).json()).progress;
    assert.equal((await run()).scored, 0);
    const good = outcome();
    for (let sent = 0; sent < 2; sent++) {
      assert.equal((await call(address, { outcomes: [good] })).status, 200);
    }
    assert.deepEqual([(await run()).scored, (await run()).inputTokens], [1, 1]);
  });

  it("keeps a template of one's own, and nobody else's under its name", async () => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${key}` };
    const save = (fields: object) =>
      app.request("/api/v1/lab/templates", {
        ...{ method: "POST", headers },
        body: JSON.stringify({ slug: "mine", name: "Mine", text: TEMPLATE, ...fields }),
      });
    assert.equal((await (await save({})).json()).version, 1);
    const next = await save({ text: `${TEMPLATE}!` });
    assert.equal(next.status, 201);
    assert.equal((await next.json()).version, 2);
    assert.equal((await save({ slug: "short" })).status, 422);
    assert.equal((await save({ text: "{prompt} only" })).status, 422);
  });
});
