// Executes statements and sets up the names of blocks and functions.

import type {
  AnyNode,
  Expression,
  ForInStatement,
  ForOfStatement,
  ForStatement,
  Statement,
  SwitchStatement,
  VariableDeclaration,
} from "acorn";
import { iterate, strictEquals } from "./conversions.ts";
import { unsupported } from "./failure.ts";
import { declarationsOf, lexicalNames } from "./hoist.ts";
import { type Completion, type Machine, NORMAL } from "./machine.ts";
import { hasOwn, ownKeys } from "./properties.ts";
import { Scope } from "./scope.ts";
import { Closure, type FunctionNode, type Value } from "./values.ts";

export function execute(machine: Machine, node: Statement, scope: Scope): Completion {
  switch (node.type) {
    case "ExpressionStatement":
      machine.evaluate(node.expression, scope);
      return NORMAL;
    case "VariableDeclaration":
      declare(machine, node, scope);
      return NORMAL;
    case "FunctionDeclaration":
    case "EmptyStatement":
    case "DebuggerStatement":
      return NORMAL;
    case "ReturnStatement": {
      const value = node.argument ? machine.evaluate(node.argument, scope) : undefined;
      return { type: "return", value };
    }
    case "BlockStatement":
      return executeBlock(machine, node.body, blockScope(node.body, scope));
    case "IfStatement":
      if (machine.evaluate(node.test, scope)) return machine.execute(node.consequent, scope);
      return node.alternate ? machine.execute(node.alternate, scope) : NORMAL;
    case "ForStatement":
      return executeFor(machine, node, scope);
    case "ForOfStatement":
    case "ForInStatement":
      return executeForEach(machine, node, scope);
    case "WhileStatement":
      return repeat(machine, {
        test: () => machine.evaluate(node.test, scope),
        body: () => machine.execute(node.body, scope),
      });
    case "DoWhileStatement": {
      let first = true;
      return repeat(machine, {
        test: () => first || machine.evaluate(node.test, scope),
        body() {
          first = false;
          return machine.execute(node.body, scope);
        },
      });
    }
    case "BreakStatement":
    case "ContinueStatement":
      if (node.label) throw unsupported("a label");
      return { type: node.type === "BreakStatement" ? "break" : "continue" };
    case "SwitchStatement":
      return executeSwitch(machine, node, scope);
    default:
      throw unsupported(node.type);
  }
}

/** Runs the statements of a block whose scope is made. */
export function executeBlock(
  machine: Machine,
  body: readonly AnyNode[],
  scope: Scope,
): Completion {
  for (const statement of body) {
    const completion = machine.execute(statement as Statement, scope);
    if (completion.type !== "normal") return completion;
  }
  return NORMAL;
}

function blockScope(body: readonly AnyNode[], parent: Scope): Scope {
  const scope = new Scope(parent);
  declareLexical(body, scope);
  return scope;
}

function declareLexical(body: readonly AnyNode[], scope: Scope): void {
  const { lexical, functions } = declarationsOf(body);
  for (const { name, constant } of lexical) scope.reserve(name, constant);
  for (const node of functions) scope.declare(node.id.name, makeFunction(node, scope));
}

/**
 * Declares what the body of a function or a program declares. A `var` of the same name as a
 * parameter starts with its value.
 */
export function declareBody(
  body: readonly AnyNode[],
  scope: Scope,
  parameters: Scope = scope,
): void {
  for (const name of declarationsOf(body).vars) {
    scope.declare(name, parameters.owns(name) ? parameters.read(name) : undefined);
  }
  declareLexical(body, scope);
}

function makeFunction(node: FunctionNode, scope: Scope): Closure {
  if (node.async || node.generator) throw unsupported("an async function or a generator");
  return new Closure(node, scope);
}

function declare(machine: Machine, node: VariableDeclaration, scope: Scope): void {
  for (const { id, init } of node.declarations) {
    if (node.kind === "var") {
      if (init) machine.bind(id, machine.evaluate(init, scope), scope, "assign");
    } else {
      machine.bind(id, init ? machine.evaluate(init, scope) : undefined, scope, "declare");
    }
  }
}

/** The loop that all others are; null goes on. */
function repeat(
  machine: Machine,
  { test, body, update }: { test(): Value; body(): Completion; update?(): void },
): Completion {
  while (test()) {
    machine.meter.step();
    const completion = body();
    if (completion.type === "break") return NORMAL;
    if (completion.type === "return") return completion;
    update?.();
  }
  return NORMAL;
}

function executeFor(machine: Machine, node: ForStatement, outer: Scope): Completion {
  const { init, test, update, body } = node;
  let scope = outer;
  if (init?.type === "VariableDeclaration") {
    scope = new Scope(outer);
    if (init.kind !== "var") reserve(init, scope);
    declare(machine, init, scope);
  } else if (init) {
    machine.evaluate(init, scope);
  }
  const isLexical = scope !== outer;
  // Each turn has bindings of its own, so a function made in it keeps that turn's values.
  if (isLexical) scope = scope.copy();
  return repeat(machine, {
    test: () => test ? machine.evaluate(test, scope) : true,
    body: () => machine.execute(body, scope),
    update() {
      if (isLexical) scope = scope.copy();
      if (update) machine.evaluate(update, scope);
    },
  });
}

function reserve(declaration: VariableDeclaration, scope: Scope): void {
  for (const { name, constant } of lexicalNames(declaration)) scope.reserve(name, constant);
}

function executeForEach(
  machine: Machine,
  node: ForOfStatement | ForInStatement,
  outer: Scope,
): Completion {
  if (node.type === "ForOfStatement" && node.await) throw unsupported("for await");
  const { left, body } = node;
  const lexical = left.type === "VariableDeclaration" && left.kind !== "var" ? left : null;
  const before = new Scope(outer);
  if (lexical) reserve(lexical, before);
  const subject = machine.evaluate(node.right, before);
  const items = (node.type === "ForOfStatement" ? iterate(subject) : liveKeys(machine, subject))
    [Symbol.iterator]();
  let next = items.next();
  return repeat(machine, {
    test: () => !next.done,
    body() {
      const scope = lexical ? new Scope(outer) : outer;
      if (lexical) reserve(lexical, scope);
      const target = left.type === "VariableDeclaration" ? left.declarations[0].id : left;
      machine.bind(target, next.value, scope, lexical ? "declare" : "assign");
      return machine.execute(body, scope);
    },
    update: () => next = items.next(),
  });
}

/** The keys of `for … in`: those of the start that are still there. */
function* liveKeys(machine: Machine, object: Value): Iterable<string> {
  if (object === undefined || object === null) return;
  for (const key of ownKeys(machine, object)) if (hasOwn(object, key)) yield key;
}

function executeSwitch(machine: Machine, node: SwitchStatement, outer: Scope): Completion {
  const subject = machine.evaluate(node.discriminant, outer);
  const scope = new Scope(outer);
  for (const { consequent } of node.cases) declareLexical(consequent, scope);
  const matches = (test: Expression | null | undefined) =>
    test && strictEquals(machine, subject, machine.evaluate(test, scope));
  let from = node.cases.findIndex(({ test }) => matches(test));
  if (from < 0) from = node.cases.findIndex(({ test }) => !test);
  if (from < 0) return NORMAL;
  for (const { consequent } of node.cases.slice(from)) {
    const completion = executeBlock(machine, consequent, scope);
    if (completion.type === "break") return NORMAL;
    if (completion.type !== "normal") return completion;
  }
  return NORMAL;
}
