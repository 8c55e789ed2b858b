// Names and their values. Knows block scopes, constants and the time before an initialisation.

import { thrown } from "./failure.ts";
import type { Value } from "./values.ts";

interface Binding {
  value: Value;
  constant: boolean;
  /** False between the start of the block and the declaration. */
  ready: boolean;
}

export class Scope {
  readonly #bindings = new Map<string, Binding>();
  readonly #parent: Scope | null;

  constructor(parent: Scope | null) {
    this.#parent = parent;
  }

  /** A name with its value, ready for use; an older one of the same name is replaced. */
  declare(name: string, value: Value, constant = false): void {
    this.#bindings.set(name, { value, constant, ready: true });
  }

  /** A `let` or `const` whose declaration is still to come. */
  reserve(name: string, constant: boolean): void {
    this.#bindings.set(name, { value: undefined, constant, ready: false });
  }

  /** The declaration of a reserved name is reached. */
  initialise(name: string, value: Value): void {
    const binding = this.#bindings.get(name)!;
    binding.value = value;
    binding.ready = true;
  }

  /** Whether this very scope has the name. */
  owns(name: string): boolean {
    return this.#bindings.has(name);
  }

  has(name: string): boolean {
    return this.owns(name) || (this.#parent?.has(name) ?? false);
  }

  /** @throws {ProgramFailure} when the name is unknown or not initialised yet. */
  read(name: string): Value {
    return this.#find(name).value;
  }

  /** @throws {ProgramFailure} as `read`, and when the name is a constant. */
  write(name: string, value: Value): void {
    const binding = this.#find(name);
    if (binding.constant) throw thrown("TypeError", `${name} is a constant`);
    binding.value = value;
  }

  /** A scope with the same names and values: a turn of a loop has bindings of its own. */
  copy(): Scope {
    const copy = new Scope(this.#parent);
    for (const [name, binding] of this.#bindings) copy.#bindings.set(name, { ...binding });
    return copy;
  }

  #find(name: string): Binding {
    const binding = this.#bindings.get(name);
    if (binding?.ready) return binding;
    if (binding) throw thrown("ReferenceError", `${name} is used before its declaration`);
    if (this.#parent) return this.#parent.#find(name);
    throw thrown("ReferenceError", `${name} is not defined`);
  }
}
