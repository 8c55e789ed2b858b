// Puts who is asking into the state of every request: a session, an API key, or a guest.

import type { Middleware } from "fresh";
import type { State } from "../../app_state.ts";
import { credentialsIn, recognise } from "../accounts/auth.ts";
import { AuthenticationError } from "../errors.ts";
import { jsonError } from "./json.ts";
import { AddressLimiter, type RateLimit, remoteAddress } from "./rate_limit.ts";
import { RateLimitError } from "./status.ts";

/** Of keys that are not valid, from one address: a script with an old key, not a search for one. */
export const WRONG_KEY_LIMIT: RateLimit = { points: 20, durationSeconds: 60 };

/**
 * Sets `ctx.state.caller`. A key that is not valid is answered with 401 whatever the address: who
 * sends one must not go on as a guest without knowing. Guests cost no query.
 */
export function knowCaller(
  { auth, db }: Pick<State["services"], "auth" | "db">,
  limit: RateLimit = WRONG_KEY_LIMIT,
): Middleware<State> {
  const wrongKeys = new AddressLimiter(limit, "invalid API keys");
  return async (ctx) => {
    ctx.state.caller = null;
    const { headers } = ctx.req;
    const { key, session } = credentialsIn(headers);
    if (key === null && !session) return ctx.next();
    const address = remoteAddress(ctx.info, headers);
    let cookies: string[];
    try {
      if (key !== null) await wrongKeys.check(address);
      ({ caller: ctx.state.caller, cookies } = await recognise(auth, db, headers));
    } catch (error) {
      if (error instanceof AuthenticationError) await wrongKeys.count(address);
      else if (!(error instanceof RateLimitError)) throw error;
      return refused(error);
    }
    const response = await ctx.next();
    for (const cookie of cookies) response.headers.append("set-cookie", cookie);
    return response;
  };
}

/** RFC 6750, section 3. */
function refused(error: unknown): Response {
  const response = jsonError(error);
  if (response.status === 401) {
    response.headers.set("www-authenticate", 'Bearer realm="Tinyproof", error="invalid_token"');
  }
  return response;
}
