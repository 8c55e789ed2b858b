// Requests that this process makes to its own application: for a static copy of all its pages.

import type { Middleware } from "fresh";

/** Known by identity, so that nothing a visitor sends can look like one. */
const own = new WeakSet<Request>();

const INFO: Deno.ServeHandlerInfo = {
  remoteAddr: { transport: "tcp", hostname: "localhost", port: 0 },
  completed: Promise.resolve(),
};

type Handler = (request: Request, info: Deno.ServeHandlerInfo) => Response | Promise<Response>;

/** Asks `handler` for `url`: neither counted by its limits nor kept by its cache. */
export async function askOwn(
  handler: Handler,
  url: URL,
  headers: HeadersInit = {},
): Promise<Response> {
  const request = new Request(url, { headers });
  own.add(request);
  return await handler(request, INFO);
}

/** A middleware that leaves requests of our own out. */
export function forVisitors<S>(middleware: Middleware<S>): Middleware<S> {
  return (ctx) => own.has(ctx.req) ? ctx.next() : middleware(ctx);
}
