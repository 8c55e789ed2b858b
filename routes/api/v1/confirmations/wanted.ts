import { define } from "../../../../app_state.ts";
import { wantedQuery } from "../../../../lib/http/api_queries.ts";
import { json } from "../../../../lib/http/json.ts";
import { parseQuery } from "../../../../lib/http/query.ts";
import { wantedJson, type WantedReplay } from "../../../../lib/http/confirmation_views.ts";
import { scoreSummariesOf } from "../../../../lib/submissions/store.ts";
import { wantedConfirmations } from "../../../../lib/verification/confirmation_store.ts";
import { wantedSegments } from "../../../../lib/verification/segment_store.ts";

/** Segments are half of that at most. */
const LIMIT = 20;

export const handler = define.handlers({
  /** What a volunteer's tab may replay next: segments, the small ones first, then whole runs. */
  async GET(ctx) {
    ctx.state.keep = true;
    const { db } = ctx.state.services;
    const { engineFamily, isa, keyid = null, maxFlops } = parseQuery(wantedQuery, ctx.url);
    const query = { runtime: { engineFamily, isa }, keyid, maxFlops, limit: LIMIT };
    const [parts, whole] = await Promise.all([
      wantedSegments(db, { ...query, limit: LIMIT / 2 }),
      wantedConfirmations(db, query),
    ]);
    const wanted: WantedReplay[] = [...parts, ...whole.map((entry) => ({ entry, segment: null }))];
    const entries = await Promise.all(
      wanted.slice(0, LIMIT).map(async (replay) =>
        wantedJson(replay, await scoreSummariesOf(db, replay.entry.model_digest ?? ""))
      ),
    );
    return json({ entries });
  },
});
