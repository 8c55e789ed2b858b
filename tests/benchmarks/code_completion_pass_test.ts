import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import {
  CODE_COMPLETION_PASS,
  LONGEST_PROMPT,
  MAX_COMPLETION_BYTES,
  readTasks,
  STOP,
} from "../../lib/benchmarks/code_completion_pass.ts";
import { judge } from "../../lib/benchmarks/javascript/judge.ts";
import { utf8 } from "../../lib/bytes.ts";
import { IntegrityError } from "../../lib/errors.ts";
import { assertSame, inHost } from "./javascript/both.ts";
import { answeringModel, uniformModel } from "./models.ts";

const data = await Deno.readFile(
  new URL(`../../data/${CODE_COMPLETION_PASS.dataFile}`, import.meta.url),
);
const tasks = readTasks(data);
const solutions = new Map(tasks.map(({ prompt, solution }) => [prompt, solution]));
const run = (answer: (prompt: string) => string) =>
  CODE_COMPLETION_PASS.run(answeringModel(answer), data, {});

describe("the tasks of code-completion-pass", () => {
  it("are 50 with 545 tests, of the prompt length, completion length and stop we declare", () => {
    assert.equal(tasks.length, 50);
    assert.equal(tasks.reduce((sum, { tests }) => sum + tests.length, 0), 545);
    assert.equal(Math.max(...tasks.map(({ prompt }) => utf8(prompt).length)), LONGEST_PROMPT);
    const { maxNewTokens, stop } = JSON.parse(new TextDecoder().decode(data));
    assert.deepEqual([maxNewTokens, stop], [MAX_COMPLETION_BYTES, STOP]);
    for (const { solution } of tasks) {
      assert.equal(solution.indexOf(STOP), solution.length - STOP.length);
      assert.ok(utf8(solution).length <= MAX_COMPLETION_BYTES);
    }
  });

  it("are solved by their solutions, here and in real JavaScript", () => {
    for (const { prompt, solution, tests } of tasks) {
      assert.equal(judge(prompt + solution, tests), null);
      for (const [args, wanted] of tests) {
        assertSame(prompt + solution, args);
        const ended = inHost(prompt + solution, args);
        // JSON has one zero: -30 % 3 is −0 in JavaScript, 0 in the file.
        assert.deepEqual("value" in ended && JSON.stringify(ended.value), JSON.stringify(wanted));
      }
    }
  });

  it("are each failed by the solutions of most others", () => {
    for (const { id, prompt, tests } of tasks) {
      const passing = tasks.filter(({ solution }) => judge(prompt + solution, tests) === null);
      assert.ok(passing.length <= 2, `${id}: ${passing.map((task) => task.id)}`);
    }
  });
});

