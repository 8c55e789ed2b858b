import { define } from "../../../../../app_state.ts";
import { mustBeAllowed } from "../../../../../lib/accounts/caller.ts";
import { ValidationError } from "../../../../../lib/errors.ts";
import { stateQuery } from "../../../../../lib/http/api_queries.ts";
import { json } from "../../../../../lib/http/json.ts";
import { parseQuery } from "../../../../../lib/http/query.ts";
import { remoteAddress, uploadLimiter } from "../../../../../lib/http/rate_limit.ts";
import { countedOf } from "../../../../../lib/http/sender.ts";
import { STATE_PATIENCE, withdrawalKeyOf } from "../../../../../lib/http/submitting.ts";
import { withPatience } from "../../../../../lib/http/patience.ts";
import { deliverState } from "../../../../../lib/submissions/deliver_state.ts";

export const handler = define.handlers({
  /** The body is a state of the run, as `train --keep-states` leaves it. */
  async POST(ctx) {
    await uploadLimiter.take(remoteAddress(ctx.info, ctx.req.headers));
    const { services, caller } = ctx.state;
    const account = caller === null ? null : mustBeAllowed(caller, "submit");
    const { sha256 } = parseQuery(stateQuery, ctx.url);
    if (ctx.req.body === null) throw noBody();
    const delivered = await deliverState(services, {
      entryId: ctx.params.id,
      claimant: { account, key: withdrawalKeyOf(ctx.req, ctx.url) },
      sender: await countedOf(ctx),
      sha256,
    }, withPatience(ctx.req.body, STATE_PATIENCE));
    return json(delivered, { status: 201 });
  },
});

function noBody(): ValidationError {
  return new ValidationError("The request has no body", {
    expected: "the bytes of a state",
    got: "nothing",
    fix: "Send the file as the body of the request.",
  });
}
