// The application: registers what answers which path, and turns a request into a response.

import { STATUS_CODES } from "node:http";
import { buildCacheOf } from "./build_cache.ts";
import { Context, runChain } from "./context.ts";
import { HttpError } from "./error.ts";
import { addFsRoutes } from "./fs_routes.ts";
import { type Chain, type PathEntry, Registry } from "./registry.ts";
import { joinPaths } from "./router.ts";
import { nameRequest, traced } from "./tracing.ts";
import {
  type LayoutConfig,
  type MaybeLazy,
  type MaybeLazyMiddleware,
  type Method,
  METHODS,
  type Middleware,
  type PageComponent,
  type ResolvedFreshConfig,
  type Route,
  type RouteConfig,
} from "./types.ts";
import type { WebSocketHandlers, WebSocketUpgradeOptions } from "./websocket.ts";

export interface FreshConfig {
  /** Path the app is served under; empty for the root. */
  basePath?: string;
  mode?: "development" | "production";
  /** Take the address of a request from `X-Forwarded-Proto` and `X-Forwarded-Host`. */
  trustProxy?: boolean;
}

/** Options of `Deno.serve`. */
export type ListenOptions =
  & Partial<Deno.ServeTcpOptions & Deno.TlsCertifiedKeyPem>
  & { remoteAddress?: string };

export type Handler = (
  req: Request,
  info?: Deno.ServeHandlerInfo,
) => Promise<Response>;

type Step<State> = (registry: Registry<State>, prefix: string) => void;

const LOCAL: Deno.ServeHandlerInfo = {
  remoteAddr: { transport: "tcp", hostname: "localhost", port: 0 },
  completed: Promise.resolve(),
};

/** `path` of a mounted app as the outer app has it: `*` is everything below the prefix. */
function mounted(prefix: string, path: string): string {
  if (prefix === "") return path;
  return path === "*" ? prefix : joinPaths(prefix, path);
}

export class App<State> {
  /** The configuration, with what was not given filled in. */
  readonly config: ResolvedFreshConfig;
  readonly #steps: Step<State>[] = [];

  constructor(config: FreshConfig = {}) {
    this.config = {
      root: ".",
      basePath: (config.basePath ?? "").replace(/\/+$/, ""),
      mode: config.mode ?? "production",
      trustProxy: config.trustProxy ?? false,
    };
  }

  /** Middlewares for every route registered after them, or for those below a path. */
  use(path: string, ...middlewares: MaybeLazyMiddleware<State>[]): this;
  use(...middlewares: MaybeLazyMiddleware<State>[]): this;
  use(
    first: string | MaybeLazyMiddleware<State>,
    ...rest: MaybeLazyMiddleware<State>[]
  ): this {
    const [path, list] = typeof first === "string" ? [first, rest] : ["*", [first, ...rest]];
    return this.#add((registry, prefix) => registry.use(mounted(prefix, path), list));
  }

  get(path: string, ...chain: MaybeLazy<Middleware<State>>[]): this {
    return this.#handle(path, ["GET"], chain);
  }

  post(path: string, ...chain: MaybeLazy<Middleware<State>>[]): this {
    return this.#handle(path, ["POST"], chain);
  }

  put(path: string, ...chain: MaybeLazy<Middleware<State>>[]): this {
    return this.#handle(path, ["PUT"], chain);
  }

  patch(path: string, ...chain: MaybeLazy<Middleware<State>>[]): this {
    return this.#handle(path, ["PATCH"], chain);
  }

  delete(path: string, ...chain: MaybeLazy<Middleware<State>>[]): this {
    return this.#handle(path, ["DELETE"], chain);
  }

  head(path: string, ...chain: MaybeLazy<Middleware<State>>[]): this {
    return this.#handle(path, ["HEAD"], chain);
  }

  all(path: string, ...chain: MaybeLazy<Middleware<State>>[]): this {
    return this.#handle(path, METHODS, chain);
  }

  /** A WebSocket at `path`: GET requests there are upgraded. */
  ws(path: string, handlers: WebSocketHandlers, options?: WebSocketUpgradeOptions): this {
    return this.get(path, (ctx) => ctx.upgrade(handlers, options));
  }

  /** A page: a component, handlers that give it data, or both; or a function that imports it. */
  route(path: string, route: MaybeLazy<Route<State>>, config: RouteConfig = {}): this {
    return this.#add((registry, prefix) => registry.route(mounted(prefix, path), route, config));
  }

  /** Everything in the routes folder of the build, below `path`. */
  fsRoutes(path = "*"): this {
    return this.#add((registry, prefix) => addFsRoutes(registry, mounted(prefix, path)));
  }

