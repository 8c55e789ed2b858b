import { define } from "../../../app_state.ts";
import { json } from "../../../lib/http/json.ts";
import { twinPeriodJson } from "../../../lib/http/views.ts";
import { twinPeriods } from "../../../lib/twins/store.ts";

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const periods = await twinPeriods(ctx.state.services.db);
    return json({ periods: periods.map(twinPeriodJson) });
  },
});
