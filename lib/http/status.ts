// Errors to HTTP: one status per class.

import {
  AuthenticationError,
  BudgetError,
  DivergedError,
  FormatError,
  GoneError,
  IntegrityError,
  NotFoundError,
  PermissionError,
  TinyproofError,
  UnavailableError,
  ValidationError,
} from "../errors.ts";
import { EncodingError } from "./guard.ts";
import { SlowUploadError } from "./patience.ts";

/** The caller may try again after `retryAfterSeconds`. */
export class RateLimitError extends TinyproofError {
  readonly retryAfterSeconds: number;
  /** @param what there are too many of. */
  constructor(what: string, retryAfterSeconds: number) {
    super(`Too many ${what} from this address`, {
      fix: `Wait ${retryAfterSeconds} seconds, then send it again.`,
    });
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The server has no room for this now. */
export class BusyError extends TinyproofError {
  readonly retryAfterSeconds: number;
  constructor(retryAfterSeconds: number) {
    super("The server is busy", {
      fix: `Wait ${retryAfterSeconds} seconds, then try again.`,
    });
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

const STATUSES: [new (...args: never[]) => Error, number][] = [
  [FormatError, 422],
  [ValidationError, 422],
  [DivergedError, 422],
  [AuthenticationError, 401],
  [PermissionError, 403],
  [NotFoundError, 404],
  [GoneError, 410],
  [BudgetError, 413],
  [EncodingError, 415],
  [RateLimitError, 429],
  [BusyError, 503],
  [SlowUploadError, 408],
  [IntegrityError, 409],
  [UnavailableError, 503],
];

/** The status of an error; 500 for anything that is not a TinyproofError or an HTTP error. */
export function statusOf(error: unknown): number {
  for (const [kind, status] of STATUSES) if (error instanceof kind) return status;
  if (error instanceof TinyproofError) return 400;
  const status = Object(error).status;
  return error instanceof Error && Number.isInteger(status) && status >= 400 ? status : 500;
}
