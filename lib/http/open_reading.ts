// What pages of every origin may read: the API, what it names, feeds, badges; and how often.

import { cors, type Middleware } from "fresh";
import { jsonError } from "./json.ts";
import {
  AddressLimiter,
  isLoopback,
  type RateLimit,
  type RateLimitState,
  READ_LIMIT,
  remoteAddress,
  visitLimiter,
} from "./rate_limit.ts";
import { RateLimitError } from "./status.ts";

const METHODS = ["GET", "HEAD", "OPTIONS"];
const COUNTED = /^\/(api\/v1|feeds)(\/|$)/;
/**
 * Uploads are their sender's alone, and answer OPTIONS themselves. Badges stand in pages: their
 * readers share the address of whoever fetches pictures for them. And the files that the API names:
 * a program in a page may score a model as well as show it.
 */
const OPEN =
  /^\/(api\/v1(\/(?!uploads(\/|$))|$)|feeds\/|files\/|states\/|engines\/|data\/|corpora\/[^/]+\/text$|models\/[^/]+\/(badge\.svg|recipe\.json)$)/;

/** Cross-origin reading without credentials (Fetch, section 3.3), and no other method. */
export function openReading<S>(): Middleware<S> {
  const open = cors<S>({
    origin: "*",
    allowMethods: METHODS,
    allowHeaders: ["if-none-match"],
    exposeHeaders: [
      "etag",
      "content-disposition",
      "ratelimit-limit",
      "ratelimit-remaining",
      "ratelimit-reset",
      "retry-after",
    ],
    maxAge: 86_400,
  });
  return async (ctx) => {
    const { method, headers } = ctx.req;
    if (!METHODS.includes(method) || !OPEN.test(ctx.url.pathname)) return ctx.next();
    // Who asks what an address can do, and not whether another origin may, is told by the router.
    if (method === "OPTIONS" && !headers.has("access-control-request-method")) return ctx.next();
    const response = await open(ctx);
    response.headers.set("cross-origin-resource-policy", "cross-origin");
    return response;
  };
}

/**
 * Counts who asks for pages and downloads that are made for the occasion. Not who asks on this very
 * machine: a proxy that does not say for whom it speaks would be all visitors at once.
 *
 * @throws {RateLimitError}
 */
export function visitLimit<S>(limiter: AddressLimiter = visitLimiter): Middleware<S> {
  return async (ctx) => {
    const address = remoteAddress(ctx.info, ctx.req.headers);
    if (!COUNTED.test(ctx.url.pathname) && !isLoopback(address)) await limiter.take(address);
    return ctx.next();
  };
}

/** Counts readers of the API and the feeds by address; every answer says what is left. */
export function readLimit<S>(limit: RateLimit = READ_LIMIT): Middleware<S> {
  const limiter = new AddressLimiter(limit, "requests");
  /** The three fields of draft-ietf-httpapi-ratelimit-headers-03, which most clients know. */
  const told = (response: Response, { remaining, resetSeconds }: RateLimitState): Response => {
    response.headers.set("ratelimit-limit", String(limit.points));
    response.headers.set("ratelimit-remaining", String(remaining));
    response.headers.set("ratelimit-reset", String(resetSeconds));
    return response;
  };
  return async (ctx) => {
    const { method, headers } = ctx.req;
    if ((method !== "GET" && method !== "HEAD") || !COUNTED.test(ctx.url.pathname)) {
      return ctx.next();
    }
    try {
      const state = await limiter.take(remoteAddress(ctx.info, headers));
      return told(await ctx.next(), state);
    } catch (error) {
      if (!(error instanceof RateLimitError)) throw error;
      return told(jsonError(error), { remaining: 0, resetSeconds: error.retryAfterSeconds });
    }
  };
}
