import { define } from "../../../../../app_state.ts";
import { ValidationError } from "../../../../../lib/errors.ts";
import { stateQuery } from "../../../../../lib/http/api_queries.ts";
import { json } from "../../../../../lib/http/json.ts";
import { parseQuery } from "../../../../../lib/http/query.ts";
import { remoteAddress, uploadLimiter } from "../../../../../lib/http/rate_limit.ts";
import { countedOf } from "../../../../../lib/http/sender.ts";
import { authorOf, STATE_PATIENCE } from "../../../../../lib/http/submitting.ts";
import { withPatience } from "../../../../../lib/http/patience.ts";
import { deliverState } from "../../../../../lib/submissions/deliver_state.ts";
import { deliverUpload } from "../../../../../lib/submissions/state_uploads.ts";
import { requireUpload } from "../../../../../lib/submissions/uploads.ts";

export const handler = define.handlers({
  /** The body is a state of the run, as `train --keep-states` leaves it; or it came in parts. */
  async POST(ctx) {
    await uploadLimiter.take(remoteAddress(ctx.info, ctx.req.headers));
    const { services } = ctx.state;
    const claimant = authorOf(ctx);
    const { sha256, upload: uploadId } = parseQuery(stateQuery, ctx.url);
    const delivery = { entryId: ctx.params.id, claimant, sender: await countedOf(ctx) };
    if (uploadId !== undefined) {
      await ctx.req.body?.cancel();
      const upload = await requireUpload(services, uploadId, claimant.account?.id ?? null);
      return json(await deliverUpload(services, upload, delivery), { status: 201 });
    }
    if (ctx.req.body === null) throw noBody();
    const body = withPatience(ctx.req.body, STATE_PATIENCE);
    return json(await deliverState(services, { ...delivery, sha256 }, body), { status: 201 });
  },
});

function noBody(): ValidationError {
  return new ValidationError("The request has no body", {
    expected: "the bytes of a state",
    got: "nothing",
    fix: "Send the file as the body of the request.",
  });
}
