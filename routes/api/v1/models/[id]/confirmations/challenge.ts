import { define } from "../../../../../../app_state.ts";
import { json } from "../../../../../../lib/http/json.ts";
import { challengeLimiter, remoteAddress } from "../../../../../../lib/http/rate_limit.ts";
import { requireStanding } from "../../../../../../lib/submissions/require.ts";
import { drawChallenge } from "../../../../../../lib/verification/confirmation_store.ts";

export const handler = define.handlers({
  /** A nonce for a replay that begins now. */
  async POST(ctx) {
    await challengeLimiter.take(remoteAddress(ctx.info, ctx.req.headers));
    const { db, now } = ctx.state.services;
    const { id } = await requireStanding(db, ctx.params.id);
    const { nonce, expiresAt } = await drawChallenge(db, id, now());
    return json({ nonce, expiresAt: expiresAt.toISOString() }, {
      status: 201,
      headers: { "cache-control": "no-store" },
    });
  },
});
