// Forms and calls that change something come from this site's pages or from programs, not from the
// pages of others: what a browser adds to every request tells.

import { csrf, type Middleware } from "fresh";
import type { State } from "../../app_state.ts";

/** Refuses with 403. Behind a proxy the address asked for is not the one the browser knows. */
export const sameOrigin: Middleware<State> = csrf<State>({
  origin: (origin, { url, state }) =>
    origin === url.origin || origin === state.services.config.origin,
});
