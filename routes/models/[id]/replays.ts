import { define } from "../../../app_state.ts";
import { mustBeAllowed } from "../../../lib/accounts/caller.ts";
import { readForm } from "../../../lib/http/form.ts";
import { orderReplay } from "../../../lib/verification/order_replay.ts";

export const handler = define.handlers({
  /** An editor has the run looked at again. */
  async POST(ctx) {
    const editor = mustBeAllowed(ctx.state.caller, "moderate");
    const { order: wanted = "" } = await readForm(ctx.req);
    const { id: entryId } = ctx.params;
    await orderReplay(ctx.state.services, editor, { entryId, wanted });
    return ctx.redirect(`/submissions/${entryId}`, 303);
  },
});
