// How long hostile programs keep the interpreter busy, first and at best: `deno task bench:hostile`.

import { callFunction, readProgram } from "../lib/benchmarks/javascript/program.ts";
import { HOSTILE } from "../tests/benchmarks/javascript/hostile.ts";
import { machine, table } from "./report.ts";

const ROUNDS = 50;
/** Of the slowest. */
const SHOWN = 6;

/** Milliseconds to read and run the body of a function, and its steps. */
function time(body: string): { ms: number; steps: number } {
  const startMs = performance.now();
  const parsed = readProgram(`function f(x) {${body}\n}`);
  const steps = parsed.ok ? callFunction(parsed.program, "f", [1]).steps : 0;
  return { ms: performance.now() - startMs, steps };
}

const rows = HOSTILE.map(([body, kind]) => ({ body, kind, ...time(body), best: Infinity }));
for (let round = 0; round < ROUNDS; round++) {
  for (const row of rows) row.best = Math.min(row.best, time(row.body).ms);
}
rows.sort((a, b) => b.best - a.best);
console.log(machine());
console.log(table(
  ["program", "ends by", "steps", "best of 50, ms", "first, ms"],
  rows.slice(0, SHOWN).map((
    { body, kind, ms, steps, best },
  ) => [`\`${body}\``, kind, String(steps), best.toFixed(2), ms.toFixed(2)]),
));
console.log(`${rows.length} programs, median ${rows[rows.length >> 1].best.toFixed(2)} ms`);
