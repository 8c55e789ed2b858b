import { define } from "../../../../../app_state.ts";
import { json } from "../../../../../lib/http/json.ts";
import { reportJson } from "../../../../../lib/http/views.ts";
import { requireReport } from "../../../../../lib/verification/require.ts";

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const report = await requireReport(ctx.state.services.db, ctx.params.id);
    return json(reportJson(report));
  },
});
