import { define } from "../../../app_state.ts";
import { decisionsQuery } from "../../../lib/http/api_queries.ts";
import { json } from "../../../lib/http/json.ts";
import { parseQuery } from "../../../lib/http/query.ts";
import { decisionJson } from "../../../lib/http/views.ts";
import { listDecisions } from "../../../lib/moderation/store.ts";

export const handler = define.handlers({
  /** Newest first, 100 at a time; `before` takes the id of the last one. */
  async GET(ctx) {
    ctx.state.keep = true;
    const { act, before } = parseQuery(decisionsQuery, ctx.url);
    const decisions = await listDecisions(ctx.state.services.db, { act, before, limit: 100 });
    return json({ decisions: decisions.map(decisionJson) });
  },
});
