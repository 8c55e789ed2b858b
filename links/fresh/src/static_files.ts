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
    "cache-control": fixed ? YEAR : "no-cache",
    etag: file.etag,
  });
  if (file.gzip) headers.set("vary", "accept-encoding");
  if (zipped) headers.set("content-encoding", "gzip");
  return headers;
}

/** Answers GET and HEAD for files that exist; everything else goes on to the routes. */
export function staticFiles<State>(): Middleware<State> {
  return async (ctx) => {
    const { method, headers } = ctx.req;
    if (method !== "GET" && method !== "HEAD") return ctx.next();
    const build = internalsOf(ctx).build;
    const path = decodePath(ctx.url.pathname.slice(ctx.config.basePath.length));
    const file = path === null ? null : await build.readStatic(path);
    if (!file) return ctx.next();

    const fixed = file.immutable ||
      ctx.url.searchParams.get(BUILD_PARAM) === build.id;
    const zipped = file.gzip !== null &&
      /\bgzip\b/.test(headers.get("accept-encoding") ?? "");
    const answer = headersOf(file, fixed, zipped);
    const known = headers.get("if-none-match")?.split(",").map((tag) => tag.trim()) ?? [];
    if (
      known.some((tag) => tag.replace(/^W\//, "") === file.etag.replace(/^W\//, ""))
    ) {
      return new Response(null, { status: 304, headers: answer });
    }
    return new Response(zipped ? file.gzip : file.bytes, { headers: answer });
  };
}
