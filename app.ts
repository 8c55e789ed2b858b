// The web application around given services: headers, static files, then the routes folder.

import { App, csp, staticFiles } from "fresh";
import type { State } from "./app_state.ts";
import { CSP_DIRECTIVES, secured } from "./lib/http/headers.ts";
import type { Services } from "./lib/services.ts";

export function createApp(services: Services): App<State> {
  return new App<State>()
    .use(csp({ useNonce: true, csp: CSP_DIRECTIVES }))
    .use(async (ctx) => secured(await ctx.next()))
    .use(staticFiles())
    .use((ctx) => {
      ctx.state.services = services;
      return ctx.next();
    })
    .fsRoutes();
}
