import { define } from "../../../../app_state.ts";
import { mustBeAllowed } from "../../../../lib/accounts/caller.ts";
import { readForm } from "../../../../lib/http/form.ts";
import { decidePrompts } from "../../../../lib/moderation/decide_lab.ts";

export const handler = define.handlers({
  /** Hides the prompts, or shows them again. */
  async POST(ctx) {
    const moderator = mustBeAllowed(ctx.state.caller, "moderate");
    const { id } = ctx.params;
    await decidePrompts(ctx.state.services, moderator, id, await readForm(ctx.req));
    return ctx.redirect(`/lab/prompt-sets/${id}#moderation`, 303);
  },
});
