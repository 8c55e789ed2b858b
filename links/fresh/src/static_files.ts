// Serves the static folder and the built scripts.

import type { StaticFile } from "./build_cache.ts";
import { internalsOf } from "./internals.ts";
import { BUILD_PARAM } from "./shared.ts";
import { tracedNow } from "./tracing.ts";
import type { Middleware } from "./types.ts";

const YEAR = "public, max-age=31536000, immutable";

function decodePath(pathname: string): string | null {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return null;
  }
}

function headersOf(file: StaticFile, fixed: boolean, zipped: boolean): Headers {
  const headers = new Headers({
    "content-type": file.contentType,
    "cache-control": fixed ? YEAR : "no-cache, no-store, max-age=0, must-revalidate",
    "content-length": String((zipped ? file.gzip! : file.bytes).length),
    vary: file.gzip ? "if-none-match, accept-encoding" : "if-none-match",
  });
  if (zipped) headers.set("content-encoding", "gzip");
  return headers;
}

function isKnown(req: Request, etag: string): boolean {
  const plain = (tag: string) => tag.trim().replace(/^W\//, "").replaceAll('"', "");
  const known = req.headers.get("if-none-match")?.split(",") ?? [];
  return known.some((tag) => plain(tag) === plain(etag));
}

/** Answers GET and HEAD for files that exist; what is no file goes on to the routes. */
export function staticFiles<State>(): Middleware<State> {
  return async (ctx) => {
    const { method } = ctx.req;
    const { build } = internalsOf(ctx);
    const path = decodePath(ctx.url.pathname.slice(ctx.config.basePath.length));
    const file = path === null ? null : await build.readStatic(path);
    if (!file) {
      // Every browser asks for it: no reason to render a page.
      return path === "/favicon.ico" ? new Response(null, { status: 404 }) : ctx.next();
    }
    if (method !== "GET" && method !== "HEAD") {
      return new Response("Method Not Allowed", { status: 405 });
    }
    const kept = ctx.config.mode === "production";
    return tracedNow("static file", {}, (span) => {
      const { cache, response } = serve(ctx, file, { buildId: build.id, kept });
      span.setAttribute("fresh.cache", cache);
      return response;
    });
  };
}

type Cache = "immutable" | "not_modified" | "no_cache" | "invalid_bust_key";

function serve(
  { req, url }: { req: Request; url: URL },
  file: StaticFile,
  { buildId, kept }: { buildId: string; kept: boolean },
): { cache: Cache; response: Response } {
  const asked = url.searchParams.get(BUILD_PARAM);
  if (asked !== null && asked !== buildId) {
    return { cache: "invalid_bust_key", response: redirectToCurrent(url) };
  }
  const zipped = file.gzip !== null && /\bgzip\b/.test(req.headers.get("accept-encoding") ?? "");
  const fixed = kept && (file.immutable || asked === buildId);
  const headers = headersOf(file, fixed, zipped);
  if (kept) headers.set("etag", file.etag);
  if (kept && isKnown(req, file.etag)) {
    headers.delete("content-length");
    return { cache: "not_modified", response: new Response(null, { status: 304, headers }) };
  }
  const bytes = zipped ? file.gzip : file.bytes;
  const response = new Response(req.method === "HEAD" ? null : bytes, { headers });
  return { cache: fixed ? "immutable" : "no_cache", response };
}

/** The address of a file in another build: what stands there now is not that file. */
function redirectToCurrent(url: URL): Response {
  const search = new URLSearchParams(url.search);
  search.delete(BUILD_PARAM);
  const location = url.pathname + (search.size > 0 ? `?${search}` : "");
  return new Response(null, { status: 307, headers: { location } });
}
