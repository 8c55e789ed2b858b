import { define } from "../../../../app_state.ts";
import { complete } from "../../../../lib/http/worker_api.ts";

export const handler = define.handlers({
  POST: (ctx) => complete({ request: ctx.req, ...ctx.state }),
});
