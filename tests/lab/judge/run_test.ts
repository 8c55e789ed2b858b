import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { JudgeRefusal } from "../../../lib/lab/judge/ask.ts";
import { type Endpoint, type Protocol, PROTOCOLS } from "../../../lib/lab/judge/endpoint.ts";
import {
  type JudgeOutcome,
  type JudgeRun,
  type JudgeTask,
  runJudge,
} from "../../../lib/lab/judge/run.ts";
import {
  JUDGE_KEY,
  judgement,
  type JudgeServer,
  judgeServer,
  type Reply,
  TOLD_USAGE,
} from "../../support/judge_server.ts";

const TEMPLATE = "{#criteria}{label}: {text}\n{/criteria}Prompt: {prompt}\nStory: {completion}";
const CRITERIA = [{ label: "A", text: "It rhymes" }, { label: "B", text: "It ends" }];
const GOOD: Reply = { text: judgement({ A: "0.5", B: "1.0" }) };

function tasks(count: number): JudgeTask[] {
  return Array.from({ length: count }, (_, i) => ({
    itemId: `item${i}`,
    category: "Plot",
    criteria: CRITERIA,
    prompt: "Once",
    completion: ` story ${i}`,
  }));
}

function endpoint({ url }: JudgeServer, protocol: Protocol): Endpoint {
  return { protocol, baseUrl: url, model: "judge-1", temperature: 0, maxTokens: 500 };
}

async function run(
  server: JudgeServer,
  options: Partial<JudgeRun> = {},
  protocol: Protocol = "openai",
) {
  const outcomes: JudgeOutcome[] = [];
  const waits: number[] = [];
  const ended = await runJudge({
    endpoint: endpoint(server, protocol),
    key: JUDGE_KEY,
    fetch,
    timeoutMs: 10_000,
    retries: 3,
    firstWaitMs: 100,
    wait: (ms) => (waits.push(ms), Promise.resolve()),
    template: TEMPLATE,
    levels: [0, 0.5, 1],
    tasks: tasks(1),
    concurrency: 2,
    price: null,
    mostCost: null,
    onOutcome: (outcome) => void outcomes.push(outcome),
    ...options,
  });
  return { ...ended, outcomes, waits };
}

const FAULTS: [string, Reply, RegExp][] = [
  ["429", { status: 429, body: "slow down" }, /429: slow down/],
  ["500", { status: 500 }, /answered 500/],
  ["Anthropic's 529", { status: 529 }, /529/],
  ["broken JSON", { raw: '{"choices": [' }, /no JSON/],
  ["another protocol's answer", { raw: '{"hello": 1}' }, /no answer of that protocol/],
];

const UNREADABLE: [string, string, RegExp][] = [
  ["a score that the rubric has not", judgement({ A: "0.75", B: 1 }), /A has the score "0.75"/],
  ["a missing criterion", judgement({ A: 1 }), /criterion B has no score/],
  ["prose", "A lovely story.", /no scores in: "A lovely story."/],
];

