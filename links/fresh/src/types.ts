// The types of handlers, pages and configuration, and `page()`.

import type { ComponentChildren, ComponentType } from "preact";
import type { Context } from "./context.ts";

/** The configuration of an app, with what was not given filled in. */
export interface ResolvedFreshConfig {
  root: string;
  basePath: string;
  mode: "development" | "production";
  trustProxy: boolean;
}

export type Method =
  | "GET"
  | "HEAD"
  | "POST"
  | "PUT"
  | "PATCH"
  | "DELETE"
  | "OPTIONS";

/** Every method a route can answer. */
export const METHODS: readonly Method[] = [
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS",
];

/** Made on first use, by calling it. */
export type Lazy<T> = () => Promise<T>;

export type MaybeLazy<T> = T | Lazy<T>;

/** Runs before a handler; `ctx.next()` gives the response of what follows. */
export type Middleware<State> = (
  ctx: Context<State>,
) => Response | Promise<Response>;

/** A middleware, or a function that imports one on the first request. */
export type MaybeLazyMiddleware<State> = (
  ctx: Context<State>,
) => Response | Promise<Response | Middleware<State>>;

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

/** The data a handler hands to its page. */
export type RouteData<Handler extends RouteHandler<unknown, unknown>> = Handler extends
  RouteHandler<infer Data, unknown> ? Data : never;

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
    | "Component"
    | "error"
    | "route"
  >
  & { data: Data };

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
  /** Methods of a route that is loaded on first use; all of them when not said. */
  methods?: "ALL" | Method[];
}

/** A page: a component, handlers that give it data, or both. */
export interface Route<State> {
  component?: PageComponent;
  handler?: RouteHandler<unknown, State>;
  config?: RouteConfig;
  /** Style sheets of this page alone. */
  css?: string[];
}

/** A component that also runs in the browser, and where the browser finds it. */
export interface Island {
  /** Address of the script. */
  file: string;
  name: string;
  exportName: string;
  // deno-lint-ignore no-explicit-any
  fn: ComponentType<any>;
  css: string[];
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
