// A program in the interpreter and in the host's JavaScript, with results that can be compared.

import assert from "node:assert/strict";
import {
  callFunction,
  type Failure,
  type Json,
  readProgram,
} from "../../../lib/benchmarks/javascript/program.ts";
import { isCallable, PlainObject, type Value } from "../../../lib/benchmarks/javascript/values.ts";

/** What `f` returned, or how it ended. */
export type Ended = { value: unknown } | Pick<Failure, "kind" | "reason">;

export function inOurs(source: string, args: readonly Json[] = []): Ended {
  const parsed = readProgram(source);
  const ended = parsed.ok ? callFunction(parsed.program, "f", args) : parsed;
  return ended.ok ? { value: plain(ended.value) } : ended;
}

/** Strict code, as the interpreter's. */
export function inHost(source: string, args: readonly Json[] = []): Ended {
  try {
    const run = new Function("__args", `"use strict";${source}\nreturn f(...__args);`);
    return { value: plain(run(structuredClone(args))) };
  } catch (error) {
    const kind = error instanceof SyntaxError ? "syntax" : "error";
    return { kind, reason: String(error) };
  }
}

/** Functions become a word, objects of either side lists of entries; holes stay holes. */
function plain(value: unknown, levels = 6): unknown {
  if (typeof value === "function" || isCallable(value as Value)) return "a function";
  if (value === null || typeof value !== "object") return value;
  if (levels === 0) return "deeper";
  if (Array.isArray(value)) return value.map((item) => plain(item, levels - 1));
  const properties = value instanceof PlainObject ? value.properties : value;
  return Object.entries(properties).map(([key, item]) => [key, plain(item, levels - 1)]);
}

/** Asserts that both give the same value (−0 and NaN included), or both throw. */
export function assertSame(source: string, args: readonly Json[] = []): void {
  const ours = inOurs(source, args), host = inHost(source, args);
  if ("value" in ours && "value" in host) {
    assert.deepStrictEqual(ours.value, host.value, source);
  } else {
    assert.equal(
      "kind" in ours && ours.kind,
      "kind" in host && host.kind,
      said(source, ours, host),
    );
  }
}

function said(source: string, ours: Ended, host: Ended): string {
  return `${source}\nours: ${JSON.stringify(ours)}\nhost: ${JSON.stringify(host)}`;
}