describe("a judge's run", () => {
  for (const protocol of PROTOCOLS) {
    describe(protocol, () => {
      it("sends the filled template with the key and reads scores, tokens and cost", async () => {
        await using server = judgeServer(() => GOOD);
        const { outcomes, progress, end } = await run(server, {
          tasks: tasks(3),
          price: { input: 2, output: 10 },
        }, protocol);
        assert.equal(end, "done");
        assert.deepEqual(outcomes.map(({ itemId }) => itemId).sort(), ["item0", "item1", "item2"]);
        const [first] = outcomes;
        assert.ok(first.status === "scored");
        assert.deepEqual(first.verdicts, [
          { label: "A", score: 0.5, explanation: "Because of A." },
          { label: "B", score: 1, explanation: "Because of B." },
        ]);
        assert.deepEqual(first.usage, TOLD_USAGE);
        // 3 · (1000 · 2 + 50 · 10) / 1e6
        assert.equal(progress.cost, 0.0075);
        assert.equal(server.seen[0].model, "judge-1");
        assert.match(
          server.seen[0].prompt,
          /^A: It rhymes\nB: It ends\nPrompt: Once\nStory: {2}st/,
        );
      });

      for (const [name, fault, reason] of FAULTS) {
        it(`asks again after ${name}, and gives up after four tries`, async () => {
          await using server = judgeServer((_, nth) => nth < 2 ? fault : GOOD);
          const mended = await run(server, {}, protocol);
          assert.equal(mended.outcomes[0].status, "scored");
          assert.equal(mended.outcomes[0].tries, 3);
          assert.deepEqual(mended.waits, [100, 200]);

          await using broken = judgeServer(() => fault);
          const { outcomes: [outcome] } = await run(broken, {}, protocol);
          assert.ok(outcome.status === "failed");
          assert.match(outcome.reason, reason);
          assert.equal(broken.seen.length, 4);
        });
      }
    });
  }

  for (const [name, text, reason] of UNREADABLE) {
    it(`asks again after ${name}, then lists it with what was said and paid`, async () => {
      await using server = judgeServer((_, nth) => nth === 0 ? { text } : GOOD);
      const mended = await run(server);
      assert.equal(mended.outcomes[0].status, "scored");
      assert.equal(mended.progress.usage.inputTokens, 2 * TOLD_USAGE.inputTokens);

      await using broken = judgeServer(() => ({ text }));
      const { outcomes: [outcome], progress } = await run(broken);
      assert.ok(outcome.status === "unreadable");
      assert.match(outcome.reason, reason);
      assert.equal(outcome.text, text);
      assert.equal(progress.unreadable, 1);
      assert.equal(progress.usage.outputTokens, 4 * TOLD_USAGE.outputTokens);
    });
  }

  it("waits as long as Retry-After says, and no longer than a minute", async () => {
    await using server = judgeServer((_, nth) =>
      nth === 0
        ? { status: 429, headers: { "retry-after": "7" } }
        : nth === 1
        ? { status: 503, headers: { "retry-after": "86400" } }
        : GOOD
    );
    assert.deepEqual((await run(server)).waits, [7000, 60_000]);
  });

  it("asks again when no answer comes in time", async () => {
    await using server = judgeServer((_, nth) => nth === 0 ? "silence" : GOOD);
    const { outcomes: [outcome] } = await run(server, { timeoutMs: 150 });
    assert.equal(outcome.status, "scored");
    assert.equal(outcome.tries, 2);
  });

  it("says that an endpoint cannot be reached", async () => {
    const server = judgeServer(() => GOOD);
    await server[Symbol.asyncDispose]();
    const { outcomes: [outcome] } = await run(server);
    assert.ok(outcome.status === "failed");
    assert.match(outcome.reason, /could not be reached/);
  });

  it("stops at once when the key is refused, and never repeats the key", async () => {
    await using server = judgeServer(() => GOOD);
    const key = "sk-someone-elses-secret";
    await assert.rejects(
      run(server, { key, tasks: tasks(20) }),
      (error: unknown) => {
        assert.ok(error instanceof JudgeRefusal);
        assert.match(error.message, /401.*wrong key \[key\]/);
        assert.match(error.problem.fix!, /Check the key/);
        assert.doesNotMatch(JSON.stringify(error) + error.stack, new RegExp(key));
        return true;
      },
    );
    assert.equal(server.seen.length, 0);
  });

  it("keeps as many questions open as asked for, and no more", async () => {
    let reached = 0;
    const all = Promise.withResolvers<void>();
    await using server = judgeServer(async () => {
      if (++reached === 3) all.resolve();
      await all.promise;
      return GOOD;
    });
    const { progress } = await run(server, { tasks: tasks(12), concurrency: 3 });
    assert.equal(progress.done, 12);
    assert.equal(server.mostOpen, 3);
  });

  it("begins no question once the budget is spent", async () => {
    await using server = judgeServer(() => GOOD);
    const { end, progress } = await run(server, {
      tasks: tasks(10),
      concurrency: 1,
      price: { input: 1000, output: 0 },
      mostCost: 3,
    });
    assert.equal(end, "budget");
    assert.equal(progress.done, 3);
    assert.equal(server.seen.length, 3);
  });

  it("can be stopped; what was asked for and not answered is not reported", async () => {
    const stop = new AbortController();
    await using server = judgeServer((_, nth) => {
      if (nth < 2) return GOOD;
      stop.abort();
      return "silence";
    });
    const { end, outcomes } = await run(server, {
      tasks: tasks(6),
      concurrency: 1,
      signal: stop.signal,
    });
    assert.equal(end, "stopped");
    assert.equal(outcomes.length, 2);
  });
});
