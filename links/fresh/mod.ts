// The public entry of the stand-in for @fresh/core: the server side of the documented API.

export { App, type FreshConfig, type ListenOptions } from "./src/app.ts";
export type { Context, Context as FreshContext } from "./src/context.ts";
export { cors, type CORSOptions } from "./src/cors.ts";
export { csp, type CSPOptions } from "./src/csp.ts";
export { csrf, type CsrfOptions } from "./src/csrf.ts";
export { createDefine, type Define } from "./src/define.ts";
export { HttpError } from "./src/error.ts";
export { ipFilter, type IpFilterOptions, type IpFilterRules } from "./src/ip_filter.ts";
export { staticFiles } from "./src/static_files.ts";
export { trailingSlashes } from "./src/trailing_slashes.ts";
export {
  type HandlerByMethod,
  type HandlerFn,
  type Island,
  type LayoutConfig,
  type Lazy,
  type MaybeLazy,
  type Method,
  type Middleware,
  type Middleware as MiddlewareFn,
  page,
  type PageProps,
  type PageResponse,
  type ResolvedFreshConfig,
  type RouteConfig,
  type RouteData,
  type RouteHandler,
} from "./src/types.ts";
export type { WebSocketHandlers, WebSocketUpgradeOptions } from "./src/websocket.ts";
