import { define } from "../../../app_state.ts";
import { guestPolicy } from "../../../lib/config.ts";
import { json } from "../../../lib/http/json.ts";
import { callerJson } from "../../../lib/http/views.ts";

export const handler = define.handlers({
  /** Who the server takes the caller for. */
  GET(ctx) {
    const { caller, services } = ctx.state;
    return json(callerJson(caller, guestPolicy(services.config)), {
      headers: { "cache-control": "private, no-store" },
    });
  },
});
