// The values of a program: primitives are the host's, everything else is a closed kind of our own,
// so no name a program can spell leads to an object of the host.

import type { ArrowFunctionExpression, FunctionDeclaration, FunctionExpression } from "acorn";
import { unsupported } from "./failure.ts";
import type { Machine } from "./machine.ts";
import type { Scope } from "./scope.ts";

/** An array is a host array that only methods.ts and properties.ts touch, by index and length. */
export type Value =
  | undefined
  | null
  | boolean
  | number
  | string
  | Value[]
  | PlainObject
  | Closure
  | Native;

/** `{ … }`: no prototype; keys in JavaScript's own order. */
export class PlainObject {
  readonly properties: Record<string, Value> = Object.create(null);

  has(key: string): boolean {
    return Object.hasOwn(this.properties, key);
  }

  keys(): string[] {
    return Object.keys(this.properties);
  }
}

export type FunctionNode = FunctionDeclaration | FunctionExpression | ArrowFunctionExpression;

/** A function of the program with the scope it closes over. */
export class Closure {
  readonly node: FunctionNode;
  readonly scope: Scope;
  constructor(node: FunctionNode, scope: Scope) {
    this.node = node;
    this.scope = scope;
  }
}

export type NativeCall = (machine: Machine, args: readonly Value[]) => Value;

/** A function of ours, or a namespace such as Math, which cannot be called. */
export class Native {
  readonly name: string;
  readonly call: NativeCall | null;
  readonly members: ReadonlyMap<string, Value>;
  constructor(name: string, call: NativeCall | null, members: Record<string, Value> = {}) {
    this.name = name;
    this.call = call;
    this.members = new Map(Object.entries(members));
  }
}

export function isCallable(value: Value): value is Closure | Native {
  return value instanceof Closure || (value instanceof Native && value.call !== null);
}

export function isObject(value: Value): value is Value[] | PlainObject | Closure | Native {
  return typeof value === "object" && value !== null;
}

export function typeOf(value: Value): string {
  if (value === null) return "object";
  if (isCallable(value)) return "function";
  return typeof value;
}

/** The names every object inherits: reading one would lead to a prototype. */
const INHERITED = new Set([
  "__proto__",
  "constructor",
  "hasOwnProperty",
  "isPrototypeOf",
  "propertyIsEnumerable",
  "toLocaleString",
  "toString",
  "valueOf",
  "__defineGetter__",
  "__defineSetter__",
  "__lookupGetter__",
  "__lookupSetter__",
]);

/** @throws {ProgramFailure} when `key` is a name of JavaScript's prototypes. */
export function refuseInherited(key: string): void {
  if (INHERITED.has(key)) throw unsupported(`the inherited property ${key}`);
}
