// JSON answers of the API, errors included. Knows nothing of any one route.

import { publicProblem } from "../errors.ts";
import { BusyError, RateLimitError, statusOf } from "./status.ts";

/** `value` as JSON; never sniffed, never cached unless `headers` say so. */
export function json(value: unknown, init: ResponseInit = {}): Response {
  const headers = new Headers(init.headers);
  headers.set("content-type", "application/json; charset=utf-8");
  if (!headers.has("cache-control")) headers.set("cache-control", "no-cache");
  return new Response(JSON.stringify(value, null, 2) + "\n", { ...init, headers });
}

/**
 * An error as `{ error: { status, message, expected?, got?, fix?, requestId? } }`.
 * @param requestId what the log knows the request by.
 */
export function jsonError(error: unknown, requestId?: string): Response {
  const status = statusOf(error);
  const problem = publicProblem(error) ?? { message: fallback(status) };
  const headers = retryAfter(error);
  return json({ error: { status, ...problem, requestId } }, { status, headers });
}

/** The header that says when to come again, for errors that know it. */
export function retryAfter(error: unknown): Headers {
  const headers = new Headers();
  if (error instanceof RateLimitError || error instanceof BusyError) {
    headers.set("retry-after", String(error.retryAfterSeconds));
  }
  return headers;
}

function fallback(status: number): string {
  if (status === 403) return "Refused: it came from a page of another site";
  if (status === 404) return "Nothing at this address";
  if (status === 405) return "This address does not answer that method";
  return status >= 500 ? "The server failed; the fault has been logged" : "Bad request";
}