describe("code-completion-pass", () => {
  it("is 100 % for a model that knows every solution, whatever it writes after it", async () => {
    const result = await run((prompt) => `${solutions.get(prompt)}\n\n// next task\nfunction g(`);
    assert.equal(result.score, 100);
    assert.equal(result.interval[1], 100);
    assert.ok(result.interval[0] > 92 && result.interval[0] < 93);
    for (const { output, expected, value, note } of result.examples) {
      assert.deepEqual([output, value, note], [expected, 1, undefined]);
    }
  });

  it("is 0 % for models that write nothing, or always return the argument", async () => {
    for (const answer of ["", "\n  return x;\n}", "\n  return s;\n}", "}".repeat(200)]) {
      const { score, interval } = await run(() => answer);
      assert.deepEqual([score, interval[0]], [0, 0]);
    }
  });

  it("counts a task only when all of its tests pass, and says which did not", async () => {
    const { examples, score } = await run((prompt) =>
      prompt.includes("larger of a and b") ? "\n  return b;\n}" : solutions.get(prompt)!
    );
    assert.equal(score, 98);
    const failed = examples.filter(({ value }) => value === 0);
    assert.deepEqual(failed.map(({ note }) => note), ["f(5, 3) should give 5, gave 3"]);
    assert.equal(failed[0].expected, "\n  return a > b ? a : b;\n}");
  });

  it("gives a reason for every way to fail", async () => {
    const [first] = tasks;
    const notes: [string, RegExp][] = [
      ["\n  return y;\n}", /^Throws in f\(-30\), line 3: ReferenceError: y is not defined$/],
      ["\n  return x +;\n}", /^Syntax error: line 3, column 13: Unexpected token$/],
      ["\n  for (;;);\n}", /^Too many steps in f\(-30\), line 3: more than 5000 steps/],
      ["\n  return f(x);\n}", /^Too deep in f\(-30\), line 3: more than 400 levels/],
      ["\n  return 'a'.repeat(1e9);\n}", /^Too large in f\(-30\), line 3: a string of more than/],
      ["\n  return Math.random();\n}", /^Outside of the subset in f\(-30\), line 3: /],
      ["\n  return x + '4';\n}", /^f\(-30\) should give -26, gave "-304"$/],
      ["\n  x + 4;\n}", /^f\(-30\) should give -26, gave undefined$/],
      ["\n  return [x + 4];\n}", /^f\(-30\) should give -26, gave \[-26\]$/],
      ["\n  return x + 4;", /^Syntax error: line 3, column 16: Unexpected token$/],
    ];
    for (const [answer, note] of notes) {
      const { examples } = await run((prompt) => prompt === first.prompt ? answer : "");
      assert.match(examples[0].note!, note);
    }
  });

  it("keeps a remark short and free of control characters, whatever a program calls things", () => {
    const { tests } = tasks[0];
    for (
      const expression of [
        "({})['k'.repeat(9999)].x",
        "'\\u009b\\n'.repeat(9)",
        "({})['\\u009b'].x",
      ]
    ) {
      const remark = judge(`function f(x) { return ${expression}; }`, tests)!;
      assert.ok(remark.length <= 241 && !/\p{Cc}/u.test(remark), remark);
    }
    assert.match(judge("function f(x) { \u009b }", tests)!, /^Syntax error: line 1, column 17: /);
  });

  it("ends a completion at the first line that begins with a brace, or after 160 bytes", async () => {
    const { examples } = await run(() => "\n  {\n  }\n} and more");
    assert.equal(examples[0].output, "\n  {\n  }\n}");
    const long = (await run(() => "é".repeat(200))).examples[0];
    assert.equal(long.output, "é".repeat(80));
    // A model of larger tokens may write beyond the end before it can be stopped.
    const model = uniformModel({
      generate: (prompts) =>
        Promise.resolve(
          prompts.map((prompt) =>
            utf8(`${solutions.get(new TextDecoder().decode(prompt))}\n\nmore`)
          ),
        ),
    });
    assert.equal((await CODE_COMPLETION_PASS.run(model, data, {})).score, 100);
  });

  it("reads bytes that are no UTF-8 as replacement characters", async () => {
    const model = uniformModel({
      generate: (prompts) => Promise.resolve(prompts.map(() => Uint8Array.of(0xFF, 0xFE, 0xC3))),
    });
    const { examples } = await CODE_COMPLETION_PASS.run(model, data, {});
    assert.match(examples[0].note!, /^Syntax error: line 2, column 16: Unexpected character/);
  });

  it("asks of a model that its context holds every prompt", () => {
    const problem = (contextLength: number) =>
      CODE_COMPLETION_PASS.incompatibility(uniformModel({ contextLength }));
    assert.equal(problem(62), null);
    assert.equal(problem(61), "Needs a context of 62 bytes, this model has 61.");
  });

  it("reports progress up to 1, and stops when told to", async () => {
    const seen: number[] = [];
    const model = answeringModel((prompt) => solutions.get(prompt)!);
    const onProgress = (fraction: number) => void seen.push(fraction);
    await CODE_COMPLETION_PASS.run(model, data, { onProgress });
    assert.deepEqual(seen, seen.toSorted((a, b) => a - b));
    assert.deepEqual([seen.length, seen.at(-1)], [51, 1]);
    const signal = AbortSignal.abort(new Error("enough"));
    await assert.rejects(CODE_COMPLETION_PASS.run(model, data, { signal }), /enough/);
  });

  it("cannot run without its data", async () => {
    await assert.rejects(CODE_COMPLETION_PASS.run(uniformModel(), null, {}), IntegrityError);
  });

  it("gives the same result twice", async () => {
    const answer = (prompt: string) =>
      `\n  return ${prompt.length % 2 ? "x" : "Math.max(1, x)"};\n}`;
    assert.deepEqual(await run(answer), await run(answer));
  });
});
