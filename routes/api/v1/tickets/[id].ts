import { define } from "../../../../app_state.ts";
import { json } from "../../../../lib/http/json.ts";
import { listedTicketJson } from "../../../../lib/http/provenance_views.ts";
import { loadTicket } from "../../../../lib/verification/ticket_store.ts";

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const { count, ...listed } = await loadTicket(ctx.state.services.db, ctx.params.id);
    return json({ ...listedTicketJson(listed), ...count });
  },
});
