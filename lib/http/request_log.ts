// The outermost middleware: gives each request an id, counts it, writes its line in the log, and
// answers what nobody else has answered.

import { type Context, HttpError, type Middleware } from "fresh";
import { ACCESS_MESSAGE, accessLog, log } from "../operating/log.ts";
import type { Metrics } from "../operating/metrics.ts";
import { traceRequest } from "../operating/tracing.ts";
import { jsonError } from "./json.ts";
import { statusOf } from "./status.ts";

/** Of this start of the server; a number follows, so that ids in a log are in order. */
const PREFIX = crypto.randomUUID().slice(0, 6);
let count = 0;

/** By what watches over the server, every few seconds. */
const ASKED_ALL_DAY: ReadonlySet<string> = new Set(["/healthz", "/readyz", "/metrics"]);

interface Identified {
  requestId: string;
}

export interface RequestLogOptions {
  metrics: Metrics;
  /** Whether each request has a line; counting costs less. */
  access: boolean;
  /** Whether each request has a span. */
  tracing: boolean;
}

export function requestLog<S extends Identified>(
  { metrics, access, tracing }: RequestLogOptions,
): Middleware<S> {
  return async (ctx) => {
    const startMs = performance.now();
    const requestId = `${PREFIX}-${(++count).toString(36)}`;
    ctx.state.requestId = requestId;
    const method = knownMethod(ctx.req.method);
    let response = tracing
      ? await traceRequest(() => answer(ctx), (response) => {
        return { method, route: routeOf(ctx.route, response), requestId };
      })
      : await answer(ctx);
    const ms = performance.now() - startMs;
    // Setting a header takes longer than all else here, and who got an answer has nothing to ask.
    if (response.status >= 400) response.headers.set("x-request-id", requestId);
    const route = routeOf(ctx.route, response);
    metrics.requests.add(method, route, response.status, ms);
    if (access) {
      response = await sized(response);
      const path = ctx.url.pathname.slice(0, 500);
      const { status } = response;
      const level = ASKED_ALL_DAY.has(route) ? "debug" : "info";
      accessLog[level](ACCESS_MESSAGE, {
        ...{ method, path, status, route },
        ms: Math.round(100 * ms) / 100,
        bytes: byteLengthOf(response),
        requestId,
      });
    }
    return response;
  };
}

async function answer<S extends Identified>(ctx: Context<S>): Promise<Response> {
  try {
    return await ctx.next();
  } catch (error) {
    noteFault(ctx, error);
    return jsonError(error instanceof HttpError && error.cause ? error.cause : error);
  }
}

/** Logs what is our fault, under the id the client is told. */
export function noteFault<S extends Identified>(ctx: Context<S>, error: unknown): void {
  if (statusOf(error) < 500) return;
  const { requestId } = ctx.state;
  const { req: { method }, url: { pathname: path }, route } = ctx;
  log.error(`${knownMethod(method)} ${path.slice(0, 500)} failed`, { route, requestId, error });
}

/** Patterns only: an address in a metric would let strangers fill our memory. */
function routeOf(route: string | null, { status }: Response): string {
  if (route !== null) return route;
  return status === 200 || status === 304 ? "(static file)" : "(none)";
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

function knownMethod(method: string): string {
  return METHODS.includes(method) ? method : "(other)";
}

/** Before compression; null of a stream. A body is not touched without need: that slows it down. */
function byteLengthOf(response: Response): number | null {
  const length = response.headers.get("content-length");
  if (length !== null) return Number(length);
  return response.body === null ? 0 : null;
}

/** A page rendered for one visitor is whole already, but does not say how long it is. */
async function sized(response: Response): Promise<Response> {
  const { headers } = response;
  if (headers.has("content-length")) return response;
  if (!/^(text\/html|application\/json)/.test(headers.get("content-type") ?? "")) return response;
  if (response.body === null) return response;
  const bytes = await response.arrayBuffer();
  headers.set("content-length", String(bytes.byteLength));
  return new Response(bytes, response);
}
