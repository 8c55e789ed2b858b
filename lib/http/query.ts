// Query strings, parsed once with zod. Knows no route.

import { z } from "zod";
import { ValidationError } from "../errors.ts";

/**
 * As forms send it: an empty parameter counts as not given, one given more than once as a list with
 * commas.
 *
 * @throws {ValidationError} naming the first parameter that is wrong.
 */
export function parseQuery<Schema extends z.ZodType>(schema: Schema, url: URL): z.output<Schema> {
  const given = new Map<string, string>();
  for (const [name, value] of url.searchParams) {
    if (value !== "") given.set(name, given.has(name) ? `${given.get(name)},${value}` : value);
  }
  const parsed = schema.safeParse(Object.fromEntries(given));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const name = String(issue.path[0] ?? "");
  throw new ValidationError(`The query parameter "${name}" cannot be read`, {
    path: name,
    expected: issue.message,
    got: (given.get(name) ?? "nothing").slice(0, 80),
    fix: "Remove it from the address or give it a value of that form.",
  });
}

/** Whether a form wrote this query: it sends empty fields, and boxes one by one. */
export function isSentByForm({ searchParams }: URL): boolean {
  const names = [...searchParams.keys()];
  return new Set(names).size < names.length || [...searchParams.values()].includes("");
}

/** `?before=` of a list of reports. */
export const reportId = z.string().regex(/^[\w-]{1,64}$/, "the id of a report");

/** `?page=` counted from 1. */
export const pageNumber = z.coerce.number({ error: "a whole number from 1 to 1000" })
  .int("a whole number from 1 to 1000")
  .min(1, "a whole number from 1 to 1000")
  .max(1000, "a whole number from 1 to 1000")
  .default(1);

/** `?baselines=off` leaves the baselines out. */
export const baselinesSwitch = z.enum(["on", "off"], '"on" or "off"').default("on");

/** `?a=` and `?b=`: two entries. */
export const entryId = z.string({ error: "the id of a model" })
  .regex(/^[\w-]{1,64}$/, "the id of a model");

/** `?version=` of a benchmark; without it the ranked one. */
export const benchmarkVersion = z.coerce.number({ error: "a whole number from 1" })
  .int("a whole number from 1")
  .min(1, "a whole number from 1")
  .optional();
