import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import { LIMITS } from "../../../lib/benchmarks/javascript/meter.ts";
import type { Json } from "../../../lib/benchmarks/javascript/program.ts";
import { assertSame, inOurs } from "./both.ts";

const ROOT = new URL("../../../", import.meta.url);
const NAMES = ["x", "y", "xs", "s", "g"];
const BINARY = [
  ..."+ - * / % & | ^ << >> >>> == != === !== < > <= >= && ||".split(" "),
  ..."??".split(" "),
];
const METHODS = [
  ..."length map(g) filter(g) reduce(g) join() join('-') slice(1) slice(-2) slice(0,2)".split(" "),
  ..."reverse() concat(x) indexOf(x) includes(x) push(x) pop() shift() sort() at(-1)".split(" "),
  ..."split('') repeat(2) toUpperCase() trim() charAt(1) charCodeAt(0) startsWith(s)".split(" "),
  ..."endsWith('b') padStart(4,s) replace('a',x) some(g) every(g) find(g) flat()".split(" "),
  ..."toString() fill(x) splice(1,1) lastIndexOf(x) findIndex(g) sort(g) unshift(y)".split(" "),
];

interface Grammar {
  expression: string;
  statement: string;
}

/** Programs over a number x, an array xs, a string s and a function g; most run, some throw. */
const { statement } = fc.letrec<Grammar>((tie) => {
  const inner = tie("expression");
  return {
    expression: fc.oneof(
      { maxDepth: 4, depthSize: "small" },
      fc.constantFrom(...NAMES),
      fc.constantFrom("0", "1", "2", "-3", "0.5", "'ab'", "''", "true", "null", "undefined", "NaN"),
      fc.tuple(inner, fc.constantFrom(...BINARY), inner).map(([a, op, b]) => `((${a})${op}(${b}))`),
      fc.tuple(fc.constantFrom("-", "+", "!", "~", "typeof "), inner).map(([op, a]) =>
        `(${op}(${a}))`
      ),
      fc.tuple(inner, inner, inner).map(([a, b, c]) => `(${a}?${b}:${c})`),
      fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom(...METHODS)).map(([a, m]) => `${a}.${m}`),
      fc.tuple(inner, inner).map(([a, b]) => `[${a},...[${b}]]`),
      fc.tuple(inner, inner).map(([a, b]) => `(${a})[${b}]`),
      fc.tuple(inner, inner).map(([a, b]) => `({p:${a},...{q:${b}}})`),
      fc.tuple(inner, inner).map(([a, b]) => `g(${a},${b})`),
      inner.map((a) => `((x,i=1)=>${a})(y)`),
      inner.map((a) => `\`<\${${a}}>\``),
      fc.tuple(fc.constantFrom("x", "y", "xs[1]"), fc.constantFrom("=", "+=", "??=", "-="), inner)
        .map(([a, op, b]) => `(${a}${op}${b})`),
      fc.constantFrom(
        "x++",
        "--y",
        "Math.max(...xs)",
        "Object.keys(xs)",
        "Number(s)",
        "String(xs)",
      ),
    ),
    statement: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      inner.map((a) => `return ${a};`),
      inner.map((a) => `x=${a};`),
      fc.tuple(fc.constantFrom("let", "var", "const"), inner).map(([k, a]) => `{${k} y=${a};x=y;}`),
      fc.tuple(inner, tie("statement")).map(([a, b]) => `if(${a}){${b}}else y=1;`),
      fc.tuple(inner, tie("statement")).map(([a, b]) => `for(const x of ${a}){${b}}`),
      fc.tuple(inner, tie("statement")).map(([a, b]) => `for(let i=0;i<3;i++){${b}if(${a})break;}`),
      fc.tuple(tie("statement"), tie("statement")).map(([a, b]) => `${a}${b}`),
      inner.map((a) => `let[a,b=2]=${a};x=b;`),
    ),
  };
});

describe("generated programs", () => {
  it("give the value JavaScript gives, or both throw", () => {
    const inputs: Json[] = [5, [3, "a", 1], "ba"];
    let compared = 0, returned = 0;
    fc.assert(
      fc.property(statement, (body) => {
        const source = `function f(x,xs,s){let y=2;const g=(p,q)=>p+q;${body}return[x,y,xs,s];}`;
        if (source.length > LIMITS.sourceUnits) return;
        const ours = inOurs(source, inputs);
        // What is refused is never a wrong value; a limit may end what the host finishes.
        if ("kind" in ours && !["error", "syntax"].includes(ours.kind)) return;
        assertSame(source, inputs);
        compared++;
        if ("value" in ours) returned++;
      }),
      { numRuns: 3000, seed: 20261124 },
    );
    assert.ok(compared > 1500, `${compared} programs were compared`);
    assert.ok(returned > 800, `${returned} programs returned a value`);
  });
});

describe("the functions of code-train.txt", () => {
  it("all parse, and give what JavaScript gives", async () => {
    const text = await Deno.readTextFile(new URL("data/corpora/code-train.txt", ROOT));
    const functions = [...new Set(text.trimEnd().split("\n\n"))];
    assert.equal(functions.length, 2333);
    const inputs: Record<string, Json[][]> = {
      "(x)": [[0], [-7], [12], [30.5]],
      "(n)": [[0], [1], [6]],
      "(a, b)": [[1, 2], [-3, 9], [7, 7]],
      "(s)": [[""], ["abc"], ["hello world"], ["UP"]],
      "(xs)": [[[]], [[1, 2, 3, 30, -4]], [[12, 24, 0]]],
    };
    for (const source of functions) {
      const parameters = /\([a-z, ]*\)/.exec(source.split("\n")[1])?.[0] ?? "none";
      for (const args of inputs[parameters]) {
        assert.ok("value" in inOurs(source, args), source);
        assertSame(source, args);
      }
    }
  });
});
