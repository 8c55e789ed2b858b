// The web application around given services: what every answer goes through, then the routes.

import { App, csp, staticFiles, trailingSlashes } from "fresh";
import type { State } from "../../app_state.ts";
import { showsCredentials } from "../accounts/auth.ts";
import { knowCaller } from "./caller.ts";
import { CSP_DIRECTIVES, secured } from "./headers.ts";
import { openReading, readLimit } from "./open_reading.ts";
import { healthz, metricsPage, readyz } from "./operating_routes.ts";
import { pageCache } from "./page_cache.ts";
import { requestLog } from "./request_log.ts";

/** main.ts and the tests serve this same app. */
export function createApp(services: State["services"]): App<State> {
  const { changes, config, metrics } = services;
  return new App<State>()
    .use(requestLog({ metrics, access: config.accessLog, tracing: config.tracing }))
    .use(async (ctx) => secured(await ctx.next(), ctx.url.pathname))
    .get("/healthz", healthz())
    .get("/readyz", readyz(services))
    .get("/metrics", metricsPage(services))
    .use(csp({ useNonce: true, csp: CSP_DIRECTIVES }))
    .use(openReading())
    .use(readLimit())
    .use(pageCache({
      version: () => changes.version,
      nowMs: () => performance.now(),
      personal: ({ req }) => showsCredentials(req.headers),
      onOutcome: (outcome) => metrics.requests.cache(outcome),
    }))
    .use(trailingSlashes("never"))
    .use(staticFiles())
    .use((ctx) => {
      ctx.state.services = services;
      return ctx.next();
    })
    .use(knowCaller(services))
    .fsRoutes();
}
