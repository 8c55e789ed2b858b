// Why a program came to no value. Data for the author of a model, never a fault of ours.

/**
 * - `syntax`: not JavaScript at all;
 * - `unsupported`: JavaScript, but outside of the subset (docs/code-completion.md);
 * - `error`: what JavaScript itself throws, for example at an unknown name;
 * - `steps`, `depth`, `memory`: a limit was reached.
 */
export type FailureKind = "syntax" | "unsupported" | "error" | "steps" | "depth" | "memory";

/** Ends a program at once: nothing in the subset can catch it. */
export class ProgramFailure extends Error {
  readonly kind: FailureKind;
  constructor(kind: FailureKind, reason: string) {
    super(reason);
    this.name = "ProgramFailure";
    this.kind = kind;
  }
}

/** What JavaScript throws here. `type` is one of its own, for example TypeError. */
export function thrown(
  type: "TypeError" | "ReferenceError" | "RangeError",
  reason: string,
): ProgramFailure {
  return new ProgramFailure("error", `${type}: ${reason}`);
}

/** Something of JavaScript that the subset leaves out. */
export function unsupported(what: string): ProgramFailure {
  return new ProgramFailure("unsupported", `${what} is not in the subset`);
}
