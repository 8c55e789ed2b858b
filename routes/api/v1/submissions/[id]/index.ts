import { define } from "../../../../../app_state.ts";
import { json } from "../../../../../lib/http/json.ts";
import { requireEntry } from "../../../../../lib/submissions/require.ts";
import { statusView } from "../../../../../lib/submissions/status.ts";
import { jobsOf } from "../../../../../lib/submissions/store.ts";

export const handler = define.handlers({
  async GET(ctx) {
    const { db } = ctx.state.services;
    const entry = await requireEntry(db, ctx.params.id);
    return json(statusView(entry, await jobsOf(db, entry.id)));
  },
});
