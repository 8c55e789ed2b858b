// The types of handlers, pages and configuration, and `page()`.

import type { ComponentChildren } from "preact";
import type { Context } from "./context.ts";

export type Method =
  | "GET"
  | "HEAD"
  | "POST"
  | "PUT"
  | "PATCH"
  | "DELETE"
  | "OPTIONS";

/** Runs before a handler; `ctx.next()` gives the response of what follows. */
export type Middleware<State> = (
  ctx: Context<State>,
) => Response | Promise<Response>;

/** What a handler hands to its page component. */
export interface PageResponse<Data> {
  data: Data;
  headers?: HeadersInit;
  status?: number;
}

type Awaitable<T> = T | Promise<T>;

export type HandlerFn<Data, State> = (
  ctx: Context<State>,
) => Awaitable<Response | PageResponse<Data>>;

export type HandlerByMethod<Data, State> = {
  [M in Method]?: HandlerFn<Data, State>;
};

export type RouteHandler<Data, State> =
  | HandlerFn<Data, State>
  | HandlerByMethod<Data, State>;

/** What page, layout and app components receive. */
export type PageProps<Data = unknown, State = unknown> =
  & Pick<
    Context<State>,
    | "config"
    | "url"
    | "req"
    | "params"
    | "info"
    | "state"
    | "isPartial"
    | "error"
    | "route"
  >
  & {
    data: Data;
    /** The content a layout or the app wrapper goes around. */
    Component: () => ComponentChildren;
  };

/** A component of a page; an async one may also answer with a Response of its own. */
// deno-lint-ignore no-explicit-any
export type PageComponent<Data = any, State = any> = (
  props: PageProps<Data, State>,
) => ComponentChildren | Promise<ComponentChildren | Response>;

export interface LayoutConfig {
  /** Leave out the app wrapper (`_app.tsx`). */
  skipAppWrapper?: boolean;
  /** Leave out the layouts of outer folders. */
  skipInheritedLayouts?: boolean;
}

export interface RouteConfig extends LayoutConfig {
  /** URLPattern pathname used in place of the one the file name gives. */
  routeOverride?: string;
}

/** Hands `data` from a handler to the page component. */
export function page<Data>(
  data: Data,
  options?: { headers?: HeadersInit; status?: number },
): PageResponse<Data>;
export function page(): PageResponse<undefined>;
export function page<Data>(
  data?: Data,
  options: { headers?: HeadersInit; status?: number } = {},
): PageResponse<Data | undefined> {
  return { data, ...options };
}
