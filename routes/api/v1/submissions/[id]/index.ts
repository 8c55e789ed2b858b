import { define } from "../../../../../app_state.ts";
import { json } from "../../../../../lib/http/json.ts";
import { requireStatus } from "../../../../../lib/submissions/require.ts";

export const handler = define.handlers({
  async GET(ctx) {
    return json(await requireStatus(ctx.state.services.db, ctx.params.id));
  },
});
