// Cross-origin resource sharing for routes that other sites may call.

import type { Middleware } from "./types.ts";

export interface CORSOptions {
  /** "*", one origin, several, or a function from the caller's origin to the allowed one. */
  origin?: string | string[] | ((origin: string) => string | null | undefined);
  allowMethods?: string[];
  allowHeaders?: string[];
  exposeHeaders?: string[];
  maxAge?: number;
  credentials?: boolean;
}

function allowedOrigin(
  option: CORSOptions["origin"],
  origin: string,
): string | null {
  if (typeof option === "function") return option(origin) ?? null;
  if (Array.isArray(option)) return option.includes(origin) ? origin : null;
  return option ?? "*";
}

/** Answers preflight requests and marks responses for the allowed origins. */
export function cors<State>(options: CORSOptions = {}): Middleware<State> {
  const methods = options.allowMethods ??
    ["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH"];
  return async (ctx) => {
    const preflight = ctx.req.method === "OPTIONS" &&
      ctx.req.headers.has("access-control-request-method");
    const res = preflight ? new Response(null, { status: 204 }) : await ctx.next();
    const origin = allowedOrigin(
      options.origin,
      ctx.req.headers.get("origin") ?? "",
    );
    if (origin !== "*") res.headers.append("vary", "Origin");
    if (origin === null) return res;
    res.headers.set("access-control-allow-origin", origin);
    if (options.credentials) {
      res.headers.set("access-control-allow-credentials", "true");
    }
    if (options.exposeHeaders?.length) {
      res.headers.set(
        "access-control-expose-headers",
        options.exposeHeaders.join(", "),
      );
    }
    if (preflight) {
      const asked = ctx.req.headers.get("access-control-request-headers");
      const headers = options.allowHeaders?.join(", ") ?? asked;
      res.headers.set("access-control-allow-methods", methods.join(", "));
      if (headers) res.headers.set("access-control-allow-headers", headers);
      if (options.maxAge !== undefined) {
        res.headers.set("access-control-max-age", String(options.maxAge));
      }
    }
    return res;
  };
}
