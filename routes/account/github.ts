import { define } from "../../app_state.ts";
import { NotFoundError } from "../../lib/errors.ts";
import { nextOf } from "../../lib/http/next.ts";
import { remoteAddress, signInLimiter } from "../../lib/http/rate_limit.ts";

export const handler = define.handlers({
  /** On to GitHub. A link, not a form: the policy of our pages lets forms go nowhere else. */
  async GET(ctx) {
    const { auth, config } = ctx.state.services;
    if (config.githubClientId === undefined) {
      throw new NotFoundError("This board has no sign-in with GitHub");
    }
    await signInLimiter.take(remoteAddress(ctx.info, ctx.req.headers));
    const { headers, response } = await auth.api.signInSocial({
      body: {
        provider: "github",
        callbackURL: nextOf(ctx.url),
        errorCallbackURL: "/account/sign-in",
        disableRedirect: true,
      },
      headers: ctx.req.headers,
      returnHeaders: true,
    });
    const answer = new Response(null, { status: 303, headers: { location: response.url! } });
    for (const cookie of headers.getSetCookie()) answer.headers.append("set-cookie", cookie);
    return answer;
  },
});
