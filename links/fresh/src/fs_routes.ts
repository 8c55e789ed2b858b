// Maps the files of the routes folder to routes, middlewares, layouts and error pages.

import type { FsModule } from "./build_cache.ts";
import type { Compiled } from "./compile.ts";
import { answer, catcher, errorPage, methodsOf, type RouteDefinition, surround } from "./route.ts";
import type { LayoutConfig, Middleware, PageComponent, RouteConfig } from "./types.ts";

type Module = Record<string, unknown>;

/** One folder below routes/; groups `(name)` are folders without a path of their own. */
interface Folder<State> {
  middlewares: Middleware<State>[];
  layout: { component: PageComponent; config: LayoutConfig } | null;
  error: RouteDefinition<State> | null;
}

function definition<State>(module: Module): RouteDefinition<State> {
  return {
    component: module.default as PageComponent | undefined,
    handlers: (module.handlers ?? module.handler) as RouteDefinition<
      State
    >["handlers"],
    config: module.config as RouteConfig | undefined,
  };
}

function middlewaresOf<State>(
  module: Module,
  path: string,
): Middleware<State>[] {
  const exported = module.default ?? module.handler ?? module.handlers;
  const list = Array.isArray(exported) ? exported : [exported];
  if (list.some((middleware) => typeof middleware !== "function")) {
    throw new TypeError(
      `Expected routes/${path} to export a middleware or a list of them`,
    );
  }
  return list as Middleware<State>[];
}

/** Folders around a file, outermost first: `a/(b)/c.tsx` → `["", "a", "a/(b)"]`. */
function foldersOf(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return ["", ...parts.map((_, i) => parts.slice(0, i + 1).join("/"))];
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1).replace(/\.[jt]sx?$/, "");
}

function segmentPattern(segment: string): string {
  if (/^\[\[.+\]\]$/.test(segment)) return `{/:${segment.slice(2, -2)}}?`;
  if (/^\[\.\.\..+\]$/.test(segment)) return `/:${segment.slice(4, -1)}*`;
  return `/${segment.replace(/\[(\w+)\]/g, ":$1")}`;
}

/** Parts of a route file that are in its address: without groups, `index` and extension. */
function addressParts(path: string): string[] {
  const parts = path.replace(/\.[jt]sx?$/, "").split("/");
  if (parts.at(-1) === "index") parts.pop();
  return parts.filter((part) => !/^\(.*\)$/.test(part));
}

/** Pattern of a route file: `models/[id]/index.tsx` → `/models/:id`. */
export function pathToPattern(path: string): string {
  return addressParts(path).map(segmentPattern).join("") || "/";
}

/** How general a segment is: literals come before parameters, the rest comes last. */
function generality(segment: string): number {
  if (segment.startsWith("[...")) return 3;
  if (segment.startsWith("[[")) return 2;
  return segment.includes("[") ? 1 : 0;
}

/** Order of route files: at the first difference the more particular segment comes first. */
export function compareRoutes(a: string, b: string): number {
  const left = addressParts(a);
  const right = addressParts(b);
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = generality(left[i]) - generality(right[i]);
    if (difference !== 0) return difference;
    if (left[i] !== right[i]) return left[i] < right[i] ? -1 : 1;
  }
  return left.length - right.length;
}

/** Files in `(_name)` folders are components and islands, not routes. */
function isRouteFile(path: string): boolean {
  return !/(^|\/)\(_[^/]*\)\//.test(path);
}

function readFolders<State>(
  modules: readonly FsModule[],
): Map<string, Folder<State>> {
  const folders = new Map<string, Folder<State>>();
  const folder = (path: string) => {
    const key = foldersOf(path).at(-1)!;
    const known = folders.get(key) ??
      { middlewares: [], layout: null, error: null };
    folders.set(key, known);
    return known;
  };
  for (const { path, module } of modules) {
    const name = nameOf(path);
    if (name === "_middleware") {
      folder(path).middlewares = middlewaresOf(module, path);
    }
    if (name === "_error") folder(path).error = definition(module);
    if (name === "_layout") {
      const config = (module.config ?? {}) as LayoutConfig;
      folder(path).layout = {
        component: module.default as PageComponent,
        config,
      };
    }
  }
  return folders;
}

/** Layouts of the folders around `path`, and the wrapper, after what the layouts leave out. */
function surroundingsOf<State>(
  folders: readonly Folder<State>[],
  appWrapper: PageComponent | null,
): Middleware<State> {
  let layouts: PageComponent[] = [];
  let wrapper = appWrapper;
  for (const { layout } of folders) {
    if (!layout) continue;
    if (layout.config.skipInheritedLayouts) layouts = [];
    if (layout.config.skipAppWrapper) wrapper = null;
    layouts = [...layouts, layout.component];
  }
  return surround(layouts, wrapper);
}

export function addFsRoutes<State>(
  compiled: Compiled<State>,
  prefix: string,
): void {
  const modules = compiled.modules.filter(({ path }) => isRouteFile(path));
  const folders = readFolders<State>(modules);
  const find = (name: string) => modules.find(({ path }) => path.replace(/\.\w+$/, "") === name);
  const app = find("_app")?.module.default as PageComponent | undefined;
  if (app) compiled.appWrapper = app;
  const { appWrapper } = compiled;
  const around = (path: string) =>
    foldersOf(path).map((key) => folders.get(key)).filter((known) => known !== undefined);

  const missing = find("_404");
  if (missing) {
    const page = errorPage(
      definition<State>(missing.module),
      surroundingsOf(around(""), appWrapper),
    );
    compiled.notFound = page;
  }
  const root = folders.get("");
  if (root?.error) {
    compiled.onError(
      prefix,
      errorPage(root.error, surroundingsOf([root], appWrapper)),
    );
  }
  compiled.unmatched.push(...root?.middlewares ?? []);

  const routes = modules.filter(({ path }) => !nameOf(path).startsWith("_"));
  for (
    const { path, module } of [...routes].sort((a, b) => compareRoutes(a.path, b.path))
  ) {
    const route = definition<State>(module);
    const pattern = (route.config as RouteConfig | undefined)?.routeOverride ??
      pathToPattern(path);
    const chain = folderChain(around(path), root, appWrapper, compiled);
    chain.push(
      surroundingsOf(around(path), appWrapper),
      (ctx) => answer(ctx, route),
    );
    compiled.route(joinPattern(prefix, pattern), methodsOf(route), chain);
  }
}

/** Error pages and middlewares of the folders, outermost first; the root's page is the app's. */
function folderChain<State>(
  folders: readonly Folder<State>[],
  root: Folder<State> | undefined,
  appWrapper: PageComponent | null,
  compiled: Compiled<State>,
): Middleware<State>[] {
  return folders.flatMap((folder, depth) => {
    if (!folder.error || folder === root) return folder.middlewares;
    const onError = errorPage(
      folder.error,
      surroundingsOf(folders.slice(0, depth + 1), appWrapper),
    );
    return [
      catcher({ onError, notFound: compiled.notFound }),
      ...folder.middlewares,
    ];
  });
}

function joinPattern(prefix: string, pattern: string): string {
  if (prefix === "/" || prefix === "") return pattern;
  return pattern === "/" ? prefix : prefix + pattern;
}
