// Finds what `object.name(…)` calls. Knows which kinds have methods, not what they do.

import { ARRAY_METHODS } from "./array_methods.ts";
import { describe, toText } from "./conversions.ts";
import { unsupported } from "./failure.ts";
import type { Machine } from "./machine.ts";
import { NUMBER_METHODS } from "./number_methods.ts";
import { getProperty, hasOwn } from "./properties.ts";
import { STRING_METHODS } from "./string_methods.ts";
import { PlainObject, type Value } from "./values.ts";

/** Calls `object[key](…args())`; the arguments are evaluated after the object and the key. */
export function callMethod(
  machine: Machine,
  object: Value,
  key: Value,
  args: () => Value[],
): Value {
  const name = toText(machine, key);
  if (Array.isArray(object) && !hasOwn(object, name)) {
    return requireMethod(ARRAY_METHODS.get(name), object, name)(machine, object, args());
  }
  if (typeof object === "string" && !hasOwn(object, name)) {
    return requireMethod(STRING_METHODS.get(name), object, name)(machine, object, args());
  }
  if (typeof object === "number") {
    return requireMethod(NUMBER_METHODS.get(name), object, name)(machine, object, args());
  }
  if (typeof object === "boolean" && name === "toString") return String(object);
  if (object instanceof PlainObject && name === "hasOwnProperty") {
    return object.has(toText(machine, args()[0]));
  }
  const member = getProperty(machine, object, key);
  return machine.call(member, args(), name);
}

function requireMethod<Method>(method: Method | undefined, object: Value, name: string): Method {
  if (method !== undefined) return method;
  throw unsupported(`the method ${name} of ${describe(object)}`);
}
