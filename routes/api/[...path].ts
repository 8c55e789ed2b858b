import { define } from "../../app_state.ts";
import { NotFoundError } from "../../lib/errors.ts";

/** Below /api even a wrong address answers with JSON. */
export const handler = define.handlers((ctx): Response => {
  throw new NotFoundError("The API has nothing at this address", {
    got: `/api/${ctx.params.path}`.slice(0, 200),
    fix: "The addresses are listed on the page /api.",
  });
});
