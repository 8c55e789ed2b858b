// What the framework knows of a request and its handlers do not see.

import type { BuildCache } from "./build_cache.ts";
import type { PageComponent } from "./types.ts";

/** State of a request that handlers do not see. */
export interface Internals {
  /** Around the page, outermost first; set on the way to the route that matched. */
  layouts: readonly PageComponent[];
  appWrapper: PageComponent | null;
  /** Style sheets of the route alone. */
  css: readonly string[];
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

const nonces = new WeakMap<Response, string>();

/** The nonce on the inline scripts and styles of a rendered page; undefined for other answers. */
export function nonceOf(res: Response): string | undefined {
  return nonces.get(res);
}

export function setNonce(res: Response, nonce: string): void {
  nonces.set(res, nonce);
}
