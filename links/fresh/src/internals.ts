// What the framework knows of a request and its handlers do not see.

import type { BuildCache } from "./build_cache.ts";
import type { PageComponent } from "./types.ts";

/** State of a request that handlers do not see. */
export interface Internals {
  nonce: string | null;
  /** Around the page, outermost first; set by the route that matched. */
  layouts: readonly PageComponent[];
  appWrapper: PageComponent | null;
  build: BuildCache;
}

const internals = new WeakMap<object, Internals>();

/** `ctx` is a Context; its class is not imported here, so that rendering may import this. */
export function internalsOf(ctx: object): Internals {
  return internals.get(ctx)!;
}

export function setInternals(ctx: object, of: Internals): void {
  internals.set(ctx, of);
}
