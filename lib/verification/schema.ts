// Turns zod issues into ValidationErrors that say where, what was expected, what came and how to mend it.

import type { z } from "zod";
import { ValidationError } from "../errors.ts";

/**
 * Parses `value`, an outside document called `what` in messages ("recipe", "chain").
 *
 * @throws {ValidationError} for the first issue found; `path` is dotted.
 */
export function parseDocument<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw issueError(parsed.error.issues[0], value, what);
}

/** Every issue that `parseDocument` could have thrown; none when the value parses. */
export function documentErrors(
  schema: z.ZodType,
  value: unknown,
  what: string,
): ValidationError[] {
  const { error } = schema.safeParse(value);
  return (error?.issues ?? []).map((issue) => issueError(issue, value, what));
}

function issueError(found: z.core.$ZodIssue, value: unknown, what: string): ValidationError {
  const issue = closestIssue(found);
  const path = issue.path.join(".");
  const where = path === "" ? what : `${what}.${path}`;
  const expected = expectation(issue);
  const got = describe(valueAt(value, issue.path));
  return new ValidationError(`Expected ${expected} at ${where}, got ${got}`, {
    path,
    expected,
    got,
    fix: mend(issue, where, expected),
  });
}

function mend(issue: z.core.$ZodIssue, where: string, expected: string): string {
  return issue.code === "unrecognized_keys"
    ? `Remove what is not known from ${where}.`
    : `Set ${where} to ${expected}.`;
}

/**
 * Of a union, the issue of the branch that fits best: "no branch fits" helps nobody. A branch of
 * another type (text where an object stands) fits least.
 */
function closestIssue(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return issue;
  const kin = issue.errors.filter(([{ code, path }]) =>
    path.length > 0 || !["invalid_value", "invalid_type"].includes(code)
  );
  const branch = (kin.length > 0 ? kin : issue.errors).reduce((best, other) =>
    other.length < best.length ? other : best
  );
  const closest = closestIssue(branch[0]);
  return { ...closest, path: [...issue.path, ...closest.path] };
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.expected === "int" ? "a whole number" : `a value of type ${issue.expected}`;
    case "too_small":
      return `${quantity(issue)} ${issue.inclusive ? "at least" : "above"} ${issue.minimum}`;
    case "too_big":
      return `${quantity(issue)} ${issue.inclusive ? "at most" : "below"} ${issue.maximum}`;
    case "not_multiple_of":
      return `a multiple of ${issue.divisor}`;
    case "invalid_value":
      return issue.values.map((value) => JSON.stringify(value)).join(" or ");
    case "unrecognized_keys":
      return `no key named ${issue.keys.slice(0, 8).map((key) => key.slice(0, 40)).join(", ")}`;
    case "invalid_key":
      return "no value under this key";
    default:
      return issue.message;
  }
}

function quantity(issue: { origin: string }): string {
  if (issue.origin === "string") return "text with a number of characters";
  if (issue.origin === "array") return "a list with a number of entries";
  return "a number";
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<PropertyKey, unknown>)[key];
  }
  return found;
}

/** A short text for a message; never the whole of an outside document. */
function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
