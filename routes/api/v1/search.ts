import { define } from "../../../app_state.ts";
import { modelSearchQuery } from "../../../lib/http/api_queries.ts";
import { json } from "../../../lib/http/json.ts";
import { parseQuery } from "../../../lib/http/query.ts";
import { searchModels } from "../../../lib/submissions/lineage_store.ts";

const MOST = 20;

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const { q } = parseQuery(modelSearchQuery, ctx.url);
    return json({ models: await searchModels(ctx.state.services.db, q, MOST) });
  },
});
