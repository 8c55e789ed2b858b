import { define } from "../../../../app_state.ts";
import { reportsQuery } from "../../../../lib/http/api_queries.ts";
import { json } from "../../../../lib/http/json.ts";
import { parseQuery } from "../../../../lib/http/query.ts";
import { reportSummaryJson } from "../../../../lib/http/views.ts";
import { listReports } from "../../../../lib/verification/store.ts";

export const handler = define.handlers({
  /** Newest first, 100 at a time; `before` takes the id of the last one. */
  async GET(ctx) {
    ctx.state.keep = true;
    const query = parseQuery(reportsQuery, ctx.url);
    const reports = await listReports(ctx.state.services.db, { limit: 100, ...query });
    return json({ reports: reports.map(reportSummaryJson) });
  },
});
