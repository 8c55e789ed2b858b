// JSON answers of the API, errors included. Knows nothing of any one route.

import { publicProblem, QuotaError } from "../errors.ts";
import { etagOf, hasAlready } from "./etag.ts";
import { BusyError, RateLimitError, statusOf } from "./status.ts";

/** `value` as JSON; never sniffed, never cached unless `headers` say so. */
export function json(value: unknown, init: ResponseInit = {}): Response {
  const headers = new Headers(init.headers);
  headers.set("content-type", "application/json; charset=utf-8");
  if (!headers.has("cache-control")) headers.set("cache-control", "no-cache");
  return new Response(textOf(value), { ...init, headers });
}

/** As above, with an ETag: for what a cache does not keep. 304 to who has it already. */
export function taggedJson(request: Request, value: unknown): Response {
  const text = textOf(value);
  const headers = { etag: etagOf(text), "cache-control": "no-cache" };
  if (hasAlready(request, headers.etag)) return new Response(null, { status: 304, headers });
  return new Response(text, {
    headers: { ...headers, "content-type": "application/json; charset=utf-8" },
  });
}

function textOf(value: unknown): string {
  return JSON.stringify(value, null, 2) + "\n";
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
  const limited = error instanceof RateLimitError || error instanceof BusyError ||
    error instanceof QuotaError;
  if (limited && error.retryAfterSeconds !== null) {
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
