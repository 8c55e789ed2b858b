import { define } from "../../../../app_state.ts";
import { heartbeat } from "../../../../lib/http/worker_api.ts";

export const handler = define.handlers({
  POST: (ctx) => heartbeat({ request: ctx.req, ...ctx.state }),
});
