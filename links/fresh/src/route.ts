// Turns handlers and page components into middlewares, and error pages into catchers.

import { type Context, runChain } from "./context.ts";
import { internalsOf } from "./internals.ts";
import { HttpError } from "./error.ts";
import { renderComponent } from "./render.ts";
import type {
  HandlerFn,
  LayoutConfig,
  Method,
  Middleware,
  PageComponent,
  PageResponse,
  RouteHandler,
} from "./types.ts";

export interface RouteDefinition<State> {
  component?: PageComponent;
  // deno-lint-ignore no-explicit-any
  handlers?: RouteHandler<any, State>;
  config?: LayoutConfig;
}

const ALL: readonly Method[] = [
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS",
];

/** Methods a route answers by itself; HEAD and OPTIONS follow from these. */
export function methodsOf<State>(
  route: RouteDefinition<State>,
): readonly Method[] {
  const { handlers, component } = route;
  if (typeof handlers === "function") return ALL;
  const own = ALL.filter((method) => handlers?.[method] !== undefined);
  return component && !own.includes("GET") ? ["GET", ...own] : own;
}

function handlerFor<State>(
  route: RouteDefinition<State>,
  method: string,
): HandlerFn<unknown, State> | undefined {
  const { handlers } = route;
  if (typeof handlers === "function") return handlers;
  return handlers?.[method as Method] ??
    (method === "HEAD" ? handlers?.GET : undefined);
}

/** Runs the handler, then renders the component with its data. */
export async function answer<State>(
  ctx: Context<State>,
  route: RouteDefinition<State>,
  status = 200,
): Promise<Response> {
  const handler = handlerFor(route, ctx.req.method);
  const result = handler ? await handler(ctx) : { data: undefined } as PageResponse<unknown>;
  if (result instanceof Response) return result;
  if (!route.component) {
    throw new TypeError(
      `${ctx.url.pathname} returned page data but has no component to show it`,
    );
  }
  const content = await renderComponent(
    ctx,
    route.component,
    result.data,
    () => null,
  );
  if (content instanceof Response) return content;
  const init = { status: result.status ?? status, headers: result.headers };
  return ctx.render(content, init, route.config);
}

/** Sets the layouts and the app wrapper for what follows, and puts the former ones back. */
export function surround<State>(
  layouts: readonly PageComponent[],
  appWrapper: PageComponent | null,
): Middleware<State> {
  return async (ctx) => {
    const internals = internalsOf(ctx);
    const before = {
      layouts: internals.layouts,
      appWrapper: internals.appWrapper,
    };
    Object.assign(internals, { layouts, appWrapper });
    try {
      return await ctx.next();
    } finally {
      Object.assign(internals, before);
    }
  };
}

/** Status an error is answered with. */
export function statusOf(error: unknown): number {
  return error instanceof HttpError ? error.status : 500;
}

/** Answers what is thrown further in: 404 through `notFound`, the rest through `onError`. */
export function catcher<State>(pages: {
  onError: Middleware<State> | null;
  notFound: Middleware<State> | null;
}): Middleware<State> {
  return async (ctx) => {
    try {
      return await ctx.next();
    } catch (error) {
      const status = statusOf(error);
      const page = status === 404 && pages.notFound ? pages.notFound : pages.onError;
      if (!page) throw error;
      if (!(error instanceof HttpError) || status >= 500) console.error(error);
      ctx.error = error;
      return await page(ctx);
    }
  };
}

/** An error page as a middleware: its component is shown with the status of the error. */
export function errorPage<State>(
  route: RouteDefinition<State>,
  around: Middleware<State>,
): Middleware<State> {
  return (ctx) => runChain(ctx, [around], () => answer(ctx, route, statusOf(ctx.error)));
}
