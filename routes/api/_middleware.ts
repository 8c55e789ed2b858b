import { HttpError } from "fresh";
import { define } from "../../app_state.ts";
import { jsonError } from "../../lib/http/json.ts";
import { asRefusal, statusOf } from "../../lib/http/status.ts";

/** Below /api every error is JSON. */
export default define.middleware(async (ctx) => {
  try {
    return await ctx.next();
  } catch (thrown) {
    const error = asRefusal(thrown, ctx.route);
    if (statusOf(error) >= 500) console.error(error);
    return jsonError(error instanceof HttpError && error.cause ? error.cause : error);
  }
});
