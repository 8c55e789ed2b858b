import { define } from "../../../../../app_state.ts";
import { streamStatus } from "../../../../../lib/http/live_feeds.ts";
import { requireEntry } from "../../../../../lib/submissions/require.ts";

export const handler = define.handlers({
  /** The status now, then again after every change. */
  async GET(ctx) {
    const { id } = await requireEntry(ctx.state.services.db, ctx.params.id);
    return streamStatus(ctx, id);
  },
});
