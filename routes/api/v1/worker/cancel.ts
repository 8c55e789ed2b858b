import { define } from "../../../../app_state.ts";
import { cancel } from "../../../../lib/http/worker_api.ts";

export const handler = define.handlers({
  POST: (ctx) => cancel({ request: ctx.req, ...ctx.state }),
});
