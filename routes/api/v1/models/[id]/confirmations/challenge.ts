import { define } from "../../../../../../app_state.ts";
import { challengeQuery } from "../../../../../../lib/http/api_queries.ts";
import { json } from "../../../../../../lib/http/json.ts";
import { parseQuery } from "../../../../../../lib/http/query.ts";
import { challengeLimiter, remoteAddress } from "../../../../../../lib/http/rate_limit.ts";
import { requireStanding } from "../../../../../../lib/submissions/require.ts";
import { drawChallenge } from "../../../../../../lib/verification/confirmation_store.ts";
import { requireSegment } from "../../../../../../lib/verification/segment_store.ts";

export const handler = define.handlers({
  /** A nonce for a replay that begins now: of the whole run, or of a segment. */
  async POST(ctx) {
    await challengeLimiter.take(remoteAddress(ctx.info, ctx.req.headers));
    const { db, now } = ctx.state.services;
    const { from, to } = parseQuery(challengeQuery, ctx.url);
    const entry = await requireStanding(db, ctx.params.id);
    const segment = from === undefined || to === undefined
      ? null
      : await requireSegment(db, entry, { from, to });
    const { nonce, expiresAt } = await drawChallenge(db, entry.id, now(), segment);
    return json({ nonce, expiresAt: expiresAt.toISOString() }, {
      status: 201,
      headers: { "cache-control": "no-store" },
    });
  },
});
