import { HttpError } from "fresh";
import { define } from "../../app_state.ts";
import { jsonError } from "../../lib/http/json.ts";
import { noteFault } from "../../lib/http/request_log.ts";

/** Below /api every error is JSON. */
export default define.middleware(async (ctx) => {
  try {
    return await ctx.next();
  } catch (error) {
    noteFault(ctx, error);
    const cause = error instanceof HttpError && error.cause ? error.cause : error;
    return jsonError(cause, ctx.state.requestId);
  }
});
