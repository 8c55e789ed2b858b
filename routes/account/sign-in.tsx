import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../../app_state.ts";
import { PasskeysNeed } from "../../components/PasskeysNeed.tsx";
import Passkey from "../../islands/Passkey.tsx";
import { rpId } from "../../lib/accounts/auth_options.ts";
import { NAME_LENGTH } from "../../lib/accounts/names.ts";
import { originOf } from "../../lib/config.ts";
import { nextOf } from "../../lib/http/next.ts";

export const handler = define.handlers({
  GET(ctx) {
    const next = nextOf(ctx.url);
    if (ctx.state.caller !== null) return ctx.redirect(next, 303);
    // What GitHub's way back says when it went wrong.
    const error = /^\w{1,60}$/.exec(ctx.url.searchParams.get("error") ?? "")?.[0];
    return page({ next, error: error?.replaceAll("_", " ") });
  },
});

export default define.page<typeof handler>(function SignInPage({ data, url, state }) {
  const { config } = state.services;
  const next = `?next=${encodeURIComponent(data.next)}`;
  return (
    <>
      <Head>
        <title>Sign in · Tinyproof</title>
        <meta name="robots" content="noindex" />
      </Head>
      <h1>Sign in</h1>
      <p class="lead">
        With a passkey: your device, a password manager or a security key. There are no passwords
        here, and no mail.
      </p>
      {data.error && (
        <p class="note bad" role="alert">
          <strong>GitHub did not sign you in:</strong> {data.error}.
        </p>
      )}
      <PasskeysNeed url={url} rpId={rpId(config.origin)} origin={originOf(config, url)} />
      <Passkey act="sign-in" name="" nameLength={NAME_LENGTH} next={data.next} />
      {config.githubClientId && (
        <p class="actions">
          <a class="button quiet" href={`/account/github${next}`}>Sign in with GitHub</a>
        </p>
      )}
      <section class="prose">
        <h2>No account yet?</h2>
        <p>
          An account keeps your models under your name, which nobody else can use then, and gives
          you keys for the command line. Reading, and scoring in your tab, take none.
        </p>
        <p class="actions">
          <a class="button quiet" href={`/account/new${next}`}>Create an account</a>
        </p>
      </section>
    </>
  );
});
