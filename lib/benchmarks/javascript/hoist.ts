// Which names a block or a function declares before its first statement runs.

import type { AnyNode, FunctionDeclaration, Pattern, Statement, VariableDeclaration } from "acorn";

export interface Declarations {
  /** `let` and `const` of this very block. */
  lexical: { name: string; constant: boolean }[];
  /** Functions declared in this very block. */
  functions: FunctionDeclaration[];
  /** Every `var` below, functions apart. */
  vars: string[];
}

const known = new WeakMap<readonly AnyNode[], Declarations>();

/** The declarations of a list of statements: found once per list. */
export function declarationsOf(body: readonly AnyNode[]): Declarations {
  let found = known.get(body);
  if (found === undefined) known.set(body, found = find(body));
  return found;
}

function find(body: readonly AnyNode[]): Declarations {
  const declarations: Declarations = { lexical: [], functions: [], vars: [] };
  for (const statement of body) {
    if (statement.type === "FunctionDeclaration") {
      declarations.functions.push(statement as FunctionDeclaration);
    }
    if (statement.type === "VariableDeclaration" && statement.kind !== "var") {
      declarations.lexical.push(...lexicalNames(statement));
    }
  }
  const vars = new Set<string>();
  for (const statement of body) collectVars(statement as Statement, vars);
  declarations.vars = [...vars];
  return declarations;
}

export function lexicalNames(declaration: VariableDeclaration): Declarations["lexical"] {
  const constant = declaration.kind !== "let";
  return declaration.declarations.flatMap(({ id }) =>
    patternNames(id).map((name) => ({ name, constant }))
  );
}

/** The names a pattern binds, in order. */
export function patternNames(pattern: Pattern): string[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap((property) =>
        patternNames(property.type === "Property" ? property.value : property.argument)
      );
    case "ArrayPattern":
      return pattern.elements.flatMap((element) => element ? patternNames(element) : []);
    case "RestElement":
      return patternNames(pattern.argument);
    case "AssignmentPattern":
      return patternNames(pattern.left);
    case "MemberExpression":
      return [];
  }
}

function collectVars(node: Statement | null | undefined, into: Set<string>): void {
  if (!node) return;
  switch (node.type) {
    case "VariableDeclaration":
      if (node.kind !== "var") return;
      for (const { id } of node.declarations) patternNames(id).forEach((name) => into.add(name));
      return;
    case "BlockStatement":
      return node.body.forEach((statement) => collectVars(statement, into));
    case "IfStatement":
      collectVars(node.consequent, into);
      return collectVars(node.alternate, into);
    case "ForStatement":
      if (node.init?.type === "VariableDeclaration") collectVars(node.init, into);
      return collectVars(node.body, into);
    case "ForInStatement":
    case "ForOfStatement":
      if (node.left.type === "VariableDeclaration") collectVars(node.left, into);
      return collectVars(node.body, into);
    case "WhileStatement":
    case "DoWhileStatement":
      return collectVars(node.body, into);
    case "SwitchStatement":
      return node.cases.forEach(({ consequent }) =>
        consequent.forEach((statement) => collectVars(statement, into))
      );
  }
}
