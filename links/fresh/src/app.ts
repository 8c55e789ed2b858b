// The application: registers what answers which path, and turns a request into a response.

import { buildCacheOf } from "./build_cache.ts";
import { Compiled } from "./compile.ts";
import { Context, runChain } from "./context.ts";
import { addFsRoutes } from "./fs_routes.ts";
import { answer, methodsOf, type RouteDefinition, statusOf } from "./route.ts";
import type { LayoutConfig, Method, Middleware, PageComponent } from "./types.ts";

export interface FreshConfig {
  /** Path the app is served under; empty for the root. */
  basePath?: string;
}

export interface ResolvedFreshConfig {
  root: string;
  basePath: string;
  mode: "development" | "production";
}

/** Options of `Deno.serve`. */
export type ListenOptions = Partial<Deno.ServeTcpOptions>;

export type Handler = (
  req: Request,
  info?: Deno.ServeHandlerInfo,
) => Promise<Response>;

type Step<State> = (compiled: Compiled<State>, prefix: string) => void;

const METHODS: readonly Method[] = [
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS",
];

const LOCAL: Deno.ServeHandlerInfo = {
  remoteAddr: { transport: "tcp", hostname: "localhost", port: 0 },
  completed: Promise.resolve(),
};

function join(prefix: string, path: string): string {
  const below = path === "*" ? "/*" : path.startsWith("/") ? path : `/${path}`;
  const joined = prefix.replace(/\/+$/, "") + below;
  return joined.length > 1 ? joined.replace(/\/$/, "") : joined;
}

export class App<State> {
  readonly config: FreshConfig;
  readonly #steps: Step<State>[] = [];

  constructor(config: FreshConfig = {}) {
    this.config = config;
  }

  /** Middlewares for every route registered after them, or for those below a path. */
  use(path: string, ...middlewares: Middleware<State>[]): this;
  use(...middlewares: Middleware<State>[]): this;
  use(first: string | Middleware<State>, ...rest: Middleware<State>[]): this {
    const [path, list] = typeof first === "string" ? [first, rest] : ["*", [first, ...rest]];
    return this.#add((compiled, prefix) => compiled.use(join(prefix, path), list));
  }

  get(path: string, ...chain: Middleware<State>[]): this {
    return this.#route(path, ["GET"], chain);
  }

  post(path: string, ...chain: Middleware<State>[]): this {
    return this.#route(path, ["POST"], chain);
  }

  put(path: string, ...chain: Middleware<State>[]): this {
    return this.#route(path, ["PUT"], chain);
  }

  patch(path: string, ...chain: Middleware<State>[]): this {
    return this.#route(path, ["PATCH"], chain);
  }

  delete(path: string, ...chain: Middleware<State>[]): this {
    return this.#route(path, ["DELETE"], chain);
  }

  head(path: string, ...chain: Middleware<State>[]): this {
    return this.#route(path, ["HEAD"], chain);
  }

  options(path: string, ...chain: Middleware<State>[]): this {
    return this.#route(path, ["OPTIONS"], chain);
  }

  all(path: string, ...chain: Middleware<State>[]): this {
    return this.#route(path, METHODS, chain);
  }

  /** A page: a component, handlers that give it data, or both. */
  route(path: string, definition: RouteDefinition<State>): this {
    return this.#route(path, methodsOf(definition), [
      (ctx) => answer(ctx, definition),
    ]);
  }

  /** Everything in the routes folder of the build, below `path`. */
  fsRoutes(path = "/"): this {
    return this.#add((compiled, prefix) => addFsRoutes(compiled, join(prefix, path)));
  }

  layout(
    path: string,
    component: PageComponent,
    config: LayoutConfig = {},
  ): this {
    return this.#add((compiled, prefix) => compiled.layout(join(prefix, path), component, config));
  }

  appWrapper(component: PageComponent): this {
    return this.#add((compiled) => void (compiled.appWrapper = component));
  }

  /** Answers errors below `path`; `ctx.error` holds what was thrown. */
  onError(path: string, handler: Middleware<State>): this;
  onError(handler: Middleware<State>): this;
  onError(first: string | Middleware<State>, second?: Middleware<State>): this {
    const [path, handler] = typeof first === "string" ? [first, second!] : ["*", first];
    return this.#add((compiled, prefix) => compiled.onError(join(prefix, path), handler));
  }

  notFound(handler: Middleware<State>): this {
    return this.#add((compiled) => void (compiled.notFound = handler));
  }

  /** Everything another app registered, below `path`. */
  mountApp(path: string, app: App<State>): this {
    return this.#add((compiled, prefix) => {
      for (const step of app.#steps) step(compiled, join(prefix, path));
    });
  }

  /** The app as one function from a request to its response. */
  handler(): Handler {
    const build = buildCacheOf(this);
    const basePath = (this.config.basePath ?? "").replace(/\/+$/, "");
    const compiled = new Compiled<State>(build.routes);
    for (const step of this.#steps) step(compiled, basePath);
    const config = { root: build.root, basePath, mode: build.mode };

    return async (req, info = LOCAL) => {
      const url = new URL(req.url);
      const { chain, match, refused } = compiled.find(req.method, url.pathname);
      const internals = { nonce: null, layouts: [], appWrapper: null, build };
      const route = match?.source ?? null;
      const params = match?.params ?? {};
      const ctx = new Context<State>({
        config,
        req,
        url,
        info,
        route,
        params,
        internals,
      });
      const res = await respond(ctx, [
        ...compiled.outermost(url.pathname),
        ...chain,
      ]);
      if (refused && res.status === 405) {
        res.headers.set("allow", refused.join(", "));
      }
      return req.method === "HEAD" ? withoutBody(res) : res;
    };
  }

  /** Serves the app over HTTP until the process ends or `options.signal` is aborted. */
  async listen(options: ListenOptions = {}): Promise<void> {
    const handler = this.handler();
    await Deno.serve(options, (req, info) => handler(req, info)).finished;
  }

  #route(
    path: string,
    methods: readonly Method[],
    chain: Middleware<State>[],
  ): this {
    return this.#add((compiled, prefix) => compiled.route(join(prefix, path), methods, chain));
  }

  #add(step: Step<State>): this {
    this.#steps.push(step);
    return this;
  }
}

/** Runs the chain; an error no page answers becomes plain text that gives nothing away. */
async function respond<State>(
  ctx: Context<State>,
  chain: readonly Middleware<State>[],
): Promise<Response> {
  try {
    return await runChain(ctx, chain, () => {
      throw new TypeError(
        `No handler answered ${ctx.req.method} ${ctx.url.pathname}`,
      );
    });
  } catch (error) {
    const status = statusOf(error);
    if (status >= 500) console.error(error);
    const text = status >= 500 ? "Internal Server Error" : (error as Error).message;
    return ctx.text(text, { status });
  }
}

async function withoutBody(res: Response): Promise<Response> {
  await res.body?.cancel();
  return new Response(null, { status: res.status, headers: res.headers });
}
