// What a program returned: compared with what a test wants, and shown to a reader.

import type { Json } from "./program.ts";
import { Closure, Native, PlainObject, type Value } from "./values.ts";

/**
 * Deep equality without conversions: `1` is neither `"1"` nor `true`, null is not undefined, −0 is
 * 0, an array has the same length and items, an object the same keys in any order. JSON has no NaN,
 * so none is ever wanted.
 */
export function equals(value: Value, wanted: Json): boolean {
  if (wanted === null || typeof wanted !== "object") return value === wanted;
  if (Array.isArray(wanted)) {
    return Array.isArray(value) && value.length === wanted.length &&
      wanted.every((item, i) => equals(value[i], item));
  }
  const keys = Object.keys(wanted);
  return value instanceof PlainObject && value.keys().length === keys.length &&
    keys.every((key) => value.has(key) && equals(value.properties[key], wanted[key]));
}

/** Longest text `show` gives, and the most levels it opens. */
const MAX_SHOWN = 60;
const MAX_LEVELS = 3;

/** A value as a reader would write it, cut where it is long. */
export function show(value: Value): string {
  const text = spell(value, MAX_LEVELS);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

function spell(value: Value, levels: number): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, MAX_SHOWN + 1));
  if (Object.is(value, -0)) return "-0";
  if (value === null || typeof value !== "object") return String(value);
  if (value instanceof Closure || value instanceof Native) return "a function";
  if (levels === 0) return "…";
  if (value instanceof PlainObject) {
    const entries = value.keys().slice(0, MAX_SHOWN).map((key) =>
      `${JSON.stringify(key.slice(0, MAX_SHOWN))}: ${spell(value.properties[key], levels - 1)}`
    );
    return `{${entries.join(", ")}}`;
  }
  const items = Array.from(value.slice(0, MAX_SHOWN), (item) => spell(item, levels - 1));
  return `[${items.join(", ")}]`;
}
