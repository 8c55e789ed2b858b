import { define } from "../../../../../app_state.ts";
import { NotFoundError } from "../../../../../lib/errors.ts";
import { json } from "../../../../../lib/http/json.ts";
import { requireReport } from "../../../../../lib/verification/require.ts";

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const { id, envelope } = await requireReport(ctx.state.services.db, ctx.params.id);
    if (envelope === null) {
      throw new NotFoundError("This report is not signed: it is from before reports were", {
        fix: `Read it at /api/v1/reports/${id}; a new replay gives a signed one.`,
      });
    }
    return json(envelope, {
      headers: { "content-disposition": `attachment; filename="report-${id}.dsse.json"` },
    });
  },
});
