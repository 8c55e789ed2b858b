import { type Context, page } from "fresh";
import { Head } from "fresh/runtime";
import { define, type State } from "../../app_state.ts";
import { AccountKeys } from "../../components/AccountKeys.tsx";
import { AccountName } from "../../components/AccountName.tsx";
import { AccountPasskeys } from "../../components/AccountPasskeys.tsx";
import { OwnEntries } from "../../components/OwnEntries.tsx";
import { PasskeysNeed } from "../../components/PasskeysNeed.tsx";
import { ProblemNote } from "../../components/Problem.tsx";
import Passkey from "../../islands/Passkey.tsx";
import { applyAccountForm } from "../../lib/accounts/account_form.ts";
import { apiKeysOf, scopesOf } from "../../lib/accounts/api_keys.ts";
import { rpId } from "../../lib/accounts/auth_options.ts";
import { type Account, may, mustHaveSession } from "../../lib/accounts/caller.ts";
import { NAME_LENGTH } from "../../lib/accounts/names.ts";
import { withSamples } from "../../lib/verification/sample_store.ts";
import { entriesOf, passkeysOf, providersOf } from "../../lib/accounts/store.ts";
import { originOf } from "../../lib/config.ts";
import { type PublicProblem, publicProblem } from "../../lib/errors.ts";
import { readForm } from "../../lib/http/form.ts";
import { statusOf } from "../../lib/http/status.ts";

interface Extra {
  problem: PublicProblem | null;
  /** A key just made: shown once. */
  madeKey: string | null;
}

export const handler = define.handlers({
  async GET(ctx) {
    if (ctx.state.caller === null) return ctx.redirect("/account/sign-in", 303);
    const account = mustHaveSession(ctx.state.caller);
    return page(await load(ctx, account, { problem: null, madeKey: null }));
  },

  /** One of the forms below. A refusal comes back on the same page. */
  async POST(ctx) {
    const account = mustHaveSession(ctx.state.caller);
    try {
      const madeKey = await applyAccountForm(ctx.state.services, account, await readForm(ctx.req));
      if (madeKey === null) return ctx.redirect("/account", 303);
      return page(await load(ctx, account, { problem: null, madeKey }), {
        headers: { "cache-control": "no-store" },
      });
    } catch (error) {
      const problem = publicProblem(error);
      if (problem === null) throw error;
      const data = await load(ctx, account, { problem, madeKey: null });
      return page(data, { status: statusOf(error) });
    }
  },
});

async function load(ctx: Context<State>, account: Account, extra: Extra) {
  const { db } = ctx.state.services;
  const [passkeys, providers, keys, entries] = await Promise.all([
    passkeysOf(db, account.id),
    providersOf(db, account.id),
    apiKeysOf(db, account.id),
    entriesOf(db, account.id).then((entries) => withSamples(db, entries)),
  ]);
  return { account, passkeys, providers, keys, entries, ...extra, now: new Date() };
}

export default define.page<typeof handler>(function AccountPage({ data, url, state }) {
  const { account, passkeys, providers, keys, entries, problem, madeKey, now } = data;
  const { config } = state.services;
  return (
    <>
      <Head>
        <title>{account.name} · Tinyproof</title>
        <meta name="robots" content="noindex" />
      </Head>
      <AccountName account={account} />
      {may(state.caller, "administer") && (
        <p>
          <a href="/admin/jobs">Jobs of this board</a>
        </p>
      )}
      {problem && <ProblemNote problem={problem} />}
      <section id="submissions">
        <h2>Your models</h2>
        <OwnEntries entries={entries} now={now} />
      </section>
      <section id="passkeys">
        <h2>Passkeys</h2>
        <AccountPasskeys passkeys={passkeys} providers={providers} now={now} />
        <PasskeysNeed url={url} rpId={rpId(config.origin)} origin={originOf(config, url)} />
        <Passkey
          act="add"
          name={account.name}
          nameLength={NAME_LENGTH}
          next=""
        />
      </section>
      <section id="keys">
        <h2>API keys</h2>
        <AccountKeys keys={keys} scopes={scopesOf(account)} made={madeKey} now={now} />
      </section>
      <Leave />
    </>
  );
});

function Leave() {
  return (
    <section id="leave">
      <h2>Leave</h2>
      <form class="actions" method="post" action="/account/sign-out">
        <button class="button quiet" type="submit">Sign out</button>
        <button class="button quiet" type="submit" name="everywhere" value="yes">
          Sign out everywhere
        </button>
        <a href="/account/delete">Delete this account …</a>
      </form>
    </section>
  );
}
