// Refuses requests that change something when another site makes a browser send them.

import type { Context } from "./context.ts";
import { HttpError } from "./error.ts";
import type { Middleware } from "./types.ts";

// deno-lint-ignore no-explicit-any -- the published type has this default
export interface CsrfOptions<State = any> {
  /** Origins that may send such requests; the app's own when not said. */
  origin?: string | string[] | ((origin: string, context: Context<State>) => boolean);
}

const SAFE = ["GET", "HEAD", "OPTIONS"];

function isTrusted<State>(
  origin: string,
  ctx: Context<State>,
  trusted: CsrfOptions<State>["origin"],
): boolean {
  if (typeof trusted === "function") return trusted(origin, ctx);
  return [trusted || ctx.url.origin].flat().includes(origin);
}

/**
 * Goes by `Sec-Fetch-Site`, and by `Origin` where that is not sent or names another site. Requests
 * with neither do not come from a page.
 * @throws HttpError 403 for a request of a site that is not trusted.
 */
export function csrf<State>(options: CsrfOptions<State> = {}): Middleware<State> {
  return (ctx) => {
    const { method, headers } = ctx.req;
    if (SAFE.includes(method)) return ctx.next();
    const site = headers.get("sec-fetch-site");
    const origin = headers.get("origin");
    const own = site === "same-origin" || site === "none";
    const noPage = site === null && origin === null;
    if (own || noPage || (origin !== null && isTrusted(origin, ctx, options.origin))) {
      return ctx.next();
    }
    throw new HttpError(403);
  };
}
