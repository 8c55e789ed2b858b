// Maps the files of the routes folder to routes, middlewares, layouts and error pages.

import type { Registry } from "./registry.ts";
import { answer } from "./route.ts";
import { joinPaths } from "./router.ts";
import type {
  LayoutConfig,
  Middleware,
  PageComponent,
  Route,
  RouteConfig,
  RouteHandler,
} from "./types.ts";

type Module = Record<string, unknown>;

/** What a file of the routes folder is for, by its name. */
type Kind = "app" | "middleware" | "layout" | "error" | "notFound" | "route";

const SPECIAL: Record<string, Kind> = {
  _app: "app",
  _middleware: "middleware",
  _layout: "layout",
  _error: "error",
  _500: "error",
  _404: "notFound",
};

/** What is registered first: it goes around what follows. */
const ORDER: readonly Kind[] = ["app", "notFound", "error", "middleware", "layout", "route"];

function kindOf(path: string): Kind {
  const name = path.slice(path.lastIndexOf("/") + 1).replace(/\.[jt]sx?$/, "");
  return SPECIAL[name] ?? "route";
}

const EXAMPLES = {
  middleware: "a middleware, or a list of them, as the default export",
  other: "a component as the default export, or an export named handler, handlers or config",
};

/** @throws when a module has none of the exports a file of its kind has. */
function checkModule(path: string, module: unknown, kind: Kind): Module {
  const found = (module ?? {}) as Module;
  const isObject = (value: unknown) => typeof value === "object" && value !== null;
  const fits = typeof found.default === "function" ||
    (kind === "middleware" && Array.isArray(found.default)) || isObject(found.config) ||
    [found.handler, found.handlers].some((one) => typeof one === "function" || isObject(one));
  if (!fits) {
    const expected = EXAMPLES[kind === "middleware" ? "middleware" : "other"];
    throw new TypeError(
      `Could not find relevant exports in: ${path}\nExpected ${expected}, got ` +
        (Object.keys(found).join(", ") || "nothing"),
    );
  }
  const handler = found.handlers ?? found.handler;
  if (typeof handler === "function" && handler.length > 1) {
    throw new TypeError(
      `Expected the handler in ${path} to take one argument, the context, got ${handler.length}`,
    );
  }
  return found;
}

function routeOf<State>(module: Module): Route<State> {
  return {
    component: module.default as PageComponent | undefined,
    handler: (module.handlers ?? module.handler) as RouteHandler<unknown, State> | undefined,
    config: module.config as RouteConfig | undefined,
    css: module.css as string[] | undefined,
  };
}

function warn(message: string): void {
  console.warn(
    `🍋 %c[WARNING] Unsupported route config: ${message}`,
    "color:rgb(251, 184, 0)",
  );
}

function middlewaresOf<State>(module: Module, path: string): Middleware<State>[] {
  const exported = module.handlers ?? module.handler ?? module.default;
  if (Array.isArray(exported)) return exported;
  if (typeof exported === "function") return [exported as Middleware<State>];
  warn(`Middleware does not support object handlers with GET, POST, etc. in ${path}`);
  return [];
}

/** Parts of a file's path that are segments: folders, groups among them, with their parameters. */
function folderNames(path: string): string[] {
  return path.split("/").slice(0, -1).filter((part) => !isOptional(part)).map(parameters);
}

function isOptional(segment: string): boolean {
  return segment.startsWith("[[");
}

function parameters(segment: string): string {
  if (/^\[\.\.\.\w+\]$/.test(segment)) return `:${segment.slice(4, -1)}*`;
  return segment.replace(/\[(\w+)\]/g, ":$1");
}

const BRACKETS = /\[\[\w+\]\]|\[\.\.\.\w+\]|\[\w+\]/g;

/** @throws when the brackets of a segment do not make parameters. */
function segmentPattern(segment: string, path: string): string {
  const rest = segment.replace(BRACKETS, "\0");
  const optional = /\[\[/.test(segment) && rest !== "\0";
  if (/[[\]]/.test(rest) || rest.includes("\0\0") || optional) {
    throw new SyntaxError(
      `Expected [name], [[name]] or [...name] in "${path}", got "${segment}"; ` +
        "an optional parameter is a whole segment, and two parameters have text between them",
    );
  }
  if (isOptional(segment)) return `{/:${segment.slice(2, -2)}}?`;
  return `/${parameters(segment)}`;
}

/** Parts of a route file that are in its address: without groups, `index` and extension. */
function addressParts(path: string): string[] {
  const parts = path.replace(/\.[jt]sx?$/, "").split("/");
  if (parts.at(-1) === "index") parts.pop();
  return parts.filter((part) => !/^\(.*\)$/.test(part));
}

/** Pattern of a route file: `models/[id]/index.tsx` → `/models/:id`. */
export function pathToPattern(path: string): string {
  const parts = addressParts(path);
  const pattern = parts.map((part) => segmentPattern(part, path)).join("") || "/";
  // A path of optional segments only still starts with a slash.
  return parts.every(isOptional) ? pattern.replace(/^\{\//, "/{") : pattern;
}

/** How general a segment is: literals come before parameters, the rest comes last. */
function generality(segment: string): number {
  if (segment.startsWith("[...")) return 3;
  if (isOptional(segment)) return 2;
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

/** Registers the files of the routes folder of the build, below `path`. */
export function addFsRoutes<State>(registry: Registry<State>, path: string): void {
  const base = joinPaths(registry.basePath, path).replace(/\/?\*?$/, "");
  const files = registry.build.routes.filter(({ path }) => isRouteFile(path))
    .map(({ path, module }) => ({ path, kind: kindOf(path), module }))
    .sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || compareRoutes(a.path, b.path));
  for (const { path, kind, module } of files) {
    addFile(registry, { path, kind, module: checkModule(`routes/${path}`, module, kind), base });
  }
}

function addFile<State>(
  registry: Registry<State>,
  file: { path: string; kind: Kind; module: Module; base: string },
): void {
  const { path, kind, module, base } = file;
  const segment = registry.root.below(folderNames(path));
  switch (kind) {
    case "app":
      if (module.default) registry.root.appWrapper = module.default as PageComponent;
      break;
    case "middleware":
      segment.middlewares.push(...middlewaresOf<State>(module, `routes/${path}`));
      break;
    case "layout":
      if (module.handler ?? module.handlers) warn("Layout does not support handlers");
      if (module.default) {
        const component = module.default as PageComponent;
        segment.layout = { component, config: (module.config ?? {}) as LayoutConfig };
      }
      break;
    case "error":
      segment.error = routeOf(module);
      break;
    case "notFound": {
      const route = routeOf<State>(module);
      registry.root.notFound = (ctx) => answer(ctx, route, 404);
      break;
    }
    case "route": {
      const route = routeOf<State>(module);
      const pattern = route.config?.routeOverride ?? pathToPattern(path);
      registry.addRoute(segment, `${base}${base !== "" && pattern === "/" ? "" : pattern}`, route);
    }
  }
}
