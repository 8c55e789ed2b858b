// One address per page: with or without the last slash.

import type { Middleware } from "./types.ts";

/** Redirects `/a/` to `/a` ("never") or `/a` to `/a/` ("always"). */
export function trailingSlashes<State>(mode: "never" | "always"): Middleware<State> {
  return (ctx) => {
    const { pathname, search } = ctx.url;
    const has = pathname.endsWith("/");
    if (pathname === "/" || has === (mode === "always")) return ctx.next();
    return ctx.redirect((has ? pathname.slice(0, -1) : `${pathname}/`) + search);
  };
}
