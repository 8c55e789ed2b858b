// What an app registered: the segment tree, and one chain of middlewares per path and method.

import type { BuildCache } from "./build_cache.ts";
import { answer, methodsOf } from "./route.ts";
import { joinPaths, type Match, Router } from "./router.ts";
import { Segment, segmentNames } from "./segments.ts";
import { traced } from "./tracing.ts";
import {
  type LayoutConfig,
  type MaybeLazy,
  type MaybeLazyMiddleware,
  type Method,
  METHODS,
  type Middleware,
  type PageComponent,
  type Route,
  type RouteConfig,
} from "./types.ts";

export type Chain<State> = MaybeLazyMiddleware<State>[];

/** The chains of one path by method. */
export type PathEntry<State> = Map<Method, Chain<State>>;

export class Registry<State> {
  readonly root = new Segment<State>();
  readonly basePath: string;
  readonly build: BuildCache;
  readonly #router = new Router<PathEntry<State>>();

  constructor(basePath: string, build: BuildCache) {
    this.basePath = basePath;
    this.build = build;
  }

  use(path: string, middlewares: readonly MaybeLazyMiddleware<State>[]): void {
    this.#segment(path).middlewares.push(...middlewares);
  }

  onError(path: string, route: Route<State>): void {
    this.#segment(path).error = route;
  }

  layout(path: string, component: PageComponent, config: LayoutConfig): void {
    this.#segment(path).layout = { component, config };
  }

  notFound(route: Route<State> | Middleware<State>): void {
    this.root.notFound = typeof route === "function" ? route : (ctx) => answer(ctx, route, 404);
  }

  /** The first registration of a path and method wins. */
  handle(path: string, methods: readonly Method[], fns: readonly MaybeLazyMiddleware<State>[]) {
    this.#add(this.#segment(path), joinPaths(this.basePath, path), methods, fns);
  }

  route(path: string, route: MaybeLazy<Route<State>>, config: RouteConfig): void {
    if (typeof route !== "function") {
      const pattern = joinPaths(this.basePath, route.config?.routeOverride ?? path);
      return this.addRoute(this.#segment(path), pattern, route);
    }
    let loaded: Route<State> | undefined;
    const methods = Array.isArray(config.methods) ? config.methods : METHODS;
    const pattern = joinPaths(this.basePath, config.routeOverride ?? path);
    const attributes = { "fresh.route_name": route.name || "anonymous" };
    const load = () => traced("lazy-route", attributes, () => route());
    this.#add(this.#segment(path), pattern, methods, [
      async (ctx) => answer(ctx, loaded ??= await load()),
    ]);
  }

  /** `pattern` holds the base path already. */
  addRoute(segment: Segment<State>, pattern: string, route: Route<State>): void {
    this.#add(segment, pattern, methodsOf(route), [(ctx) => answer(ctx, route)]);
  }

  match(pathname: string): Match<PathEntry<State>> | null {
    return this.#router.match(pathname);
  }

  #segment(path: string): Segment<State> {
    return this.root.below(segmentNames(path));
  }

  #add(
    segment: Segment<State>,
    pattern: string,
    methods: readonly Method[],
    fns: readonly MaybeLazyMiddleware<State>[],
  ): void {
    const chain = [...segment.chain(), ...fns];
    const entry = this.#router.entry(pattern, () => new Map());
    for (const method of methods) {
      if (!entry.has(method)) entry.set(method, chain);
    }
  }
}
