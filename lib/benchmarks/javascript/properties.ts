// Reading and writing properties: items, lengths and own keys. No prototype is ever reached.

import { describe, toText } from "./conversions.ts";
import { thrown, unsupported } from "./failure.ts";
import type { Machine } from "./machine.ts";
import { Native, PlainObject, refuseInherited, type Value } from "./values.ts";

/** Above the longest array JavaScript has: such numbers are ordinary keys. */
const MAX_INDEX = 2 ** 32 - 2;

/** `key` as a place in an array or string, or null when it is another key. */
function asIndex(key: Value): number | null {
  const number = typeof key === "string" && String(Number(key)) === key ? Number(key) : key;
  return typeof number === "number" && Number.isInteger(number) && number >= 0 &&
      number <= MAX_INDEX
    ? number
    : null;
}

/** `object[key]` as a value. */
export function getProperty(machine: Machine, object: Value, key: Value): Value {
  if (object === undefined || object === null) {
    throw thrown("TypeError", `${nameOf(key)} of ${object} cannot be read`);
  }
  if (Array.isArray(object) || typeof object === "string") return getItem(machine, object, key);
  const name = toText(machine, key);
  if (object instanceof PlainObject) {
    if (object.has(name)) return object.properties[name];
    refuseInherited(name);
    return undefined;
  }
  if (object instanceof Native && object.members.has(name)) return object.members.get(name);
  throw unsupported(`the property ${name} of ${describe(object)}`);
}

function getItem(machine: Machine, object: Value[] | string, key: Value): Value {
  if (typeof key === "number") {
    const index = asIndex(key);
    return index === null ? undefined : object[index];
  }
  const name = toText(machine, key), index = asIndex(name);
  if (index !== null) return object[index];
  if (name === "length") return object.length;
  throw unsupported(`the property ${name} of ${describe(object)}, unless it is called,`);
}

/** `object[key] = value`, in strict code. */
export function setProperty(machine: Machine, object: Value, key: Value, value: Value): void {
  if (Array.isArray(object)) return setItem(machine, object, key, value);
  const name = toText(machine, key);
  if (object instanceof PlainObject) {
    refuseInherited(name);
    if (!object.has(name)) machine.meter.makeArray(1);
    object.properties[name] = value;
    return;
  }
  if (object === null || typeof object !== "object") {
    throw thrown("TypeError", `${name} of ${describe(object)} cannot be set`);
  }
  throw unsupported("a property of a function");
}

function setItem(machine: Machine, items: Value[], key: Value, value: Value): void {
  const name = toText(machine, key), index = asIndex(name);
  if (index !== null) {
    if (index >= items.length) growTo(machine, items, index + 1);
    items[index] = value;
  } else if (name === "length") {
    const length = Number(value);
    if (typeof value !== "number" || !Number.isInteger(length) || length < 0) {
      throw thrown("RangeError", "an array's length is a whole number");
    }
    if (length > items.length) growTo(machine, items, length);
    items.length = length;
  } else {
    throw unsupported(`the property ${name} of an array`);
  }
}

function growTo(machine: Machine, items: Value[], length: number): void {
  machine.meter.checkLength(length);
  machine.meter.makeArray(length - items.length);
}

/** `delete object[key]` of a plain object. */
export function deleteProperty(machine: Machine, object: Value, key: Value): boolean {
  if (!(object instanceof PlainObject)) throw unsupported(`delete on ${describe(object)}`);
  const name = toText(machine, key);
  refuseInherited(name);
  return delete object.properties[name];
}

/** `key in object`. */
export function hasProperty(machine: Machine, object: Value, key: Value): boolean {
  if (object === null || typeof object !== "object") {
    throw thrown("TypeError", `"in" needs an object, not ${describe(object)}`);
  }
  const name = toText(machine, key);
  if (hasOwn(object, name)) return true;
  if (object instanceof PlainObject) {
    refuseInherited(name);
    return false;
  }
  if (Array.isArray(object) && asIndex(name) !== null) return false;
  throw unsupported(`"${name}" in ${describe(object)}`);
}

/** Whether the object itself has the key. */
export function hasOwn(object: Value, name: string): boolean {
  if (object instanceof PlainObject) return object.has(name);
  if (!Array.isArray(object) && typeof object !== "string") return false;
  const index = asIndex(name);
  return name === "length" ||
    index !== null && (typeof object === "string" ? index < object.length : index in object);
}

/** Own enumerable keys, in JavaScript's order. @throws {ProgramFailure} for null and undefined. */
export function ownKeys(machine: Machine, object: Value): string[] {
  if (object === undefined || object === null) {
    throw thrown("TypeError", `${object} has no keys`);
  }
  if (object instanceof Native) throw unsupported("the list of keys of a built-in");
  const keys = object instanceof PlainObject
    ? object.keys()
    : Array.isArray(object) || typeof object === "string"
    ? Object.keys(object)
    : [];
  machine.meter.makeArray(keys.length);
  return keys;
}

function nameOf(key: Value): string {
  return typeof key === "string" || typeof key === "number" ? String(key) : "a property";
}
