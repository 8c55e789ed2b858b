import { define } from "../../../app_state.ts";
import { ledgerQuery } from "../../../lib/http/api_queries.ts";
import { json } from "../../../lib/http/json.ts";
import { parseQuery } from "../../../lib/http/query.ts";
import { partOf } from "../../../lib/http/series.ts";
import { ledgerJson } from "../../../lib/http/views.ts";
import { listEvents } from "../../../lib/storage/ledger.ts";

const LIMIT = 500;

export const handler = define.handlers({
  /** Newest first; `before` takes the seq of the last one. */
  async GET(ctx) {
    ctx.state.keep = true;
    const { before } = parseQuery(ledgerQuery, ctx.url);
    const found = await listEvents(ctx.state.services.db, { limit: LIMIT + 1, before });
    const { rows, next } = partOf(found, { limit: LIMIT, url: ctx.url, before: ({ seq }) => seq });
    return json({ events: rows.map(ledgerJson), next });
  },
});
