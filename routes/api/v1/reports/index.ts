import { z } from "zod";
import { define } from "../../../../app_state.ts";
import { json } from "../../../../lib/http/json.ts";
import { parseQuery, reportId } from "../../../../lib/http/query.ts";
import { reportSummaryJson } from "../../../../lib/http/views.ts";
import { listReports } from "../../../../lib/verification/store.ts";
import { VERDICTS } from "../../../../lib/verification/types.ts";

const querySchema = z.object({
  verdict: z.enum(VERDICTS, `one of ${VERDICTS.join(", ")}`).optional(),
  before: reportId.optional(),
});

export const handler = define.handlers({
  /** Newest first, 100 at a time; `before` takes the id of the last one. */
  async GET(ctx) {
    ctx.state.keep = true;
    const query = parseQuery(querySchema, ctx.url);
    const reports = await listReports(ctx.state.services.db, { limit: 100, ...query });
    return json({ reports: reports.map(reportSummaryJson) });
  },
});
