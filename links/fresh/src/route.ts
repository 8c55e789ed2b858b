// Runs a route: its handler, then its component with the data.

import type { Context } from "./context.ts";
import { HttpError } from "./error.ts";
import { internalsOf } from "./internals.ts";
import { renderComponent } from "./render.ts";
import { traced } from "./tracing.ts";
import { type HandlerFn, type Method, METHODS, type PageResponse, type Route } from "./types.ts";

/** Methods a route answers by itself; HEAD and OPTIONS follow from these. */
export function methodsOf<State>({ handler, component }: Route<State>): readonly Method[] {
  if (typeof handler === "function" || (!handler && !component)) return METHODS;
  const own = METHODS.filter((method) => handler?.[method] !== undefined);
  if (!handler) return METHODS;
  return component && !own.includes("GET") ? ["GET", ...own] : own;
}

function handlerFor<State>(
  { handler, component }: Route<State>,
  method: string,
): HandlerFn<unknown, State> | null {
  if (typeof handler === "function") return handler;
  const own = handler?.[method as Method] ?? (method === "HEAD" ? handler?.GET : undefined);
  if (own) return own;
  const rendersItself = !handler || (component && (method === "GET" || method === "HEAD"));
  return rendersItself ? () => showOnly(component) : null;
}

/** A page without a handler of its own has no data; without a component there is no page. */
function showOnly(component: unknown): PageResponse<unknown> {
  if (!component) throw new HttpError(404);
  return { data: {} };
}

/** Runs the handler, then renders the component with its data. */
export async function answer<State>(
  ctx: Context<State>,
  route: Route<State>,
  status = 200,
): Promise<Response> {
  const internals = internalsOf(ctx);
  if (route.config?.skipAppWrapper) internals.appWrapper = null;
  if (route.config?.skipInheritedLayouts) internals.layouts = [];
  if (route.css) internals.css = [...internals.css, ...route.css];
  const handler = handlerFor(route, ctx.req.method.toUpperCase());
  const attributes = { "fresh.span_type": "fs_routes/handler" };
  const result = await traced("handler", attributes, () => handler ? handler(ctx) : ctx.next());
  if (result instanceof Response) return result;
  const init = { status: result.status ?? status, headers: new Headers(result.headers) };
  if (!route.component) return ctx.render(null, init);
  const content = await renderComponent(ctx, route.component, result.data, () => null);
  return content instanceof Response ? content : ctx.render(content, init);
}

/** Status an error is answered with. */
export function statusOf(error: unknown): number {
  return error instanceof HttpError ? error.status : 500;
}
