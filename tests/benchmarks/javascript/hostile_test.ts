import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { LIMITS } from "../../../lib/benchmarks/javascript/meter.ts";
import { callFunction, readProgram } from "../../../lib/benchmarks/javascript/program.ts";
import { show } from "../../../lib/benchmarks/javascript/results.ts";
import { HOSTILE } from "./hostile.ts";

const NESTING = new URL("./run_nested.ts", import.meta.url).pathname;
/** The step that went over the limit may have asked for that much more at once. */
const LAST_STEP = LIMITS.stringUnits * LIMITS.stringUnits / 32;

function run(body: string) {
  const parsed = readProgram(`function f(x) {${body}\n}`);
  return parsed.ok ? callFunction(parsed.program, "f", [1]) : { ...parsed, steps: 0 };
}

describe("a hostile program", () => {
  it("ends with a reason, within the limits, at the same step every time", () => {
    for (const [body, kind] of HOSTILE) {
      const ended = run(body);
      assert.ok(!ended.ok && ended.reason.length > 10, body);
      assert.equal(ended.kind, kind, `${body}: ${ended.reason}`);
      assert.ok(ended.steps <= LIMITS.steps + LAST_STEP, body);
      assert.deepEqual(run(body), ended);
    }
  });

  it("needs less than half of the host's usual stack, however it nests", async () => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      // 984 KiB is V8's default.
      args: ["run", "-A", "--no-check", "--quiet", "--v8-flags=--stack-size=450", NESTING],
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    assert.match(new TextDecoder().decode(stdout), /^[6-9]\d programs ended\n$/);
  });

  it("is refused when it is longer than a program may be", () => {
    const ended = run(`return ${"1+".repeat(200)}1`);
    assert.ok(!ended.ok && ended.kind === "memory");
    assert.match(ended.reason, /400 characters/);
  });

  it("cannot make a note long", () => {
    const bodies = [
      "let a=[];a.push(a,a,a,a,a,a,a);return a",
      "return 'a'.repeat(9999)",
      "return Array(999)",
      "let o={};o['k'.repeat(999)]=1;return o",
    ];
    for (const body of bodies) {
      const ended = run(body);
      assert.ok(ended.ok && show(ended.value).length === 61, body);
    }
    assert.equal(show(["a", -0, undefined, [[[1]]]]), '["a", -0, undefined, [[…]]]');
  });
});
