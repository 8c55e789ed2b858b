// Runs one function of a program in the subset of docs/code-completion.md. Deterministic: no clock,
// no host object, no randomness; every run ends within LIMITS.

import type { Program } from "acorn";
import { type FailureKind, ProgramFailure, thrown } from "./failure.ts";
import { evaluate } from "./expressions.ts";
import { globalScope } from "./globals.ts";
import { patternNames } from "./hoist.ts";
import type { Machine } from "./machine.ts";
import { Meter } from "./meter.ts";
import { parseProgram } from "./parse.ts";
import { bind } from "./patterns.ts";
import { Scope } from "./scope.ts";
import { declareBody, execute, executeBlock } from "./statements.ts";
import { Closure, isCallable, PlainObject, type Value } from "./values.ts";

/** A value that a file can state. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** How a program ended: with a value, or with a reason that names the line. */
export type Outcome = { ok: true; value: Value; steps: number } | Failure & { steps: number };

export interface Failure {
  ok: false;
  kind: FailureKind;
  reason: string;
}

export type Parsed = { ok: true; program: Program } | Failure;

/** Reads a program of at most LIMITS.sourceUnits. What is not in the subset fails when it runs. */
export function readProgram(source: string): Parsed {
  try {
    return { ok: true, program: parseProgram(source) };
  } catch (error) {
    return failure(error);
  }
}

/** Runs the program from its start and calls its function `name` with copies of `args`. */
export function callFunction(program: Program, name: string, args: readonly Json[]): Outcome {
  const run = new Run();
  try {
    return { ok: true, value: run.start(program, name, args), steps: run.meter.steps };
  } catch (error) {
    const { kind, reason } = failure(error);
    return { ok: false, kind, reason: `line ${run.line}: ${reason}`, steps: run.meter.steps };
  }
}

function failure(error: unknown): Failure {
  if (!(error instanceof ProgramFailure)) throw error;
  return { ok: false, kind: error.kind, reason: error.message };
}

class Run implements Machine {
  readonly meter = new Meter();
  /** Of the statement that runs. */
  line = 1;

  start(program: Program, name: string, args: readonly Json[]): Value {
    const scope = new Scope(globalScope());
    declareBody(program.body, scope);
    executeBlock(this, program.body, scope);
    if (!scope.owns(name)) throw thrown("ReferenceError", `there is no function ${name}`);
    return this.call(scope.read(name), args.map(fromJson), name);
  }

  evaluate: Machine["evaluate"] = (node, scope) => {
    this.meter.enter();
    const value = evaluate(this, node, scope);
    this.meter.leave();
    return value;
  };

  execute: Machine["execute"] = (node, scope) => {
    this.meter.enter();
    this.line = node.loc!.start.line;
    const completion = execute(this, node, scope);
    this.meter.leave();
    return completion;
  };

  bind: Machine["bind"] = (target, value, scope, mode) => {
    this.meter.enter();
    bind(this, target, value, scope, mode);
    this.meter.leave();
  };

  call: Machine["call"] = (callee, args, name = "the value") => {
    if (!isCallable(callee)) throw thrown("TypeError", `${name} is not a function`);
    this.meter.enter();
    const value = callee instanceof Closure
      ? this.#callClosure(callee, args)
      : callee.call!(this, args);
    this.meter.leave();
    return value;
  };

  #callClosure({ node, scope }: Closure, args: readonly Value[]): Value {
    const own = new Scope(scope);
    const isSimple = node.params.every(({ type }) => type === "Identifier");
    this.#bindParameters(node.params, args, own, isSimple);
    if (node.body.type !== "BlockStatement") return this.evaluate(node.body, own);
    // Defaults see the parameters but not the names of the body.
    const inner = isSimple ? own : new Scope(own);
    declareBody(node.body.body, inner, own);
    const completion = executeBlock(this, node.body.body, inner);
    return completion.type === "return" ? completion.value : undefined;
  }

  #bindParameters(
    params: Closure["node"]["params"],
    args: readonly Value[],
    scope: Scope,
    isSimple: boolean,
  ): void {
    for (const name of params.flatMap(patternNames)) {
      if (isSimple) scope.declare(name, undefined);
      else scope.reserve(name, false);
    }
    params.forEach((param, i) => {
      this.meter.step();
      if (param.type !== "RestElement") return this.bind(param, args[i], scope, "declare");
      const rest = args.slice(i);
      this.meter.makeArray(rest.length);
      this.bind(param.argument, rest, scope, "declare");
    });
  }
}

function fromJson(json: Json): Value {
  if (json === null || typeof json !== "object") return json;
  if (Array.isArray(json)) return json.map(fromJson);
  const object = new PlainObject();
  for (const [key, value] of Object.entries(json)) object.properties[key] = fromJson(value);
  return object;
}
