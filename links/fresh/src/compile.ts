// What an app registered, compiled into one chain of middlewares per path and method.

import type { FsModule } from "./build_cache.ts";
import { isBelow, type Match, prefixSegments, Router } from "./router.ts";
import { catcher, surround } from "./route.ts";
import { HttpError } from "./error.ts";
import type { LayoutConfig, Method, Middleware, PageComponent } from "./types.ts";

interface Scoped<Value> {
  prefix: string[];
  value: Value;
}

interface PathEntry<State> {
  source: string;
  /** How many `use` middlewares were registered before the path. */
  uses: number;
  methods: Map<Method, readonly Middleware<State>[]>;
}

/** A chain ready to run, and the methods of its path. */
export interface Found<State> {
  chain: readonly Middleware<State>[];
  match: Match<unknown> | null;
  /** Methods of the path when it does not answer the one asked for. */
  refused: string[] | null;
}

export class Compiled<State> {
  readonly modules: readonly FsModule[];
  readonly #router = new Router<PathEntry<State>>();
  readonly #uses: Scoped<Middleware<State>>[] = [];
  readonly #errors: Scoped<Middleware<State>>[] = [];
  readonly #layouts: Scoped<
    { component: PageComponent; config: LayoutConfig }
  >[] = [];
  readonly #chains = new Map<string, readonly Middleware<State>[]>();
  /** Run before a path that no route has: the middlewares of the routes folder itself. */
  readonly unmatched: Middleware<State>[] = [];
  appWrapper: PageComponent | null = null;
  notFound: Middleware<State> | null = null;

  constructor(modules: readonly FsModule[]) {
    this.modules = modules;
  }

  use(path: string, middlewares: readonly Middleware<State>[]): void {
    const prefix = prefixSegments(path);
    for (const value of middlewares) this.#uses.push({ prefix, value });
  }

  onError(path: string, value: Middleware<State>): void {
    this.#errors.push({ prefix: prefixSegments(path), value });
  }

  layout(path: string, component: PageComponent, config: LayoutConfig): void {
    this.#layouts.push({
      prefix: prefixSegments(path),
      value: { component, config },
    });
  }

  /** The first registration of a path and method wins. */
  route(
    path: string,
    methods: readonly Method[],
    chain: readonly Middleware<State>[],
  ): void {
    const entry = this.#router.entry(path, () => ({
      source: path,
      uses: this.#uses.length,
      methods: new Map(),
    }));
    for (const method of methods) {
      if (!entry.methods.has(method)) entry.methods.set(method, chain);
    }
  }

  /** The chain for a request; it always exists, for errors are chains too. */
  find(method: string, pathname: string): Found<State> {
    const match = this.#router.match(pathname);
    if (!match) return { chain: this.#missing(pathname), match, refused: null };
    const { entry } = match;
    const key = `${method} ${entry.source}`;
    const refused = this.#answers(entry, method) ? null : allowed(entry);
    let chain = this.#chains.get(key);
    if (!chain) {
      const own = entry.methods.get(method as Method) ??
        (method === "HEAD" ? entry.methods.get("GET") : undefined) ??
        [refuse<State>(method, allowed(entry))];
      chain = [...this.#before(entry.source, entry.uses), ...own];
      if (this.#answers(entry, method)) this.#chains.set(key, chain);
    }
    return { chain, match, refused };
  }

  #answers(entry: PathEntry<State>, method: string): boolean {
    return entry.methods.has(method as Method) ||
      (method === "HEAD" && entry.methods.has("GET"));
  }

  #missing(pathname: string): Middleware<State>[] {
    const notFound = () => Promise.reject(new HttpError(404));
    return [
      ...this.#before(pathname, this.#uses.length),
      ...this.unmatched,
      notFound,
    ];
  }

  #before(source: string, uses: number): Middleware<State>[] {
    const within = <Value>({ prefix }: Scoped<Value>) => isBelow(source, prefix);
    const around = this.surroundings(source);
    const catchers = this.#errors.filter(within).map(({ value }) =>
      catcher({ onError: value, notFound: this.notFound })
    );
    return [
      around,
      ...this.#uses.slice(0, uses).filter(within).map(({ value }) => value),
      catcher({ onError: null, notFound: this.notFound }),
      ...catchers,
    ];
  }

  /** The layouts registered by `app.layout` for a path, and the app wrapper. */
  surroundings(source: string): Middleware<State> {
    let layouts: PageComponent[] = [];
    let wrapper = this.appWrapper;
    for (const { prefix, value } of this.#layouts) {
      if (!isBelow(source, prefix)) continue;
      if (value.config.skipInheritedLayouts) layouts = [];
      if (value.config.skipAppWrapper) wrapper = null;
      layouts = [...layouts, value.component];
    }
    return surround(layouts, wrapper);
  }

  /** Pages for what the `use` middlewares themselves throw. */
  outermost(pathname: string): Middleware<State>[] {
    const onError = this.#errors.filter(({ prefix }) => isBelow(pathname, prefix)).at(0)?.value;
    const pages = { onError: onError ?? null, notFound: this.notFound };
    return [this.surroundings(pathname), catcher<State>(pages)];
  }
}

function allowed<State>(entry: PathEntry<State>): string[] {
  const methods = new Set<string>(entry.methods.keys());
  if (methods.has("GET")) methods.add("HEAD");
  methods.add("OPTIONS");
  return [...methods];
}

/** OPTIONS is answered with the methods of the path; anything else is refused with 405. */
function refuse<State>(
  method: string,
  methods: readonly string[],
): Middleware<State> {
  return () => {
    if (method !== "OPTIONS") throw new HttpError(405);
    return new Response(null, {
      status: 204,
      headers: { allow: methods.join(", ") },
    });
  };
}
