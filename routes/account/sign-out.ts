import { define } from "../../app_state.ts";
import { mustHaveSession } from "../../lib/accounts/caller.ts";
import { readForm } from "../../lib/http/form.ts";

export const handler = define.handlers({
  /** Ends this session, or with `everywhere` all of the account. */
  async POST(ctx) {
    mustHaveSession(ctx.state.caller);
    const { auth } = ctx.state.services;
    const { headers } = ctx.req;
    if ((await readForm(ctx.req)).everywhere) await auth.api.revokeSessions({ headers });
    const { headers: answered } = await auth.api.signOut({ headers, returnHeaders: true });
    const answer = new Response(null, { status: 303, headers: { location: "/" } });
    for (const cookie of answered.getSetCookie()) answer.headers.append("set-cookie", cookie);
    return answer;
  },
});
