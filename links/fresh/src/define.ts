// Identity functions that give handlers, pages and middlewares their types.

import type { ComponentChildren } from "preact";
import type { Middleware, PageProps, PageResponse, RouteHandler } from "./types.ts";

type DataOfResult<Result> = Result extends PageResponse<infer Data> ? Data
  : never;
// deno-lint-ignore no-explicit-any
type DataOfFn<Fn> = Fn extends (...args: any[]) => infer Result ? DataOfResult<Awaited<Result>>
  : never;

/** The data the methods of `Handler` hand to the page. */
// deno-lint-ignore no-explicit-any
type DataOf<Handler> = Handler extends (...args: any[]) => unknown ? DataOfFn<Handler>
  : { [Method in keyof Handler]: DataOfFn<Handler[Method]> }[keyof Handler];

type Rendered = ComponentChildren | Promise<ComponentChildren | Response>;

export interface Define<State> {
  // deno-lint-ignore no-explicit-any
  handlers<Handler extends RouteHandler<any, State>>(handler: Handler): Handler;
  page<Handler = never, Data = DataOf<Handler>>(
    render: (props: PageProps<Data, State>) => Rendered,
  ): (props: PageProps<Data, State>) => Rendered;
  layout(
    render: (props: PageProps<unknown, State>) => Rendered,
  ): (props: PageProps<unknown, State>) => Rendered;
  middleware<M extends Middleware<State> | Middleware<State>[]>(
    middleware: M,
  ): M;
}

/** Typed `define.*` helpers for one `State`. */
export function createDefine<State>(): Define<State> {
  const same = <T>(value: T): T => value;
  return { handlers: same, page: same, layout: same, middleware: same };
}
