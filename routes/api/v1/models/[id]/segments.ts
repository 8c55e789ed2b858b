import { define } from "../../../../../app_state.ts";
import { json } from "../../../../../lib/http/json.ts";
import { segmentJson } from "../../../../../lib/http/confirmation_views.ts";
import { requireStanding } from "../../../../../lib/submissions/require.ts";
import { segmentsToOffer } from "../../../../../lib/verification/segment_store.ts";

export const handler = define.handlers({
  /** The parts of the run that anybody may replay alone. */
  async GET(ctx) {
    ctx.state.keep = true;
    const { db } = ctx.state.services;
    const entry = await requireStanding(db, ctx.params.id);
    return json({ segments: (await segmentsToOffer(db, entry)).map(segmentJson) });
  },
});
