import { define } from "../../../../app_state.ts";
import { fail } from "../../../../lib/http/worker_api.ts";

export const handler = define.handlers({
  POST: (ctx) => fail({ request: ctx.req, ...ctx.state }),
});
