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
    return ctx.state.caller === null ? page({ next }) : ctx.redirect(next, 303);
  },
});

export default define.page<typeof handler>(function SignUpPage({ data, url, state }) {
  const { config } = state.services;
  return (
    <>
      <Head>
        <title>Create an account · Tinyproof</title>
        <meta name="robots" content="noindex" />
      </Head>
      <p class="crumbs">
        <a href="/account/sign-in">Sign in</a>
      </p>
      <h1>Create an account</h1>
      <div class="split submit">
        <div class="panel">
          <PasskeysNeed url={url} rpId={rpId(config.origin)} origin={originOf(config, url)} />
          <Passkey act="sign-up" name="" nameLength={NAME_LENGTH} next={data.next} />
        </div>
        <aside class="prose">
          <h2>What is stored</h2>
          <p>
            The name you choose, the public half of the passkey and what you submit. No mail
            address, no password, no network address.
          </p>
          <p>
            Nobody can send you a new passkey: add a second one, on another device, once you are in.
          </p>
        </aside>
      </div>
    </>
  );
});
