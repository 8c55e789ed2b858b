import { define } from "../../../../app_state.ts";
import { claim } from "../../../../lib/http/worker_api.ts";

export const handler = define.handlers({
  POST: (ctx) => claim({ request: ctx.req, ...ctx.state }),
});
