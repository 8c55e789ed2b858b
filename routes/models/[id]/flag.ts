import { define } from "../../../app_state.ts";
import { readForm } from "../../../lib/http/form.ts";
import { flagLimiter, remoteAddress } from "../../../lib/http/rate_limit.ts";
import { flagEntry } from "../../../lib/moderation/flag.ts";

export const handler = define.handlers({
  /** A reader says that something is wrong. */
  async POST(ctx) {
    const { services, caller } = ctx.state;
    const address = remoteAddress(ctx.info, ctx.req.headers);
    await flagLimiter.take(address);
    const reader = { account: caller?.account ?? null, address };
    await flagEntry(services, ctx.params.id, reader, await readForm(ctx.req));
    return ctx.redirect(`/models/${ctx.params.id}?flagged=1#flag`, 303);
  },
});
