import { define } from "../../../../app_state.ts";
import { modelsQuery } from "../../../../lib/http/api_queries.ts";
import { json } from "../../../../lib/http/json.ts";
import { parseQuery } from "../../../../lib/http/query.ts";
import { partOf } from "../../../../lib/http/series.ts";
import { entrySummaryJson } from "../../../../lib/http/views.ts";
import { listEntries } from "../../../../lib/submissions/store.ts";

const LIMIT = 500;

export const handler = define.handlers({
  /** By id; `after` takes the last one. */
  async GET(ctx) {
    ctx.state.keep = true;
    const { after } = parseQuery(modelsQuery, ctx.url);
    const found = await listEntries(ctx.state.services.db, { limit: LIMIT + 1, after });
    const { rows, next } = partOf(found, { limit: LIMIT, url: ctx.url, after: ({ id }) => id });
    return json({ models: rows.map(entrySummaryJson), next });
  },
});
