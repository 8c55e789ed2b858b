// Runs a program's function `f` on the tests of a task. Knows the rules of passing, no model.

import type { FailureKind } from "./failure.ts";
import { callFunction, type Json, readProgram } from "./program.ts";
import { equals, show } from "./results.ts";

const TITLES: Record<FailureKind, string> = {
  syntax: "Syntax error",
  unsupported: "Outside of the subset",
  error: "Throws",
  steps: "Too many steps",
  depth: "Too deep",
  memory: "Too large",
};

/** Longest remark: reasons may quote keys as long as a string may be. */
const MAX_REMARK = 240;

/**
 * Null when `f` returns what is wanted in every test, each on a fresh start of the program;
 * otherwise the first thing that went wrong, in one line.
 */
export function judge(
  source: string,
  tests: readonly [args: Json[], wanted: Json][],
): string | null {
  const problem = firstProblem(source, tests);
  if (problem === null) return null;
  const line = problem.replace(/\p{Cc}/gu, "\u{FFFD}");
  return line.length > MAX_REMARK ? `${line.slice(0, MAX_REMARK)}…` : line;
}

function firstProblem(
  source: string,
  tests: readonly [args: Json[], wanted: Json][],
): string | null {
  const parsed = readProgram(source);
  if (!parsed.ok) return `${TITLES[parsed.kind]}: ${parsed.reason}`;
  for (const [args, wanted] of tests) {
    const call = `f(${args.map((arg) => JSON.stringify(arg)).join(", ")})`;
    const outcome = callFunction(parsed.program, "f", args);
    if (!outcome.ok) return `${TITLES[outcome.kind]} in ${call}, ${outcome.reason}`;
    if (!equals(outcome.value, wanted)) {
      return `${call} should give ${JSON.stringify(wanted)}, gave ${show(outcome.value)}`;
    }
  }
  return null;
}
