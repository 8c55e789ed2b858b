import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../../app_state.ts";
import { claimAdmin, isOpenClaim } from "../../lib/accounts/admin_claim.ts";
import { mustHaveSession } from "../../lib/accounts/caller.ts";
import { readForm } from "../../lib/http/form.ts";
import { remoteAddress, signInLimiter } from "../../lib/http/rate_limit.ts";

/** The link that the server prints while there is no admin. */
export const handler = define.handlers({
  async GET(ctx) {
    await signInLimiter.take(remoteAddress(ctx.info, ctx.req.headers));
    const token = ctx.url.searchParams.get("token") ?? "";
    const open = await isOpenClaim(ctx.state.services.db, token);
    return page({ token, open }, {
      status: open ? 200 : 403,
      headers: { "cache-control": "no-store" },
    });
  },

  async POST(ctx) {
    await signInLimiter.take(remoteAddress(ctx.info, ctx.req.headers));
    const { id: accountId } = mustHaveSession(ctx.state.caller);
    const { token = "" } = await readForm(ctx.req);
    const { db, now } = ctx.state.services;
    await claimAdmin(db, { token, accountId, at: now() });
    return ctx.redirect("/account", 303);
  },
});

export default define.page<typeof handler>(function ClaimPage({ data: { token, open }, state }) {
  const next = `?next=${encodeURIComponent(`/account/claim?token=${token}`)}`;
  return (
    <>
      <Head>
        <title>The first admin · Tinyproof</title>
        <meta name="robots" content="noindex" />
      </Head>
      <h1>The first admin</h1>
      {!open && (
        <p class="note bad" role="alert">
          <strong>This link is not valid, or not any more.</strong>{" "}
          While there is no admin, each start of the server prints a new one.
        </p>
      )}
      {open && state.caller === null && (
        <>
          <p class="lead">This link makes one account the admin of this board. Which one?</p>
          <p class="actions">
            <a class="button" href={`/account/new${next}`}>Create an account</a>
            <a class="button quiet" href={`/account/sign-in${next}`}>Sign in</a>
          </p>
        </>
      )}
      {open && state.caller !== null && (
        <form method="post" action="/account/claim">
          <p class="lead">
            An admin gives roles, moderates and makes keys for workers. The link works once.
          </p>
          <input type="hidden" name="token" value={token} />
          <p class="actions">
            <button class="button" type="submit">
              Make {state.caller.account.name} the admin
            </button>
          </p>
        </form>
      )}
    </>
  );
});
