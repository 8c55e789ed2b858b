// Serves the static folder and the built scripts.

import type { StaticFile } from "./build_cache.ts";
import { internalsOf } from "./internals.ts";
import { BUILD_PARAM } from "./shared.ts";
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
    const { method, headers } = ctx.req;
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
    const asked = ctx.url.searchParams.get(BUILD_PARAM);
    if (asked !== null && asked !== build.id) return redirectToCurrent(ctx.url);

    const kept = ctx.config.mode === "production";
    const zipped = file.gzip !== null && /\bgzip\b/.test(headers.get("accept-encoding") ?? "");
    const answer = headersOf(file, kept && (file.immutable || asked === build.id), zipped);
    if (kept) answer.set("etag", file.etag);
    if (kept && isKnown(ctx.req, file.etag)) {
      answer.delete("content-length");
      return new Response(null, { status: 304, headers: answer });
    }
    const bytes = zipped ? file.gzip : file.bytes;
    return new Response(method === "HEAD" ? null : bytes, { headers: answer });
  };
}

/** The address of a file in another build: what stands there now is not that file. */
function redirectToCurrent(url: URL): Response {
  const search = new URLSearchParams(url.search);
  search.delete(BUILD_PARAM);
  const location = url.pathname + (search.size > 0 ? `?${search}` : "");
  return new Response(null, { status: 307, headers: { location } });
}
