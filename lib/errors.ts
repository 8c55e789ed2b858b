// Error classes chosen by meaning. Knows nothing of HTTP: lib/http maps them to status codes.

/** What was expected, what was found, and what the reader can do about it. */
export interface Problem {
  expected?: string;
  got?: string;
  /** One sentence telling the user how to mend it. */
  fix?: string;
}

/** Base of every error whose message may be shown to a user. */
export class TinyproofError extends Error {
  readonly problem: Problem;
  constructor(message: string, problem: Problem = {}) {
    super(message);
    this.name = new.target.name;
    this.problem = problem;
  }
}

/** A file that is not a well-formed model. `offset` is in bytes from the start of the file. */
export class FormatError extends TinyproofError {
  readonly offset: number;
  constructor(message: string, problem: Problem & { offset: number }) {
    super(message, problem);
    this.offset = problem.offset;
  }
}

/** A document (recipe, form, query) that does not follow its schema. `path` is dotted. */
export class ValidationError extends TinyproofError {
  readonly path: string;
  constructor(message: string, problem: Problem & { path?: string } = {}) {
    super(message, problem);
    this.path = problem.path ?? "";
  }
}

/** A loss, gradient or weight that is not finite. `step` counts from 1. */
export class DivergedError extends TinyproofError {
  readonly step: number;
  constructor(step: number) {
    super(`Diverged at step ${step}: the loss or the gradient is not finite`, {
      expected: "finite loss and gradient",
      fix: "Lower the learning rate, lengthen the warm-up or tighten gradient clipping.",
    });
    this.step = step;
  }
}

/** Work refused before it starts because it is over a declared limit. */
export class BudgetError extends TinyproofError {}

/** The caller has as much of something as one may have. */
export class QuotaError extends TinyproofError {
  /** When there is room again by itself, or null. */
  readonly retryAfterSeconds: number | null;
  constructor(message: string, problem: Problem & { retryAfterSeconds: number | null }) {
    super(message, problem);
    this.retryAfterSeconds = problem.retryAfterSeconds;
  }
}

/** Something named by the caller does not exist. */
export class NotFoundError extends TinyproofError {}

/** It was there, and was taken away; `got` is the reason that somebody gave for that. */
export class GoneError extends TinyproofError {}

/** Nobody is signed in, or what was sent to sign in is not valid. */
export class AuthenticationError extends TinyproofError {}

/** The caller is known and may not do this. */
export class PermissionError extends TinyproofError {}

/** Bytes or state that are not what an earlier record says they are. */
export class IntegrityError extends TinyproofError {}

/** Something that this server depends on does not answer; the same request may work later. */
export class UnavailableError extends TinyproofError {}

/** A problem as it may leave the server: in JSON and on pages. */
export interface PublicProblem extends Problem {
  message: string;
  /** Dotted path of the field that is wrong. */
  path?: string;
  /** Byte offset in the file that is wrong. */
  offset?: number;
}

/** What may be shown of an error, or null when it is a fault of ours. */
export function publicProblem(error: unknown): PublicProblem | null {
  if (!(error instanceof TinyproofError)) return null;
  const problem: PublicProblem = { message: error.message };
  const { expected, got, fix } = error.problem;
  if (expected) problem.expected = expected;
  if (got) problem.got = got;
  if (fix) problem.fix = fix;
  if (error instanceof ValidationError && error.path) problem.path = error.path;
  if (error instanceof FormatError) problem.offset = error.offset;
  return problem;
}
