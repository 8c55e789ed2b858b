// Evaluates expressions. Operands from left to right, as ECMA-262 orders them.

import type {
  ArrayExpression,
  AssignmentExpression,
  CallExpression,
  Expression,
  Literal,
  LogicalOperator,
  MemberExpression,
  NewExpression,
  ObjectExpression,
  Pattern,
  Property,
  SpreadElement,
  TemplateLiteral,
  UnaryExpression,
  UpdateExpression,
} from "acorn";
import { iterate, toNumber, toText } from "./conversions.ts";
import { thrown, unsupported } from "./failure.ts";
import { isUnsupportedGlobal } from "./globals.ts";
import type { Machine } from "./machine.ts";
import { callMethod } from "./methods.ts";
import { binary } from "./operators.ts";
import { deleteProperty, getProperty, ownKeys, setProperty } from "./properties.ts";
import { Scope } from "./scope.ts";
import { Closure, Native, PlainObject, refuseInherited, typeOf, type Value } from "./values.ts";

export function evaluate(machine: Machine, node: Expression, scope: Scope): Value {
  switch (node.type) {
    case "Identifier":
      return readName(scope, node.name);
    case "Literal":
      return literal(node);
    case "TemplateLiteral":
      return template(machine, node, scope);
    case "ArrayExpression":
      return arrayLiteral(machine, node, scope);
    case "ObjectExpression":
      return objectLiteral(machine, node, scope);
    case "FunctionExpression":
    case "ArrowFunctionExpression":
      return closure(node, scope);
    case "UnaryExpression":
      return unary(machine, node, scope);
    case "UpdateExpression":
      return update(machine, node, scope);
    case "BinaryExpression": {
      const left = machine.evaluate(node.left as Expression, scope);
      return binary(machine, node.operator, left, machine.evaluate(node.right, scope));
    }
    case "LogicalExpression": {
      const left = machine.evaluate(node.left, scope);
      return isDecided(node.operator, left) ? left : machine.evaluate(node.right, scope);
    }
    case "ConditionalExpression":
      return machine.evaluate(
        machine.evaluate(node.test, scope) ? node.consequent : node.alternate,
        scope,
      );
    case "AssignmentExpression":
      return assign(machine, node, scope);
    case "MemberExpression": {
      const { object, key } = member(machine, node, scope);
      return getProperty(machine, object, key);
    }
    case "CallExpression":
      return call(machine, node, scope);
    case "NewExpression":
      return construct(machine, node, scope);
    case "SequenceExpression":
      return node.expressions.reduce<Value>((_, part) => machine.evaluate(part, scope), undefined);
    case "ParenthesizedExpression":
      return machine.evaluate(node.expression, scope);
    default:
      throw unsupported(node.type);
  }
}

function readName(scope: Scope, name: string): Value {
  refuseGlobal(scope, name);
  return scope.read(name);
}

function refuseGlobal(scope: Scope, name: string): void {
  if (isUnsupportedGlobal(name) && !scope.has(name)) throw unsupported(name);
}

function literal({ value, regex, bigint }: Literal): Value {
  if (regex || value instanceof RegExp) throw unsupported("a regular expression");
  if (bigint || typeof value === "bigint") throw unsupported("a BigInt");
  return value;
}

function template(machine: Machine, node: TemplateLiteral, scope: Scope): string {
  let text = "";
  node.quasis.forEach(({ value }, i) => {
    text += value.cooked;
    if (i < node.expressions.length) {
      text += toText(machine, machine.evaluate(node.expressions[i], scope));
    }
    machine.meter.makeString(text.length);
  });
  return text;
}

/** The values of a list in which `…` may stand: arguments. */
function values(
  machine: Machine,
  nodes: readonly (Expression | SpreadElement)[],
  scope: Scope,
): Value[] {
  const list: Value[] = [];
  for (const node of nodes) append(machine, list, node, scope);
  return list;
}

function append(
  machine: Machine,
  list: Value[],
  node: Expression | SpreadElement,
  scope: Scope,
): void {
  if (node.type !== "SpreadElement") {
    list.push(machine.evaluate(node, scope));
    return;
  }
  for (const item of iterate(machine.evaluate(node.argument, scope))) {
    machine.meter.makeArray(1);
    list.push(item);
  }
  machine.meter.checkLength(list.length);
}

function arrayLiteral(machine: Machine, node: ArrayExpression, scope: Scope): Value[] {
  const list: Value[] = [];
  for (const element of node.elements) {
    if (element) append(machine, list, element, scope);
    else list.length++;
  }
  return list;
}

function objectLiteral(machine: Machine, node: ObjectExpression, scope: Scope): PlainObject {
  const object = new PlainObject();
  for (const property of node.properties) {
    if (property.type === "SpreadElement") {
      copyOwn(machine, object, machine.evaluate(property.argument, scope));
    } else {
      if (property.kind !== "init") throw unsupported("a getter or setter");
      const key = propertyKey(machine, property, scope);
      setProperty(machine, object, key, machine.evaluate(property.value, scope));
    }
  }
  return object;
}

