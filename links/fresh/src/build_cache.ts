// What a build hands to an app: modules, islands and static files.

import { setBuildId } from "./shared.ts";

/** What the renderer needs of a build. */
export interface Build {
  id: string;
  /** Island components found in the build's modules. */
  // deno-lint-ignore ban-types
  islands: ReadonlyMap<Function, { module: string; exportName: string }>;
  /** Address of the browser script that starts islands; null when nothing was built. */
  clientEntry: string | null;
  /** Scripts a module needs besides itself, for `modulepreload`. */
  preloads: Readonly<Record<string, readonly string[]>>;
}

/** A module below routes/, by its path there: `models/[id].tsx`. */
export interface FsModule {
  path: string;
  module: Record<string, unknown>;
}

export interface StaticFile {
  bytes: Uint8Array<ArrayBuffer>;
  /** Gzip of `bytes` when that is worth sending. */
  gzip: Uint8Array<ArrayBuffer> | null;
  contentType: string;
  etag: string;
  /** True when the file's name holds a hash of its content. */
  immutable: boolean;
}

export interface BuildCache extends Build {
  root: string;
  mode: "development" | "production";
  routes: readonly FsModule[];
  /** The file at a decoded path that starts with a slash; null when there is none. */
  readStatic(pathname: string): Promise<StaticFile | null>;
}

const NO_BUILD: BuildCache = {
  id: "dev",
  islands: new Map(),
  clientEntry: null,
  preloads: {},
  root: "",
  mode: "production",
  routes: [],
  readStatic: () => Promise.resolve(null),
};

const caches = new WeakMap<object, BuildCache>();

/** Gives `app` the result of a build. */
export function setBuildCache(app: object, cache: BuildCache): void {
  caches.set(app, cache);
  setBuildId(cache.id);
}

export function buildCacheOf(app: object): BuildCache {
  return caches.get(app) ?? NO_BUILD;
}
