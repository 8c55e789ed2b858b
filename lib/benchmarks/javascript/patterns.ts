// Destructuring, defaults and rest: the names and places a pattern gives values to.

import type { AnyNode, ArrayPattern, ObjectPattern, Pattern } from "acorn";
import { iterate } from "./conversions.ts";
import { thrown } from "./failure.ts";
import { propertyKey, reference } from "./expressions.ts";
import type { Machine } from "./machine.ts";
import { getProperty, ownKeys, setProperty } from "./properties.ts";
import type { Scope } from "./scope.ts";
import { PlainObject, type Value } from "./values.ts";

/** Gives `value` to the pattern: "declare" initialises names of `scope`, "assign" writes places. */
export function bind(
  machine: Machine,
  target: AnyNode,
  value: Value,
  scope: Scope,
  mode: "declare" | "assign",
): void {
  const pattern = target as Pattern;
  switch (pattern.type) {
    case "AssignmentPattern": {
      const given = value === undefined ? machine.evaluate(pattern.right, scope) : value;
      return machine.bind(pattern.left, given, scope, mode);
    }
    case "ArrayPattern":
      return bindItems(machine, pattern, value, scope, mode);
    case "ObjectPattern":
      return bindProperties(machine, pattern, value, scope, mode);
    default:
      if (mode === "declare" && pattern.type === "Identifier" && scope.owns(pattern.name)) {
        scope.initialise(pattern.name, value);
      } else {
        reference(machine, pattern, scope).write(value);
      }
  }
}

function bindItems(
  machine: Machine,
  { elements }: ArrayPattern,
  value: Value,
  scope: Scope,
  mode: "declare" | "assign",
): void {
  const items = iterate(value)[Symbol.iterator]();
  for (const element of elements) {
    if (element?.type === "RestElement") {
      const rest: Value[] = [];
      for (let next = items.next(); !next.done; next = items.next()) {
        machine.meter.makeArray(1);
        rest.push(next.value);
      }
      machine.bind(element.argument, rest, scope, mode);
    } else {
      const next = items.next();
      if (element) machine.bind(element, next.done ? undefined : next.value, scope, mode);
    }
  }
}

function bindProperties(
  machine: Machine,
  { properties }: ObjectPattern,
  value: Value,
  scope: Scope,
  mode: "declare" | "assign",
): void {
  if (value === undefined || value === null) {
    throw thrown("TypeError", `${value} has no properties to take apart`);
  }
  const taken = new Set<string>();
  for (const property of properties) {
    if (property.type === "Property") {
      const key = propertyKey(machine, property, scope);
      taken.add(key);
      machine.bind(property.value, getProperty(machine, value, key), scope, mode);
    } else {
      const rest = new PlainObject();
      for (const key of ownKeys(machine, value)) {
        if (!taken.has(key)) setProperty(machine, rest, key, getProperty(machine, value, key));
      }
      machine.bind(property.argument, rest, scope, mode);
    }
  }
}
