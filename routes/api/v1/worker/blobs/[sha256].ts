import { define } from "../../../../../app_state.ts";
import { blob, keep } from "../../../../../lib/http/worker_api.ts";

export const handler = define.handlers({
  GET: (ctx) => blob({ request: ctx.req, ...ctx.state }, ctx.params.sha256),
  PUT: (ctx) => keep({ request: ctx.req, ...ctx.state }, ctx.params.sha256),
});
