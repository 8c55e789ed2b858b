// One request: what came in, what middlewares left for each other, and ways to answer.

import type { ComponentChildren } from "preact";
import type { ResolvedFreshConfig } from "./app.ts";
import { type Internals, setInternals } from "./internals.ts";
import { renderPage } from "./render.ts";
import type { LayoutConfig, Middleware } from "./types.ts";

const REDIRECT_ORIGIN = /^[/\\]{2,}/;

export class Context<State> {
  readonly config: ResolvedFreshConfig;
  readonly req: Request;
  readonly url: URL;
  readonly info: Deno.ServeHandlerInfo;
  /** Pattern of the route that matched, or null. */
  readonly route: string | null;
  readonly params: Record<string, string>;
  /** Left by middlewares for those after them; a new object for each request. */
  readonly state: State = {} as State;
  readonly isPartial: boolean = false;
  /** What was thrown, on error pages. */
  error: unknown = null;
  /** Calls what follows in the chain. */
  next: () => Promise<Response>;

  constructor(init: {
    config: ResolvedFreshConfig;
    req: Request;
    url: URL;
    info: Deno.ServeHandlerInfo;
    route: string | null;
    params: Record<string, string>;
    internals: Internals;
  }) {
    this.config = init.config;
    this.req = init.req;
    this.url = init.url;
    this.info = init.info;
    this.route = init.route;
    this.params = init.params;
    this.next = () => Promise.reject(new Error("ctx.next() was called outside of a chain"));
    setInternals(this, init.internals);
  }

  /** A redirect; addresses that start with `//` stay on this host. */
  redirect(pathOrUrl: string, status = 302): Response {
    const location = pathOrUrl.replace(REDIRECT_ORIGIN, "/");
    return new Response(null, { status, headers: { location } });
  }

  /** Renders `content` inside the layouts and the app wrapper of the route. */
  render(
    content: ComponentChildren,
    init: ResponseInit = {},
    config: LayoutConfig = {},
  ): Promise<Response> {
    return renderPage(this, content, init, config);
  }

  text(content: string, init: ResponseInit = {}): Response {
    return withType(content, "text/plain;charset=utf-8", init);
  }

  html(content: string, init: ResponseInit = {}): Response {
    return withType(content, "text/html;charset=utf-8", init);
  }

  json(content: unknown, init: ResponseInit = {}): Response {
    return withType(JSON.stringify(content), "application/json", init);
  }
}

function withType(body: string, type: string, init: ResponseInit): Response {
  const headers = new Headers(init.headers);
  if (!headers.has("content-type")) headers.set("content-type", type);
  return new Response(body, { ...init, headers });
}

/** Calls `chain` in order; each link's `ctx.next()` gives the response of the next one. */
export function runChain<State>(
  ctx: Context<State>,
  chain: readonly Middleware<State>[],
  last: () => Promise<Response> | Response,
): Promise<Response> {
  const call = async (index: number): Promise<Response> => {
    if (index === chain.length) return await last();
    const before = ctx.next;
    ctx.next = () => call(index + 1);
    try {
      return await chain[index](ctx);
    } finally {
      ctx.next = before;
    }
  };
  return call(0);
}
