// Cross-origin resource sharing for routes that other sites may call.

import type { Context } from "./context.ts";
import type { Middleware } from "./types.ts";

export interface CORSOptions<State = unknown> {
  /** "*", one origin, several, or a function from the caller's origin to the allowed one. */
  origin:
    | string
    | string[]
    | ((origin: string, ctx: Context<State>) => string | null | undefined);
  allowMethods?: string[];
  /** Headers a caller may send; those it asks for when not said. */
  allowHeaders?: string[];
  exposeHeaders?: string[];
  /** Seconds a browser may keep the answer to a preflight request. */
  maxAge?: number;
  credentials?: boolean;
}

const METHODS = ["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH"];

function allowedOrigin<State>(
  option: CORSOptions<State>["origin"],
  ctx: Context<State>,
): string | null {
  const origin = ctx.req.headers.get("origin") ?? "";
  if (option === "*") return option;
  if (typeof option === "function") return option(origin, ctx) ?? null;
  return [option].flat().includes(origin) ? origin : null;
}

/** Adds names to the `Vary` header, each once. */
function vary(headers: Headers, names: readonly string[]): void {
  if (names.length === 0) return;
  const known = headers.get("vary")?.split(/\s*,\s*/) ?? [];
  headers.set("vary", [...new Set([...known, ...names])].join(", "));
}

function preflight<State>(ctx: Context<State>, options: CORSOptions<State>): Response {
  const headers = new Headers();
  const asked = ctx.req.headers.get("access-control-request-headers")?.split(/\s*,\s*/);
  const allowed = options.allowHeaders?.length ? options.allowHeaders : asked ?? [];
  const methods = options.allowMethods ?? METHODS;
  if (methods.length > 0) headers.set("access-control-allow-methods", methods.join(","));
  if (allowed.length > 0) {
    headers.set("access-control-allow-headers", allowed.join(","));
    vary(headers, ["Access-Control-Request-Headers"]);
  }
  if (options.maxAge !== undefined) headers.set("access-control-max-age", `${options.maxAge}`);
  return new Response(null, { status: 204, statusText: "No Content", headers });
}

/** Answers OPTIONS requests, and marks responses for the allowed origins. */
export function cors<State>(
  options: CORSOptions<State> = { origin: "*" },
): Middleware<State> {
  const { origin = "*", exposeHeaders = [], credentials } = options;
  return async (ctx) => {
    const allowed = allowedOrigin(origin, ctx);
    const res = ctx.req.method === "OPTIONS" ? preflight(ctx, options) : await ctx.next();
    if (allowed) res.headers.set("access-control-allow-origin", allowed);
    if (credentials) res.headers.set("access-control-allow-credentials", "true");
    if (exposeHeaders.length > 0) {
      res.headers.set("access-control-expose-headers", exposeHeaders.join(","));
    }
    if (allowed && allowed !== "*") vary(res.headers, ["Origin"]);
    return res;
  };
}
