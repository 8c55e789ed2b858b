import { define } from "../../../../app_state.ts";
import { reportsQuery } from "../../../../lib/http/api_queries.ts";
import { json } from "../../../../lib/http/json.ts";
import { parseQuery } from "../../../../lib/http/query.ts";
import { partOf } from "../../../../lib/http/series.ts";
import { reportSummaryJson } from "../../../../lib/http/views.ts";
import { listReports } from "../../../../lib/verification/store.ts";

const LIMIT = 100;

export const handler = define.handlers({
  /** Newest first; `before` takes the id of the last one. */
  async GET(ctx) {
    ctx.state.keep = true;
    const query = parseQuery(reportsQuery, ctx.url);
    const found = await listReports(ctx.state.services.db, { limit: LIMIT + 1, ...query });
    const { rows, next } = partOf(found, { limit: LIMIT, url: ctx.url, before: ({ id }) => id });
    return json({ reports: rows.map(reportSummaryJson), next });
  },
});