  layout(path: string, component: PageComponent, config: LayoutConfig = {}): this {
    return this.#add((registry, prefix) =>
      registry.layout(mounted(prefix, path), component, config)
    );
  }

  appWrapper(component: PageComponent): this {
    return this.#add((registry) => void (registry.root.appWrapper = component));
  }

  /** Answers errors below `path`, by a handler or a page; `ctx.error` holds what was thrown. */
  onError(path: string, route: Route<State> | Middleware<State>): this {
    const page = typeof route === "function" ? { handler: route } : route;
    return this.#add((registry, prefix) => registry.onError(mounted(prefix, path), page));
  }

  notFound(route: Route<State> | Middleware<State>): this {
    return this.#add((registry) => registry.notFound(route));
  }

  /** Everything another app registered, below `path` and the base path of that app. */
  mountApp(path: string, app: App<State>): this {
    const { basePath } = app.config;
    return this.#add((registry, prefix) => {
      const below = basePath === "" ? path : joinPaths(path, basePath);
      const whole = mounted(prefix, below).replace(/\/?\*?$/, "");
      for (const step of app.#steps) step(registry, whole);
    });
  }

  /** The app as one function from a request to its response. */
  handler(): Handler {
    const build = buildCacheOf(this);
    if (build.root !== "") Object.assign(this.config, { root: build.root, mode: build.mode });
    const registry = new Registry<State>(this.config.basePath, build);
    for (const step of this.#steps) step(registry, "");
    const unmatched = registry.root.chain();

    return async (req, info = LOCAL) => {
      const url = addressOf(req, this.config.trustProxy);
      const method = req.method.toUpperCase();
      const match = registry.match(url.pathname);
      const chain = match && chainFor(match.entry, method);
      nameRequest(method, match?.source ?? null);
      const ctx = new Context<State>({
        config: this.config,
        req,
        url,
        info,
        route: match?.source ?? null,
        params: chain ? match.params : {},
        build,
      });
      const last = match ? () => refuse(match.entry, method) : missing;
      const res = await respond(ctx, chain ?? unmatched, chain ? missing : last);
      // RFC 9110, 15.5.6: who is refused hears what is allowed.
      if (match && !chain && res.status === 405) {
        res.headers.set("allow", allowed(match.entry).join(", "));
      }
      return method === "HEAD" ? new Response(null, res) : res;
    };
  }

  /** Serves the app over HTTP until the process ends or `options.signal` is aborted. */
  async listen(options: ListenOptions = {}): Promise<void> {
    const handler = this.handler();
    await Deno.serve(options, (req, info) => handler(req, info)).finished;
  }

  #handle(
    path: string,
    methods: readonly Method[],
    chain: MaybeLazy<Middleware<State>>[],
  ): this {
    return this.#add((registry, prefix) =>
      registry.handle(mounted(prefix, path), methods, chain as Chain<State>)
    );
  }

  #add(step: Step<State>): this {
    this.#steps.push(step);
    return this;
  }
}

/** The address of a request, without doubled slashes: they would name another host in a redirect. */
function addressOf(req: Request, trustProxy: boolean): URL {
  const url = new URL(req.url);
  url.pathname = url.pathname.replace(/\/+/g, "/");
  if (trustProxy) {
    const protocol = req.headers.get("x-forwarded-proto");
    const host = req.headers.get("x-forwarded-host");
    if (protocol) url.protocol = `${protocol}:`;
    if (host) url.host = host;
  }
  return url;
}

function chainFor<State>(entry: PathEntry<State>, method: string): Chain<State> | undefined {
  return entry.get(method as Method) ?? (method === "HEAD" ? entry.get("GET") : undefined);
}

function missing(): never {
  throw new HttpError(404);
}

/** OPTIONS is answered with the methods of the path; anything else is refused. */
function refuse<State>(entry: PathEntry<State>, method: string): Response {
  if (method !== "OPTIONS") throw new HttpError(405);
  return new Response(null, { status: 204, headers: { allow: allowed(entry).join(", ") } });
}

function allowed<State>(entry: PathEntry<State>): string[] {
  const implied: Method[] = entry.has("GET") ? ["HEAD", "OPTIONS"] : ["OPTIONS"];
  return [...new Set([...entry.keys(), ...implied])];
}

/** Runs the chain; an error no page answers becomes plain text that gives nothing away. */
async function respond<State>(
  ctx: Context<State>,
  chain: Chain<State>,
  last: () => Response,
): Promise<Response> {
  try {
    const attributes = { "fresh.middleware.count": chain.length };
    return await traced("middlewares", attributes, () => runChain(ctx, chain, last));
  } catch (error) {
    if (!(error instanceof HttpError) || error.status >= 500) console.error(error);
    if (!(error instanceof HttpError)) {
      return new Response("Internal server error", { status: 500 });
    }
    const { status, message } = error;
    return new Response(message || STATUS_CODES[status], { status });
  }
}
