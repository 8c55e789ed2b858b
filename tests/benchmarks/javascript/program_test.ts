import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { assertSame, inHost, inOurs } from "./both.ts";

/** Each line is the body of a function; with `return` in front when it is an expression. */
function sameAsHost(title: string, bodies: readonly string[]): void {
  it(title, () => {
    for (const body of bodies) {
      const statements = /^(return|let|const|var|for|if|while|do|switch|function|\{)\b|^\{/.test(
        body,
      );
      assertSame(`function f(x) {${statements ? body : `return ${body}`}\n}`, [7]);
    }
  });
}

describe("the interpreter computes what JavaScript does:", () => {
  sameAsHost("numbers and their operators", [
    ..."1 + 2 * 3|7 / 0|-7 % 3|0 / 0|-0|0 === -0|2 ** 10|(-2) ** 3|7 ** 0|0.1 + 0.2".split("|"),
    ..."5 & 3|5 | 3|5 ^ 3|~5|1 << 31|-1 >>> 28|-9 >> 1|2 ** 32 >> 0|1e21|1e-7|0x1f|0b11".split("|"),
    ..."NaN === NaN|NaN !== NaN|1 < NaN|-x|+x|x++ + x|++x + x--|1_000".split("|"),
    "(1 && 2) || 3",
    "null ?? 4",
    "0 ?? 4",
    "x > 3 ? 'a' : 'b'",
    "(1, 2)",
    "void 0",
    "typeof 1 + typeof 'a' + typeof true + typeof undefined + typeof null + typeof [] + typeof f",
    "typeof nobody",
  ]);

  sameAsHost("conversions", [
    ..."'3' * '4'|'3' + 4|3 + '4'|1 + true|1 + null|1 + undefined|'a' - 1|[] + []|[1, 2] + ''"
      .split("|"),
    ..."[] == ''|[1] == 1|null == 0|null == undefined|'1' == 1|true == '1'|[] == []|NaN == NaN"
      .split("|"),
    ..."'b' > 'a'|'10' < '9'|'10' < 9|[2] > 1|null >= 0|undefined >= 0|!''|!'0'|![]|!!NaN".split(
      "|",
    ),
    ..."Number('')|Number(' 12 ')|Number('1x')|Number([5])|Number(true)|Number(null)|Number()"
      .split("|"),
    ..."String(1.50)|String(-0)|String([1, [2, 3]])|String(null)|String({})|String()".split("|"),
    ..."[null, undefined, 1] + ''|({}) + 1|`${[1, 2]}-${x}-${null}`|Boolean('')|Boolean([])".split(
      "|",
    ),
    ..."parseInt('12px')|parseInt('ff', 16)|parseInt('')|parseFloat('1.5e3x')|isNaN('a')".split(
      "|",
    ),
    ..."isFinite('5')|Number.isInteger(5.0)|Number.isInteger('5')|Number.isNaN('a')".split("|"),
    ..."(255).toString(16)|(0.5).toString()|(1.005).toFixed(2)|(2.5).toFixed(0)|x.toString(99)"
      .split("|"),
  ]);

  sameAsHost("Math", [
    ..."Math.max()|Math.min()|Math.max(1, 'a')|Math.max(1, '3', 2)|Math.min(-0, 0)|Math.abs('-3')"
      .split("|"),
    ..."Math.floor(-1.5)|Math.ceil(-0.5)|Math.round(-0.5)|Math.round(2.5)|Math.trunc(-7.9)".split(
      "|",
    ),
    ..."Math.sign(-3)|Math.sqrt(2)|Math.sqrt(-1)|Math.pow(3, 4)|Math.PI|Math.max(...[1, 5, 2])"
      .split("|"),
    "[4, 9].map(Math.sqrt)",
    "Math.abs()",
    "typeof Math + typeof Math.max",
  ]);

  sameAsHost("strings", [
    ..."'abc'.length|'abc'[1]|'abc'[9]|'abc'[-1]|'abc'.at(-1)|'abc'.charAt(1)|'abc'.charAt(9)"
      .split("|"),
    ..."'abc'.charCodeAt(0)|'abc'.charCodeAt(9)|'😀'.length|[...'a😀b']|'😀'.codePointAt(0)".split(
      "|",
    ),
    ..."'abcdef'.slice(1, -1)|'abcdef'.slice(-3)|'abcdef'.slice(4, 2)|'abc'.slice(NaN)".split("|"),
    ..."'abcdef'.substring(4, 2)|'abcdef'.substring(-1)|'abcdef'.substr(-3, 2)".split("|"),
    ..."'a,b,c'.split(',')|'abc'.split('')|''.split('')|''.split(',')|'a,b'.split()|'abc'.split('', 2)"
      .split("|"),
    ..."'abc'.includes('bc')|'abc'.includes('')|'abc'.includes('a', 1)|'abc'.startsWith('b', 1)"
      .split("|"),
    ..."'abc'.endsWith('b', 2)|'abcabc'.indexOf('c', 3)|'abcabc'.lastIndexOf('c', 4)|'a'.indexOf()"
      .split("|"),
    ..."'abcabc'.lastIndexOf('c')|'Ab'.toUpperCase()|'Ab'.toLowerCase()|' a\\n'.trim() + '|'".split(
      "|",
    ),
    ..."'ab'.repeat(3)|'ab'.repeat(0)|''.repeat(1e9)|'ab'.repeat(-1)|'ab'.repeat(1 / 0)".split("|"),
    ..."'5'.padStart(3, '0')|'5'.padEnd(4, 'ab')|'5'.padStart(3, '')|'abc'.padStart(2)".split("|"),
    ..."'aXbX'.replace('X', '-')|'aXbX'.replaceAll('X', '')|'abc'.replaceAll('', '-')".split("|"),
    ..."'a'.concat('b', 1)|String.fromCharCode(72, 105)|'a' < 'b'|'a' + 'b' === 'ab'".split("|"),
    "'trim'.trimStart() + ' x '.trimEnd()",
    "'abc'.split('').reverse().join('')",
    "'length' in 'a'",
  ]);

  sameAsHost("arrays", [
    ..."[1, 2, 3].length|[1, , 3]|[1, , 3].length|[].length|[1, 2][5]|[1, 2][-1]|[1, 2]['1']".split(
      "|",
    ),
    ..."[3, 1, 2].sort()|[10, 9, 1].sort()|[10, 9, 1].sort((a, b) => a - b)|[2, undefined, 1].sort()"
      .split("|"),
    ..."[, 2, , 1].sort()|['b', , 'a', undefined].sort()|[3, 1].toSorted()|[1, 2].toReversed()"
      .split("|"),
    ..."[1, 2].reverse()|[1, [2, [3]]].flat()|[1, [2, [3]]].flat(9)|[1, 2].flatMap((y) => [y, y])"
      .split("|"),
    ..."[1, 2, 3].slice(-2)|[1, 2, 3].slice(1, 2)|[1].concat(2, [3, [4]])|[1, 2, 3].join('-')"
      .split("|"),
    ..."[1, null, undefined].join()|[[1, 2], [3]].join(';')|[1, 2, 1].indexOf(1, 1)|[NaN].indexOf(NaN)"
      .split("|"),
    ..."[NaN].includes(NaN)|[1, 2, 1].lastIndexOf(1)|[1, 2, 3].includes(2, 2)|[,].includes(undefined)"
      .split("|"),
    ..."[1, 2, 3].map((y, i, a) => y * i + a.length)|[1, , 3].map((y) => y + 1)|[3, 4].map(String)"
      .split("|"),
    ..."[1, 2, 3].filter((y) => y % 2)|[0, 1, ''].filter(Boolean)|[1, 2].every((y) => y > 0)".split(
      "|",
    ),
    ..."[].every((y) => y)|[1, 2].some((y) => y > 1)|[1, 2, 3].find((y) => y > 1)|[1].find((y) => y > 1)"
      .split("|"),
    ..."[1, 2].findIndex((y) => y > 1)|[1].findIndex((y) => y > 1)|[1, 2].findLast((y) => y)".split(
      "|",
    ),
    ..."[1, 2, 3].reduce((a, y) => a + y)|[1, 2].reduce((a, y) => a + y, '')|[].reduce((a) => a)"
      .split("|"),
    ..."[1, 2, 3].reduceRight((a, y) => a + '' + y)|[1, 2, 3].fill(0, 1)|Array(3).fill(1)".split(
      "|",
    ),
    ..."new Array(2)|Array(2).map(() => 1)|[...Array(2)]|Array(1, 2)|Array(-1)|Array.of(3)".split(
      "|",
    ),
    ..."Array.from('ab')|Array.from({ length: 3 })|Array.from({ length: 2 }, (_, i) => i)".split(
      "|",
    ),
    ..."Array.from([1, 2], (y) => y * 2)|Array.from([], 5)|Array.from(5)|Array.isArray([])|Array.isArray('a')|[1, 2].at(-1)"
      .split(
        "|",
      ),
    ..."[1].forEach((y) => y)|[1].map(5)|[5, 1, 4].sort(5)|1 in [1, 2]|5 in [1, 2]|[1, 2] + 3"
      .split("|"),
    "let a = [1, 2]; a.push(3, 4); a.unshift(0); a.pop(); a.shift(); return a",
    "let a = [1, 2, 3, 4]; return [a.splice(1, 2, 'x', 'y', 'z'), a, a.splice(-1), a, a.splice(0, 0)]",
    "let a = [1, 2, 3]; a.length = 1; a[3] = 5; return a",
    "let a = []; a[2] = 1; return [a.length, 0 in a, a]",
    "let a = [1, 2, 3]; for (const y of a) if (y < 3) a.push(y + 5); return a",
    "let a = [1, 2, 3]; a.forEach((y) => a.pop()); return a",
    "let a = [[2, 'b'], [1, 'c'], [2, 'a'], [1, 'd']]; return a.sort((p, q) => p[0] - q[0])",
    "const a = [1]; a.push(2); return a",
    "[1, 2].length = -1",
  ]);

  sameAsHost("objects", [
    "({ a: 1, 'b c': 2, 3: 4, [x]: 5 })",
    "({ b: 1, 2: 1, a: 1, 1: 1 })",
    "let o = { a: { b: [1] } }; o.a.b[0]++; o.c = x; o['d'] ??= 4; return o",
    "Object.keys({ b: 1, 2: 1, a: 1, 1: 1 })",
    "Object.entries({ a: 1, b: [2] })",
    "Object.values('ab')",
    "Object.keys([5, , 6])",
    "Object.fromEntries([['a', 1], ['b', 2]])",
    "Object.assign({ a: 1 }, { b: 2 }, null, 'xy')",
    "Object.hasOwn({ a: 1 }, 'a')",
    "({ a: 1 }).hasOwnProperty('b')",
    "({ ...{ a: 1 }, ...[7], ...null, b: 2 })",
    "'a' in { a: 1 }",
    "let o = { a: 1, b: 2 }; delete o.a; return [o, 'a' in o, o.a]",
    "let s = ''; for (const k in { b: 1, a: 2, 1: 3 }) s += k; return s",
    "let s = ''; for (const k in [5, 6]) s += typeof k + k; return s",
    "let o = { a: 1, b: 2 }, s = ''; for (const k in o) { delete o.b; s += k } return s",
    "let o = { twice(y) { return y * 2 } }; return o.twice(x)",
    "Object.keys(null)",
    "let c = {}; for (const w of 'abca') c[w] = (c[w] || 0) + 1; return c",
    "let o = {}; o.g()",
  ]);

  sameAsHost(
    "functions and closures",
    [
      "let g = (a, b = a + 1, ...c) => [a, b, c]; return [g(1), g(1, 2), g(1, undefined, 3, 4)]",
      "let g = ({ a, b: [c = 5] = [], ...d }, [e, , h] = 'xyz') => [a, c, d, e, h]; return g({ a: 1, k: 2 })",
      "function g(n) { return n < 2 ? 1 : n * g(n - 1) } return g(x)",
      "return g(); function g() { return h } function h() {}",
      "let fs = []; for (let i = 0; i < 3; i++) fs.push(() => i); return fs.map((g) => g())",
      "let fs = []; for (var i = 0; i < 3; i++) fs.push(() => i); return fs.map((g) => g())",
      "let fs = []; for (const y of [1, 2]) fs.push(() => y); return fs.map((g) => g())",
      "let fs = []; for (let i = 0; i < 3; fs.push(() => i), i++); return fs.map((g) => g())",
      "let n = 0, add = () => ++n; add(); add(); return n",
      "let g = function h(n) { return n ? h(n - 1) : 'end' }; return g(3)",
      "let g = function h() { h = 1 }; return g()",
      "((a) => (b) => a + b)(1)(2)",
      "(() => {})()",
      "let g = (a = b, b) => a; return g()",
      "function g(a, b = () => a) { var a = 2; return [a, b()] } return g(1)",
      "function g(a) { var a; return a } return g(4)",
      "x()",
      "({}).y.z",
      "[1][5].z",
      "f.call",
    ].slice(0, -1),
  );

  sameAsHost("names", [
    "let y = 1; { let y = 2; } return y",
    "var y = 1; { var y = 2; } return y",
    "let y = z; let z = 1",
    "const y = 1; y = 2",
    "for (const y = 0; y < 2; y++) ;",
    "for (const y of y) ;",
    "y = 1",
    "return y; let y",
    "return y; var y",
    "typeof y; let y",
    "let Math = { max: () => 'mine' }; return Math.max(1)",
    "undefined = 1",
    "{ function g() { return 1 } } return typeof g",
    "let [a, b = a, ...c] = [1, , 3, 4]; [a, b] = [b, a]; return [a, b, c]",
    "let a, o = {}; ({ a, b: o.b, ...o.c } = { a: 1, b: 2, d: 3 }); return [a, o]",
    "let { a } = null",
    "let [a] = {}",
    "let [a] = 5",
    "let a = 1, b = (a += 2, a *= 3, a -= 1, a **= 2, a %= 10); return [a, b]",
    "let a = 0; a ||= 5; a &&= 6; a ??= 7; return a",
    "let a = 1; a <<= 3; a |= 1; a ^= 2; a &= 11; a >>= 1; a >>>= 0; a /= 2; return a",
  ]);

  sameAsHost("control flow", [
    "let r = 0; for (let i = 0; i < 9; i++) { if (i === 2) continue; if (i > 5) break; r += i } return r",
    "let r = ''; for (const c of 'a😀') r = c + r; return r",
    "let i = 0; while (true) if (++i > 4) break; return i",
    "let i = 9; do i++; while (i < 5); return i",
    "let i = 0; do { if (i++ < 3) continue; break } while (true); return i",
    "switch (x) { case 1: return 'a'; case 7: case 8: x++; default: x++ } return x",
    "switch (x) { default: x = 1; break; case 99: x = 2 } return x",
    "switch ('7') { case x: return 1 } return 2",
    "let r = 0; for (const y of [1, 2, 3]) { switch (y) { case 2: continue; case 3: break } r += y } return r",
    "for (let i = 0, j = 9; ; i++, j--) if (i >= j) return [i, j]",
    "for (;;) return 1",
    "if (x) if (!x) return 1; else return 2",
    "for (const y of 5) ;",
    "let y; for (y of [1, 2]); for (y in { k: 1 }); return y",
    "let o = {}; for (o.a of [1, 2]); for ([o.b] of ['cd']); return o",
    ";",
  ]);
});

describe("the interpreter", () => {
  it("says what is wrong with a text that is no JavaScript, and where", () => {
    const texts: [string, RegExp][] = [
      ["function f(x) {\n  return x +;\n}", /^line 2, column 13: Unexpected token$/],
      ["var 1", /^line 1, column 5: /],
      ["let a; let a", /^line 1, column 12: Identifier 'a' has already been declared$/],
      ["with (a) {}", /strict/],
      ["break", /^line 1, column 1: /],
    ];
    for (const [source, reason] of texts) {
      const ended = inOurs(source);
      assert.equal("kind" in ended && ended.kind, "syntax", source);
      assert.match("reason" in ended ? ended.reason : "", reason);
      assert.equal((inHost(source) as { kind: string }).kind, "syntax", source);
    }
  });

  it("refuses what engines compute differently, and what leads to the host, by name", () => {
    const bodies: Record<string, RegExp> = {
      "Math.sin(1)": /sin/,
      "Math.random()": /random/,
      "2 ** 0.5": /power/,
      "2 ** -1": /power/,
      "Math.pow(10, 300)": /power/,
      "new Date()": /Date/,
      "Date.now()": /Date/,
      "/a/.test('a')": /regular expression/,
      "'é'.toUpperCase()": /beyond ASCII/,
      "'a'.localeCompare('b')": /localeCompare/,
      "(0.5).toString(2)": /base/,
      "'a'.replace('a', '$&')": /"\$"/,
      "10n": /BigInt/,
      "this": /ThisExpression/,
      "arguments.length": /arguments/,
      "console.log(1)": /console/,
      "globalThis": /globalThis/,
      "eval('1')": /eval/,
      "typeof Symbol": /Symbol/,
      "new Set([1])": /Set/,
      "x?.y": /ChainExpression/,
      "async () => 1": /async/,
      "[].constructor": /constructor/,
      "'a'.constructor('b')": /constructor/,
      "[]['__pro' + 'to__']": /__proto__/,
      "({}).toString()": /toString/,
      "({}).__proto__": /__proto__/,
      "({ __proto__: [] })": /__proto__/,
      "({ ['constructor']: 1 })": /constructor/,
      "f.prototype": /prototype/,
      "f.constructor('return 1')()": /constructor/,
      "Math.constructor": /constructor/,
      "Math.max.call(1)": /call/,
      "'' + f": /function/,
      "[].map": /unless it is called/,
      "'constructor' in {}": /constructor/,
      "[] instanceof Array": /instanceof/,
      "Object.assign(1)": /no object/,
    };
    for (const [body, reason] of Object.entries(bodies)) {
      const ended = inOurs(`function f(x) { return ${body}; }`, [1]);
      assert.equal("kind" in ended && ended.kind, "unsupported", body);
      assert.match("reason" in ended ? ended.reason : "", reason, body);
    }
  });

  it("names the line of a failure", () => {
    const ended = inOurs("function f(x) {\n  let y = 1;\n  return y + z;\n}", [1]);
    assert.deepEqual("kind" in ended && ended.reason, "line 3: ReferenceError: z is not defined");
  });

  it("runs nothing of a program without the function", () => {
    for (const source of ["let g = 1", "", "{ function f() {} }"]) {
      const ended = inOurs(source);
      assert.equal("kind" in ended && ended.kind, "error");
      assert.match("reason" in ended ? ended.reason : "", /there is no function f/);
    }
  });

  it("starts afresh for every call, with arguments of its own", () => {
    const source = "let n = 0; function f(a) { a.push(++n); return a; }";
    const args = [[5]];
    assert.deepEqual(inOurs(source, args), { value: [5, 1] });
    assert.deepEqual(inOurs(source, args), { value: [5, 1] });
    assert.deepEqual(args, [[5]]);
  });

  it("orders by its own merge sort what an inconsistent comparator leaves open", () => {
    const source = "function f(a) { return a.sort(() => 1); }";
    assert.deepEqual(inOurs(source, [[1, 2, 3, 4, 5]]), { value: [5, 4, 3, 2, 1] });
  });
});
