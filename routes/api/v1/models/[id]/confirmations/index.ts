import { define } from "../../../../../../app_state.ts";
import { json } from "../../../../../../lib/http/json.ts";
import { readDocument } from "../../../../../../lib/http/json_body.ts";
import { sentConfirmationSchema } from "../../../../../../lib/http/provenance_schemas.ts";
import { confirmationLimiter, remoteAddress } from "../../../../../../lib/http/rate_limit.ts";
import { confirmationJson, coverageJson } from "../../../../../../lib/http/confirmation_views.ts";
import { requireEntry, requireStanding } from "../../../../../../lib/submissions/require.ts";
import { takeConfirmation } from "../../../../../../lib/verification/confirm.ts";
import { confirmationsOf } from "../../../../../../lib/verification/confirmation_store.ts";
import { segmentConfirmationsOf } from "../../../../../../lib/verification/segment_store.ts";

/** Ten thousand checkpoints, each with its opening and its tag. */
const MOST_BYTES = 8 * 1024 ** 2;

export const handler = define.handlers({
  /** Oldest first. */
  async GET(ctx) {
    ctx.state.keep = true;
    const { db } = ctx.state.services;
    const entry = await requireEntry(db, ctx.params.id);
    const [whole, parts] = await Promise.all([
      confirmationsOf(db, entry.id),
      segmentConfirmationsOf(db, entry.id),
    ]);
    return json({
      confirmations: whole.map(confirmationJson),
      segments: parts.map(confirmationJson),
      covered: coverageJson(entry, parts),
    });
  },

  async POST(ctx) {
    await confirmationLimiter.take(remoteAddress(ctx.info, ctx.req.headers));
    const { services } = ctx.state;
    const entry = await requireStanding(services.db, ctx.params.id);
    const sent = await readDocument(ctx.req, sentConfirmationSchema, MOST_BYTES);
    const { confirmation, added, replayAsked } = await takeConfirmation(services, entry, sent);
    const answer = { ...confirmationJson(confirmation), replayAsked };
    return json(answer, { status: added ? 201 : 200 });
  },
});
