import { HttpError } from "fresh";
import { define } from "../app_state.ts";
import { TinyproofError } from "../lib/errors.ts";
import { statusOf } from "../lib/http/status.ts";

/** Errors with a meaning become errors with a status, so that the error page answers with it. */
export default define.middleware(async (ctx) => {
  try {
    return await ctx.next();
  } catch (error) {
    if (error instanceof TinyproofError) {
      throw new HttpError(statusOf(error), error.message, { cause: error });
    }
    if (statusOf(error) >= 500) console.error(error);
    throw error;
  }
});