/** The key of a property in a literal or a pattern. */
export function propertyKey(
  machine: Machine,
  { key, computed }: Pick<Property, "key" | "computed">,
  scope: Scope,
): string {
  if (computed) return toText(machine, machine.evaluate(key, scope));
  const name = key.type === "Identifier" ? key.name : String((key as Literal).value);
  refuseInherited(name);
  return name;
}

/** `{ …source }`: null and undefined have nothing to copy. */
function copyOwn(machine: Machine, object: PlainObject, source: Value): void {
  if (source === undefined || source === null) return;
  for (const key of ownKeys(machine, source)) {
    setProperty(machine, object, key, getProperty(machine, source, key));
  }
}

function closure(node: Closure["node"], scope: Scope): Closure {
  if (node.async || node.generator) throw unsupported("an async function or a generator");
  if (node.type !== "FunctionExpression" || !node.id) return new Closure(node, scope);
  const own = new Scope(scope);
  const named = new Closure(node, own);
  own.declare(node.id.name, named, true);
  return named;
}

function unary(machine: Machine, node: UnaryExpression, scope: Scope): Value {
  const { operator, argument } = node;
  if (operator === "delete") {
    if (argument.type !== "MemberExpression") throw unsupported("delete of no property");
    const { object, key } = member(machine, argument, scope);
    return deleteProperty(machine, object, key);
  }
  if (operator === "typeof" && argument.type === "Identifier") {
    refuseGlobal(scope, argument.name);
    if (!scope.has(argument.name)) return "undefined";
  }
  const value = machine.evaluate(argument, scope);
  switch (operator) {
    case "!":
      return !value;
    case "-":
      return -toNumber(machine, value);
    case "+":
      return toNumber(machine, value);
    case "~":
      return ~toNumber(machine, value);
    case "typeof":
      return typeOf(value);
    case "void":
      return undefined;
  }
}

function update(machine: Machine, node: UpdateExpression, scope: Scope): number {
  const target = reference(machine, node.argument as Pattern, scope);
  const before = toNumber(machine, target.read());
  const after = node.operator === "++" ? before + 1 : before - 1;
  target.write(after);
  return node.prefix ? after : before;
}

function isDecided(operator: LogicalOperator, left: Value): boolean {
  switch (operator) {
    case "&&":
      return !left;
    case "||":
      return Boolean(left);
    case "??":
      return left !== undefined && left !== null;
  }
}

function assign(machine: Machine, node: AssignmentExpression, scope: Scope): Value {
  const { operator, left, right } = node;
  if (left.type === "ArrayPattern" || left.type === "ObjectPattern") {
    const value = machine.evaluate(right, scope);
    machine.bind(left, value, scope, "assign");
    return value;
  }
  const target = reference(machine, left, scope);
  if (operator === "=") return target.write(machine.evaluate(right, scope));
  const before = target.read(), plain = operator.slice(0, -1);
  if (plain === "&&" || plain === "||" || plain === "??") {
    return isDecided(plain, before) ? before : target.write(machine.evaluate(right, scope));
  }
  const value = machine.evaluate(right, scope);
  return target.write(binary(machine, plain as Parameters<typeof binary>[1], before, value));
}

interface Reference {
  read(): Value;
  /** Gives the value back. */
  write(value: Value): Value;
}

/** A place that can be written, its parts evaluated once. */
export function reference(machine: Machine, node: Pattern, scope: Scope): Reference {
  if (node.type === "Identifier") {
    return {
      read: () => readName(scope, node.name),
      write(value) {
        refuseGlobal(scope, node.name);
        scope.write(node.name, value);
        return value;
      },
    };
  }
  if (node.type !== "MemberExpression") throw unsupported(`an assignment to ${node.type}`);
  const { object, key } = member(machine, node, scope);
  return {
    read: () => getProperty(machine, object, key),
    write(value) {
      setProperty(machine, object, key, value);
      return value;
    },
  };
}

function member(
  machine: Machine,
  { object, property, computed }: MemberExpression,
  scope: Scope,
): { object: Value; key: Value } {
  if (object.type === "Super") throw unsupported("super");
  const value = machine.evaluate(object, scope);
  if (computed) return { object: value, key: machine.evaluate(property as Expression, scope) };
  if (property.type !== "Identifier") throw unsupported("a private name");
  return { object: value, key: property.name };
}

function call(machine: Machine, node: CallExpression, scope: Scope): Value {
  const { callee } = node;
  if (callee.type === "Super") throw unsupported("super");
  if (callee.type !== "MemberExpression") {
    const value = machine.evaluate(callee, scope);
    const name = callee.type === "Identifier" ? callee.name : "the expression";
    return machine.call(value, values(machine, node.arguments, scope), name);
  }
  const { object, key } = member(machine, callee, scope);
  if (object === undefined || object === null) {
    throw thrown("TypeError", `${toText(machine, key)} of ${object} cannot be read`);
  }
  return callMethod(machine, object, key, () => values(machine, node.arguments, scope));
}

/** `new Array(…)` alone: everything else that can be made with `new` has no literal of its own. */
function construct(machine: Machine, node: NewExpression, scope: Scope): Value {
  const { callee } = node;
  const made = machine.evaluate(callee as Expression, scope);
  if (!(made instanceof Native) || made.name !== "Array") throw unsupported("new, but for Array,");
  return machine.call(made, values(machine, node.arguments, scope));
}
