// One request: what came in, what middlewares left for each other, and ways to answer.

import { type ComponentChildren, type FunctionComponent, isValidElement } from "preact";
import type { BuildCache } from "./build_cache.ts";
import { internalsOf, setInternals } from "./internals.ts";
import { renderPage } from "./render.ts";
import { PARTIAL_PARAM } from "./shared.ts";
import type { LayoutConfig, MaybeLazyMiddleware, ResolvedFreshConfig } from "./types.ts";
import {
  isHandlers,
  listen,
  upgrade,
  type WebSocketHandlers,
  type WebSocketUpgradeOptions,
} from "./websocket.ts";

export class Context<State> {
  readonly config: ResolvedFreshConfig;
  req: Request;
  readonly url: URL;
  readonly info: Deno.ServeHandlerInfo;
  /** Pattern of the route that matched, or null. */
  readonly route: string | null;
  readonly params: Record<string, string>;
  /** Left by middlewares for those after them; a new object for each request. */
  readonly state: State = {} as State;
  /** True when client navigation asks for the partials of a page only. */
  readonly isPartial: boolean;
  data: unknown = undefined;
  /** What was thrown, on error pages. */
  error: unknown = null;
  /** Calls what follows in the chain. */
  next: () => Promise<Response>;
  /** What a layout or the app wrapper goes around. */
  Component!: FunctionComponent;

  constructor(init: {
    config: ResolvedFreshConfig;
    req: Request;
    url: URL;
    info: Deno.ServeHandlerInfo;
    route: string | null;
    params: Record<string, string>;
    build: BuildCache;
  }) {
    this.config = init.config;
    this.req = init.req;
    this.url = init.url;
    this.info = init.info;
    this.route = init.route;
    this.params = init.params;
    this.isPartial = init.url.searchParams.has(PARTIAL_PARAM);
    this.next = () => Promise.reject(new Error("ctx.next() was called outside of a chain"));
    setInternals(this, { layouts: [], appWrapper: null, css: [], build: init.build });
  }

  /** A redirect; addresses that start with `//` stay on this host, partial requests stay partial. */
  redirect(pathOrUrl: string, status = 302): Response {
    const [, path, rest] = /^([^?#]*)(.*)$/s.exec(pathOrUrl)!;
    let location = (path.startsWith("/") ? path.replace(/\/+/g, "/") : path) + rest;
    if (this.isPartial) {
      const [, before, hash] = /^([^#]*)(.*)$/s.exec(location)!;
      location = `${before}${before.includes("?") ? "&" : "?"}${PARTIAL_PARAM}=true${hash}`;
    }
    return new Response(null, { status, headers: { location } });
  }

  /** Renders `content` inside the layouts and the app wrapper of the route. */
  // deno-lint-ignore require-await -- a mistake in the arguments is a rejection, too
  async render(
    content: ComponentChildren,
    init: ResponseInit = {},
    config: LayoutConfig = {},
  ): Promise<Response> {
    if (content === undefined || (isObject(content) && !isRenderable(content))) {
      throw new TypeError(
        `Expected JSX or null as the first argument of ctx.render(), got ${typeof content}`,
      );
    }
    return renderPage(this, content, init, config);
  }

  text(content: string, init?: ResponseInit): Response {
    return new Response(content, init);
  }

  html(content: string, init?: ResponseInit): Response {
    const headers = new Headers(init?.headers);
    headers.set("content-type", "text/html; charset=utf-8");
    return new Response(content, { ...init, headers });
  }

  json(content: unknown, init?: ResponseInit): Response {
    return Response.json(content, init);
  }

  /** Sends what an iterable gives, one after the other; text is encoded as UTF-8. */
  stream<Chunk extends string | Uint8Array>(
    source:
      | Iterable<Chunk>
      | AsyncIterable<Chunk>
      | (() => Iterable<Chunk> | AsyncIterable<Chunk>),
    init?: ResponseInit,
  ): Response {
    const encoder = new TextEncoder();
    const encode = new TransformStream<Chunk, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        const bytes = typeof chunk === "string" ? encoder.encode(chunk) : chunk;
        controller.enqueue(bytes as Uint8Array<ArrayBuffer>);
      },
    });
    const chunks = typeof source === "function" ? source() : source;
    return new Response(ReadableStream.from(chunks).pipeThrough(encode), init);
  }

  /** Makes the request a WebSocket: with handlers the answer, without them the socket as well. */
  upgrade(options?: WebSocketUpgradeOptions): Deno.WebSocketUpgrade;
  upgrade(handlers: WebSocketHandlers, options?: WebSocketUpgradeOptions): Response;
  upgrade(
    first: WebSocketHandlers | WebSocketUpgradeOptions = {},
    options?: WebSocketUpgradeOptions,
  ): Deno.WebSocketUpgrade | Response {
    if (!isHandlers(first)) return upgrade(this.req, first);
    const { socket, response } = upgrade(this.req, options);
    listen(socket, first);
    return response;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isRenderable(value: object): boolean {
  return Array.isArray(value) || isValidElement(value);
}

/**
 * Calls `chain` in order; each link's `ctx.next()` gives the response of the next one. A link that
 * gives a middleware in place of a response was lazy: the middleware takes its place.
 */
export function runChain<State>(
  ctx: Context<State>,
  chain: MaybeLazyMiddleware<State>[],
  last: () => Promise<Response> | Response,
): Promise<Response> {
  const internals = internalsOf(ctx);
  const call = async (index: number): Promise<Response> => {
    if (index === chain.length) return await last();
    const { next } = ctx;
    const { layouts, appWrapper, css } = internals;
    ctx.next = () => call(index + 1);
    try {
      let result: unknown = await chain[index](ctx);
      if (typeof result === "function") {
        chain[index] = result as MaybeLazyMiddleware<State>;
        result = await chain[index](ctx);
      }
      if (result instanceof Response) return result;
      throw new TypeError(
        `Expected a middleware to return a Response, got ${String(result)}; ` +
          "one that does not answer by itself returns ctx.next()",
      );
    } catch (error) {
      ctx.error = error;
      throw error;
    } finally {
      ctx.next = next;
      Object.assign(internals, { layouts, appWrapper, css });
    }
  };
  return call(0);
}
