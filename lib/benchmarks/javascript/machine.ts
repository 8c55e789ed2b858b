// What the parts of the evaluator ask of each other, so that none imports another in a circle.

import type { AnyNode, Expression, Statement } from "acorn";
import type { Meter } from "./meter.ts";
import type { Scope } from "./scope.ts";
import type { Value } from "./values.ts";

/** How a statement ended. */
export type Completion =
  | { type: "normal" | "break" | "continue" }
  | { type: "return"; value: Value };

export const NORMAL: Completion = { type: "normal" };

export interface Machine {
  readonly meter: Meter;
  evaluate(node: Expression, scope: Scope): Value;
  execute(node: Statement, scope: Scope): Completion;
  /** `name` is how the source spells the callee, for the reason when it is no function. */
  call(callee: Value, args: readonly Value[], name?: string): Value;
  /** Binds the names of a declaration or assigns to the targets of a pattern. */
  bind(target: AnyNode, value: Value, scope: Scope, mode: "declare" | "assign"): void;
}
