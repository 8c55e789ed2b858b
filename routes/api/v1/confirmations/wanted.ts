import { define } from "../../../../app_state.ts";
import { wantedQuery } from "../../../../lib/http/api_queries.ts";
import { json } from "../../../../lib/http/json.ts";
import { parseQuery } from "../../../../lib/http/query.ts";
import { wantedJson } from "../../../../lib/http/views.ts";
import { scoreSummariesOf } from "../../../../lib/submissions/store.ts";
import { wantedConfirmations } from "../../../../lib/verification/confirmation_store.ts";

const LIMIT = 20;

export const handler = define.handlers({
  /** What a volunteer's tab may replay next. */
  async GET(ctx) {
    ctx.state.keep = true;
    const { db } = ctx.state.services;
    const { engineFamily, isa, keyid = null, maxFlops } = parseQuery(wantedQuery, ctx.url);
    const runtime = { engineFamily, isa };
    const entries = await wantedConfirmations(db, { runtime, keyid, maxFlops, limit: LIMIT });
    const wanted = await Promise.all(
      entries.map(async (entry) =>
        wantedJson(entry, await scoreSummariesOf(db, entry.model_digest ?? ""))
      ),
    );
    return json({ entries: wanted });
  },
});
