// Keeps finished answers until the database changes, and answers 304 to who has them already.

import { gzipSync } from "node:zlib";
import { LRUCache } from "lru-cache";
import type { Context, Middleware } from "fresh";
import { fromUtf8 } from "../bytes.ts";
import { sha256Hex } from "../hash.ts";

/** Pages say how long ago something was; none is older than this. */
const MAX_AGE_MS = 30_000;
const MAX_BYTES = 64 * 1024 ** 2;
/** Below this, gzip costs more than it saves. */
const COMPRESS_FROM_BYTES = 860;
/** Of a page's own scripts: good for one answer. */
const NONCE = /<script[^>]* nonce="/;

interface KeptAnswer {
  /** Of the data it was made from. */
  version: number;
  madeMs: number;
  headers: Headers;
  body: Uint8Array<ArrayBuffer>;
  gzip: Uint8Array<ArrayBuffer> | null;
}

/** How a request met the cache: `passed` was none of its business. */
export type CacheOutcome = "hit" | "waited" | "made" | "passed";

export interface PageCacheOptions<S> {
  /** Of the data; null while nothing may be kept. */
  version: () => number | null;
  nowMs: () => number;
  /** Whether somebody may be named in the answer: then it is made for them alone. */
  personal: (ctx: Context<S>) => boolean;
  onOutcome?: (outcome: CacheOutcome) => void;
}

/**
 * A middleware that keeps answers to GET whose handler set `ctx.state.keep`: all that is in them
 * follows from the URL and the database. Who asks while one is made anew waits for it. A page with a
 * nonce is made for each visitor.
 */
export function pageCache<S extends { keep?: boolean }>(
  { version, nowMs, personal, onOutcome = () => {} }: PageCacheOptions<S>,
): Middleware<S> {
  const kept = new LRUCache<string, KeptAnswer>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ body, gzip }) => 1024 + body.length + (gzip?.length ?? 0),
  });
  const making = new Map<string, Promise<KeptAnswer | null>>();

  return async (ctx) => {
    const { req, url } = ctx;
    const current = version();
    if (req.method !== "GET" && req.method !== "HEAD") return ctx.next();
    if (personal(ctx)) return forOne(await ctx.next());
    if (current === null) return ctx.next();
    // With the host: feeds and calls of the API name it.
    const address = url.origin + url.pathname + url.search;
    const found = kept.get(address);
    if (found?.version === current && nowMs() - found.madeMs < MAX_AGE_MS) {
      onOutcome("hit");
      return answer(req, found);
    }
    if (req.method === "HEAD") return ctx.next();
    const key = `${current} ${address}`;
    // Only of what was kept before: an answer that streams or waits is nobody else's.
    const others = found && making.get(key);
    if (others) {
      const theirs = await others;
      onOutcome(theirs ? "waited" : "passed");
      return theirs ? answer(req, theirs) : ctx.next();
    }

    const made = Promise.withResolvers<KeptAnswer | null>();
    making.set(key, made.promise);
    let fresh: KeptAnswer | null = null;
    try {
      const response = await ctx.next();
      if (!ctx.state.keep || response.status !== 200) {
        onOutcome("passed");
        return response;
      }
      onOutcome("made");
      // A copy is read: csp() knows the nonce of the response itself.
      const body = new Uint8Array(await response.clone().arrayBuffer());
      if (NONCE.test(fromUtf8(body))) return response;
      fresh = { version: current, madeMs: nowMs(), ...await packed(response.headers, body) };
      kept.set(address, fresh);
      return answer(req, fresh);
    } finally {
      making.delete(key);
      made.resolve(fresh);
    }
  };
}

/** Browsers ask again each time, and nothing between keeps it. */
function forOne(response: Response): Response {
  if (!response.headers.has("cache-control") && isPage(response.headers)) {
    response.headers.set("cache-control", "private, no-cache");
  }
  return response;
}

function isPage(headers: Headers): boolean {
  return headers.get("content-type")?.startsWith("text/html") ?? false;
}

async function packed(
  from: Headers,
  body: Uint8Array<ArrayBuffer>,
): Promise<Pick<KeptAnswer, "headers" | "body" | "gzip">> {
  const headers = new Headers(from);
  headers.set("etag", `W/"${(await sha256Hex(body)).slice(0, 32)}"`);
  // Who is signed in gets a page of their own at the same address.
  headers.set("vary", isPage(headers) ? "accept-encoding, cookie" : "accept-encoding");
  if (!headers.has("cache-control")) headers.set("cache-control", "no-cache");
  const gzip = body.length < COMPRESS_FROM_BYTES ? null : new Uint8Array(gzipSync(body));
  return { headers, body, gzip };
}

function answer(req: Request, kept: KeptAnswer): Response {
  const headers = new Headers(kept.headers);
  if (hasAlready(req, headers.get("etag")!)) return new Response(null, { status: 304, headers });
  const gzip = acceptsGzip(req) ? kept.gzip : null;
  if (gzip) headers.set("content-encoding", "gzip");
  const body = gzip ?? kept.body;
  headers.set("content-length", String(body.length));
  return new Response(req.method === "HEAD" ? null : body, { headers });
}

/** If-None-Match (RFC 9110, 13.1.2), compared weakly. */
function hasAlready(req: Request, etag: string): boolean {
  const known = req.headers.get("if-none-match");
  if (known === null) return false;
  return known.trim() === "*" ||
    known.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag.replace(/^W\//, ""));
}

function acceptsGzip(req: Request): boolean {
  const accepted = req.headers.get("accept-encoding") ?? "";
  return accepted.split(",").some((coding) =>
    /^\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*$)|$)/i.test(coding)
  );
}
