// The tree of path segments that middlewares, layouts and error pages hang on.

import { internalsOf } from "./internals.ts";
import { answer, statusOf } from "./route.ts";
import type {
  LayoutConfig,
  MaybeLazyMiddleware,
  Middleware,
  PageComponent,
  Route,
} from "./types.ts";

/** One segment of a path; the root stands for every path. */
export class Segment<State> {
  readonly middlewares: MaybeLazyMiddleware<State>[] = [];
  layout: { component: PageComponent; config: LayoutConfig } | null = null;
  error: Route<State> | null = null;
  /** Set at the root only, as is `notFound`. */
  appWrapper: PageComponent | null = null;
  notFound: Middleware<State> | null = null;
  readonly #parent: Segment<State> | null;
  readonly #children = new Map<string, Segment<State>>();

  constructor(parent: Segment<State> | null = null) {
    this.#parent = parent;
  }

  /** The segment `names` below this one; segments that are missing are added. */
  below([name, ...rest]: readonly string[]): Segment<State> {
    if (name === undefined) return this;
    const child = this.#children.get(name) ?? new Segment(this);
    this.#children.set(name, child);
    return child.below(rest);
  }

  /** What runs before a route of this segment, outermost first, as registered by now. */
  chain(): MaybeLazyMiddleware<State>[] {
    const outer = this.#parent?.chain() ?? [];
    return [...outer, this.#scope(), ...this.middlewares];
  }

  get #root(): Segment<State> {
    return this.#parent ? this.#parent.#root : this;
  }

  /** Puts the layout around what follows, and answers what is thrown there. */
  #scope(): Middleware<State> {
    const { appWrapper, layout, error: errorPage } = this;
    const root = this.#root;
    return async (ctx) => {
      const internals = internalsOf(ctx);
      if (appWrapper) internals.appWrapper = appWrapper;
      if (layout) {
        if (layout.config.skipAppWrapper) internals.appWrapper = null;
        const around = layout.config.skipInheritedLayouts ? [] : internals.layouts;
        internals.layouts = [...around, layout.component];
      }
      try {
        return await ctx.next();
      } catch (error) {
        const status = statusOf(error);
        if (status === 404 && root.notFound) return await root.notFound(ctx);
        if (errorPage) return await answer(ctx, errorPage, status);
        throw error;
      }
    };
  }
}

/** Names of the segments of a path: `/a{/:b}?/c` → `a`, `c`; none for `*` and `/`. */
export function segmentNames(path: string): string[] {
  if (path === "*" || path === "/*") return [];
  return path.replace(/\{[^}]*\}\??/g, "").split("/").filter((name) => name !== "");
}
