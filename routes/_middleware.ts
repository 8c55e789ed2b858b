import { define } from "../app_state.ts";
import { refuseBody } from "../lib/http/guard.ts";
import { visitLimit } from "../lib/http/open_reading.ts";
import { noteFault } from "../lib/http/request_log.ts";
import { sameOrigin } from "../lib/http/same_origin.ts";
import { errorResponse } from "./_error.tsx";

/**
 * Answers errors here, not in the error page of the app: that one is outside of the app's
 * middlewares, and its answers would lack the headers they set.
 */
const answerErrors = define.middleware(async (ctx) => {
  try {
    return await ctx.next();
  } catch (error) {
    noteFault(ctx, error);
    return await errorResponse(ctx, error);
  }
});

const guardBody = define.middleware((ctx) => refuseBody(() => ctx.state.services.config)(ctx));

export default [answerErrors, visitLimit(), sameOrigin, guardBody];
