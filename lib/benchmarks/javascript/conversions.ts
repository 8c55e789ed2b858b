// JavaScript's conversions between kinds (ECMA-262, section 7), for the values of the subset.

import { thrown, unsupported } from "./failure.ts";
import type { Machine } from "./machine.ts";
import { isObject, PlainObject, type Value } from "./values.ts";

type Primitive = undefined | null | boolean | number | string;

/** Arrays become their joined items, objects "[object Object]"; both are what the hints agree on. */
export function toPrimitive(machine: Machine, value: Value): Primitive {
  if (!isObject(value)) return value;
  if (Array.isArray(value)) return joinItems(machine, value, ",");
  if (value instanceof PlainObject) return "[object Object]";
  throw unsupported("the source text of a function");
}

export function toText(machine: Machine, value: Value): string {
  return String(toPrimitive(machine, value));
}

export function toNumber(machine: Machine, value: Value): number {
  const primitive = toPrimitive(machine, value);
  if (typeof primitive === "string") machine.meter.read(primitive.length);
  return Number(primitive);
}

/** ToIntegerOrInfinity. */
export function toInteger(machine: Machine, value: Value): number {
  const number = Math.trunc(toNumber(machine, value));
  return Number.isNaN(number) ? 0 : number;
}

/** An argument that counts from the end when negative, cut to 0..length. */
export function relativeIndex(
  machine: Machine,
  value: Value,
  { length, missing }: { length: number; missing: number },
): number {
  const index = value === undefined ? missing : toInteger(machine, value);
  return index < 0 ? Math.max(0, length + index) : Math.min(index, length);
}

export function strictEquals(machine: Machine, a: Value, b: Value): boolean {
  if (typeof a === "string" && typeof b === "string" && a.length === b.length) {
    machine.meter.read(a.length);
  }
  return a === b;
}

/** IsLooselyEqual. */
export function looseEquals(machine: Machine, a: Value, b: Value): boolean {
  if (a === undefined || a === null) return b === undefined || b === null;
  if (b === undefined || b === null) return false;
  if (isObject(a) && isObject(b)) return a === b;
  const left = toPrimitive(machine, a), right = toPrimitive(machine, b);
  if (typeof left === typeof right) return strictEquals(machine, left, right);
  return toNumber(machine, left) === toNumber(machine, right);
}

/** What `[…].join(separator)` gives. */
export function joinItems(machine: Machine, items: readonly Value[], separator: string): string {
  machine.meter.enter();
  let joined = "";
  for (let i = 0; i < items.length; i++) {
    const item = items[i] ?? null;
    const text = (i === 0 ? "" : separator) + (item === null ? "" : toText(machine, item));
    machine.meter.step();
    machine.meter.makeString(text.length);
    joined += text;
    machine.meter.checkString(joined.length);
  }
  machine.meter.leave();
  return joined;
}

/** The values that `for … of`, `…` and array patterns take: live, as JavaScript's iterators are. */
export function iterate(value: Value): Iterable<Value> {
  if (typeof value === "string" || Array.isArray(value)) return value;
  throw thrown("TypeError", `${describe(value)} is not iterable`);
}

/** All of them at once. */
export function listOf(machine: Machine, value: Value): Value[] {
  const list: Value[] = [];
  for (const item of iterate(value)) {
    machine.meter.step();
    list.push(item);
  }
  machine.meter.makeArray(list.length);
  return list;
}

/** A short name of a value for a reason. */
export function describe(value: Value): string {
  if (value === null || typeof value !== "object") {
    return typeof value === "string" ? "a string" : String(value);
  }
  return Array.isArray(value)
    ? "an array"
    : value instanceof PlainObject
    ? "an object"
    : "a function";
}
