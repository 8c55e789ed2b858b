import { define } from "../../../../../app_state.ts";
import { taggedJson } from "../../../../../lib/http/json.ts";
import { requireStatus } from "../../../../../lib/submissions/require.ts";

export const handler = define.handlers({
  /** Not kept: a job's progress is no change of the data. */
  async GET(ctx) {
    return taggedJson(ctx.req, await requireStatus(ctx.state.services.db, ctx.params.id));
  },
});
