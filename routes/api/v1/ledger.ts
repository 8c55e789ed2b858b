import { define } from "../../../app_state.ts";
import { ledgerQuery } from "../../../lib/http/api_queries.ts";
import { json } from "../../../lib/http/json.ts";
import { parseQuery } from "../../../lib/http/query.ts";
import { ledgerJson } from "../../../lib/http/views.ts";
import { listEvents } from "../../../lib/storage/ledger.ts";

export const handler = define.handlers({
  /** Newest first, 500 at a time; `before` takes the seq of the last one. */
  async GET(ctx) {
    ctx.state.keep = true;
    const { before } = parseQuery(ledgerQuery, ctx.url);
    const events = await listEvents(ctx.state.services.db, { limit: 500, before });
    return json({ events: events.map(ledgerJson) });
  },
});
