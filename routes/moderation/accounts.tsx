import { page } from "fresh";
import { Head } from "fresh/runtime";
import { z } from "zod";
import { define } from "../../app_state.ts";
import { AccountTable } from "../../components/AccountTable.tsx";
import { BanForm } from "../../components/BanForm.tsx";
import { Pager } from "../../components/Pager.tsx";
import { applyRole } from "../../lib/accounts/account_form.ts";
import { may, mustBeAllowed } from "../../lib/accounts/caller.ts";
import { countAccounts, listAccounts } from "../../lib/accounts/store.ts";
import { readForm } from "../../lib/http/form.ts";
import { pageNumber, parseQuery } from "../../lib/http/query.ts";
import { listBans } from "../../lib/moderation/store.ts";

const PAGE_SIZE = 50;
const querySchema = z.object({ page: pageNumber, author: z.string().max(60).default("") });

export const handler = define.handlers({
  async GET(ctx) {
    if (ctx.state.caller === null) {
      return ctx.redirect("/account/sign-in?next=/moderation/accounts", 303);
    }
    const own = mustBeAllowed(ctx.state.caller, "moderate");
    const { db } = ctx.state.services;
    const query = parseQuery(querySchema, ctx.url);
    const [accounts, total, bans] = await Promise.all([
      listAccounts(db, { limit: PAGE_SIZE, offset: (query.page - 1) * PAGE_SIZE }),
      countAccounts(db),
      listBans(db),
    ]);
    return page({ accounts, total, bans, query, own, now: new Date() });
  },

  /** Another role for an account. */
  async POST(ctx) {
    const admin = mustBeAllowed(ctx.state.caller, "administer");
    await applyRole(ctx.state.services, admin, await readForm(ctx.req));
    return ctx.redirect("/moderation/accounts", 303);
  },
});

export default define.page<typeof handler>(function AccountsPage({ data, state }) {
  const { accounts, total, bans, query, own, now } = data;
  return (
    <>
      <Head>
        <title>Accounts and bans · Tinyproof</title>
        <meta name="robots" content="noindex" />
      </Head>
      <p class="crumbs">
        <a href="/moderation">Moderation</a>
      </p>
      <h1>Accounts and bans</h1>
      <section id="accounts">
        <AccountTable
          accounts={accounts}
          bans={bans}
          own={own}
          givesRoles={may(state.caller, "administer")}
          now={now}
        />
        <Pager
          page={query.page}
          pages={Math.ceil(total / PAGE_SIZE)}
          path="/moderation/accounts"
        />
      </section>
      <section id="ban">
        <h2>Ban, or lift a ban</h2>
        <BanForm author={query.author} bans={bans} />
      </section>
    </>
  );
});
