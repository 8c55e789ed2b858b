// Keeps finished answers until the database changes, and answers 304 to who has them already.

import { gunzipSync, gzipSync } from "node:zlib";
import { LRUCache } from "lru-cache";
import type { Context, Middleware } from "fresh";
import { utf8 } from "../bytes.ts";
import { etagOf, hasAlready } from "./etag.ts";

/** Pages say how long ago something was; none is older than this. */
const MAX_AGE_MS = 30_000;
const MAX_BYTES = 64 * 1024 ** 2;
/** Below this, gzip costs more than it saves. */
const COMPRESS_FROM_BYTES = 860;
/**
 * Of a page's own scripts: good for one answer. No text has a bare quotation mark. A pattern is
 * found in less than half the time that a text takes.
 */
const NONCE = / nonce="[^"]/;
/** Level 4 takes half as long again, and makes a seventh less. */
const LEVEL = 2;

interface KeptAnswer {
  /** Of the data it was made from. */
  version: number;
  madeMs: number;
  headers: Headers;
  /** Compressed when that is worth it: nearly everybody takes it so, and it is a tenth. */
  body: Uint8Array<ArrayBuffer>;
  compressed: boolean;
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
  options: PageCacheOptions<S>,
): Middleware<S> {
  const cache = new PageCache(options);
  return (ctx) => cache.answer(ctx);
}

class PageCache<S extends { keep?: boolean }> {
  readonly #options: Required<PageCacheOptions<S>>;
  readonly #kept = new LRUCache<string, KeptAnswer>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ body }) => 1024 + body.length,
  });
  /** By version and address. */
  readonly #making = new Map<string, Promise<KeptAnswer | null>>();

  constructor(options: PageCacheOptions<S>) {
    this.#options = { ...options, onOutcome: options.onOutcome ?? (() => {}) };
  }

  async answer(ctx: Context<S>): Promise<Response> {
    const { req, url } = ctx;
    const { version, nowMs, personal, onOutcome } = this.#options;
    const current = version();
    if (req.method !== "GET" && req.method !== "HEAD") return ctx.next();
    if (personal(ctx)) return forOne(await ctx.next());
    if (current === null) return ctx.next();
    // With the host: feeds and calls of the API name it.
    const address = url.origin + url.pathname + url.search;
    const found = this.#kept.get(address);
    if (found?.version === current && nowMs() - found.madeMs < MAX_AGE_MS) {
      onOutcome("hit");
      return answer(req, found);
    }
    // Only of what was kept before: an answer that streams or waits is nobody else's.
    const others = found && this.#making.get(`${current} ${address}`);
    if (!others) return await this.#make(ctx, address, current);
    const theirs = await others;
    onOutcome(theirs ? "waited" : "passed");
    return theirs ? answer(req, theirs) : ctx.next();
  }

  async #make(ctx: Context<S>, address: string, version: number): Promise<Response> {
    const { nowMs, onOutcome } = this.#options;
    const key = `${version} ${address}`;
    const made = Promise.withResolvers<KeptAnswer | null>();
    this.#making.set(key, made.promise);
    let fresh: KeptAnswer | null = null;
    try {
      const response = await ctx.next();
      if (!ctx.state.keep || response.status !== 200) {
        onOutcome("passed");
        return response;
      }
      onOutcome("made");
      const body = await bodyToKeep(response);
      // HEAD is answered by the handler of GET, whose body tells length and tag. Should one leave it
      // out, there is nothing to keep.
      if (body === null || body.length === 0) return response;
      fresh = { version, madeMs: nowMs(), ...packed(response.headers, body) };
      this.#kept.set(address, fresh);
      return answer(ctx.req, fresh);
    } finally {
      this.#making.delete(key);
      made.resolve(fresh);
    }
  }
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

/** Null for a page with a nonce. A copy is read: csp() knows the nonce of the response itself. */
async function bodyToKeep(response: Response): Promise<Uint8Array<ArrayBuffer> | null> {
  const copy = response.clone();
  if (!response.headers.get("content-type")?.startsWith("text/")) {
    return new Uint8Array(await copy.arrayBuffer());
  }
  // The very text that was rendered: no byte of it is decoded.
  const text = await copy.text();
  return NONCE.test(text) ? null : utf8(text);
}

function packed(
  from: Headers,
  plain: Uint8Array<ArrayBuffer>,
): Pick<KeptAnswer, "headers" | "body" | "compressed"> {
  const compressed = plain.length >= COMPRESS_FROM_BYTES;
  const body = compressed ? new Uint8Array(gzipSync(plain, { level: LEVEL })) : plain;
  const headers = new Headers(from);
  // Of what is sent: hashing a tenth takes a tenth of the time.
  headers.set("etag", etagOf(body));
  // Who is signed in gets a page of their own at the same address.
  headers.set("vary", isPage(headers) ? "accept-encoding, cookie" : "accept-encoding");
  if (!headers.has("cache-control")) headers.set("cache-control", "no-cache");
  return { headers, body, compressed };
}

function answer(req: Request, kept: KeptAnswer): Response {
  const headers = new Headers(kept.headers);
  if (hasAlready(req, headers.get("etag")!)) return new Response(null, { status: 304, headers });
  let { body } = kept;
  if (kept.compressed) {
    if (acceptsGzip(req)) headers.set("content-encoding", "gzip");
    else body = new Uint8Array(gunzipSync(body));
  }
  headers.set("content-length", String(body.length));
  return new Response(req.method === "HEAD" ? null : body, { headers });
}

function acceptsGzip(req: Request): boolean {
  const accepted = req.headers.get("accept-encoding") ?? "";
  return accepted.split(",").some((coding) =>
    /^\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*$)|$)/i.test(coding)
  );
}
