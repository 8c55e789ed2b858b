// Operators on values (ECMA-262, section 13): binary64 arithmetic, 32-bit integers, comparisons.

import type { BinaryOperator } from "acorn";
import { looseEquals, strictEquals, toNumber, toPrimitive, toText } from "./conversions.ts";
import { unsupported } from "./failure.ts";
import type { Machine } from "./machine.ts";
import { hasProperty } from "./properties.ts";
import type { Value } from "./values.ts";

export function binary(machine: Machine, operator: BinaryOperator, a: Value, b: Value): Value {
  switch (operator) {
    case "+":
      return add(machine, a, b);
    case "===":
      return strictEquals(machine, a, b);
    case "!==":
      return !strictEquals(machine, a, b);
    case "==":
      return looseEquals(machine, a, b);
    case "!=":
      return !looseEquals(machine, a, b);
    case "<":
    case ">":
    case "<=":
    case ">=":
      return compare(machine, operator, a, b);
    case "in":
      return hasProperty(machine, b, a);
    case "instanceof":
      throw unsupported("instanceof");
    default:
      return arithmetic(operator, toNumber(machine, a), toNumber(machine, b));
  }
}

function add(machine: Machine, a: Value, b: Value): number | string {
  if (typeof a === "number" && typeof b === "number") return a + b;
  const left = toPrimitive(machine, a), right = toPrimitive(machine, b);
  if (typeof left !== "string" && typeof right !== "string") {
    return toNumber(machine, left) + toNumber(machine, right);
  }
  const start = toText(machine, left), end = toText(machine, right);
  machine.meter.makeString(start.length + end.length);
  return start + end;
}

function compare(machine: Machine, operator: "<" | ">" | "<=" | ">=", a: Value, b: Value): boolean {
  let left = toPrimitive(machine, a), right = toPrimitive(machine, b);
  if (typeof left === "string" && typeof right === "string") {
    machine.meter.read(Math.min(left.length, right.length));
  } else {
    left = toNumber(machine, left);
    right = toNumber(machine, right);
  }
  switch (operator) {
    case "<":
      return left < right;
    case ">":
      return left > right;
    case "<=":
      return left <= right;
    case ">=":
      return left >= right;
  }
}

function arithmetic(operator: BinaryOperator, a: number, b: number): number {
  switch (operator) {
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    case "%":
      return a % b;
    case "**":
      return power(a, b);
    case "|":
      return a | b;
    case "^":
      return a ^ b;
    case "&":
      return a & b;
    case "<<":
      return a << b;
    case ">>":
      return a >> b;
    case ">>>":
      return a >>> b;
    default:
      throw unsupported(`the operator ${operator}`);
  }
}

/**
 * Powers of whole numbers, as long as every digit is exact. JavaScript leaves the last bits of all
 * others to the engine, and engines differ.
 */
export function power(base: number, exponent: number): number {
  if (exponent === 0) return 1;
  if (Number.isNaN(base) || Number.isNaN(exponent)) return NaN;
  if (Number.isInteger(base) && Number.isInteger(exponent) && exponent > 0) {
    if (Math.abs(base) <= 1) return exponent % 2 === 0 ? base * base : base;
    let result = 1;
    for (let i = 0; i < exponent && Number.isSafeInteger(result); i++) result *= base;
    if (Number.isSafeInteger(result)) return result;
  }
  throw unsupported(
    "a power that is not a whole number below 2^53, which engines round differently,",
  );
}
