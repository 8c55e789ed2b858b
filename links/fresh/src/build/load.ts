// Makes the build cache of an app from the modules and the manifest of a build.

import type { BuildCache } from "../build_cache.ts";
import type { Bundle } from "./bundle.ts";
import { hashHex, StaticFolder } from "./files.ts";

type Module = Record<string, unknown>;

/** Name of the browser script that starts islands, among the entries of the bundle. */
export const CLIENT_ENTRY = "fresh-runtime";

export interface Snapshot {
  /** Modules below the routes folder, by their path there. */
  routes: readonly (readonly [path: string, module: Module])[];
  /** Modules with islands, by their entry name in the bundle. */
  islands: readonly (readonly [name: string, module: Module])[];
  bundle: Bundle;
  mode: "development" | "production";
}

export interface Folders {
  /** The project. */
  root: string;
  /** Folders whose files are served as they are; of two with one name, that in the first. */
  staticDirs: readonly string[];
  /** Static files that were changed at the build: served instead of those they were made of. */
  transformedDir: string;
  /** Built scripts, named by content. */
  builtDir: string;
}

/** Every exported function of an island module is an island. */
function islandsOf({ islands, bundle }: Snapshot): BuildCache["islands"] {
  // deno-lint-ignore ban-types
  const found = new Map<Function, { module: string; exportName: string }>();
  for (const [name, exports] of islands) {
    for (const [exportName, value] of Object.entries(exports)) {
      if (typeof value === "function") {
        found.set(value, { module: bundle.modules[name], exportName });
      }
    }
  }
  return found;
}

export async function loadBuild(
  snapshot: Snapshot,
  folders: Folders,
): Promise<BuildCache> {
  const { bundle, mode, routes } = snapshot;
  const watch = mode === "development";
  const files = await StaticFolder.open([
    ...folders.staticDirs.map((directory) => ({ directory, immutable: false })).reverse(),
    { directory: folders.transformedDir, immutable: false },
    { directory: folders.builtDir, immutable: true },
  ], watch);
  const seed = JSON.stringify(bundle) + await files.fingerprint();
  return {
    id: (await hashHex(new TextEncoder().encode(seed))).slice(0, 12),
    root: folders.root,
    mode,
    islands: islandsOf(snapshot),
    clientEntry: bundle.modules[CLIENT_ENTRY] ?? null,
    preloads: bundle.preloads,
    routes: routes.map(([path, module]) => ({ path, module })),
    readStatic: (pathname) => files.read(pathname),
  };
}
