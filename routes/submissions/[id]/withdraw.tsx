import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../../../app_state.ts";
import { readSmallForm } from "../../../lib/http/small_form.ts";
import { withdrawalKeyOf } from "../../../lib/http/submitting.ts";
import { mustOwn } from "../../../lib/submissions/ownership.ts";
import { requireEntry } from "../../../lib/submissions/require.ts";
import { withdrawEntry } from "../../../lib/submissions/withdraw.ts";

export const handler = define.handlers({
  async GET(ctx) {
    const { services, caller } = ctx.state;
    const entry = await requireEntry(services.db, ctx.params.id);
    const key = withdrawalKeyOf(ctx.req, ctx.url);
    mustOwn(entry, { account: caller?.account ?? null, key });
    if (entry.status === "withdrawn") return ctx.redirect(`/models/${entry.id}`, 303);
    const { id, name, author } = entry;
    return page({ id, name, author, key });
  },

  async POST(ctx) {
    const { services, caller } = ctx.state;
    const key = (await readSmallForm(ctx.req)).get("key") ?? "";
    await withdrawEntry(services, ctx.params.id, { account: caller?.account ?? null, key });
    return ctx.redirect(`/models/${ctx.params.id}`, 303);
  },
});

export default define.page<typeof handler>(function WithdrawPage({ data }) {
  const { id, name, author, key } = data;
  return (
    <>
      <Head>
        <title>Withdraw {name} · Tinyproof</title>
        <meta name="robots" content="noindex" />
        <meta name="referrer" content="no-referrer" />
      </Head>
      <p class="crumbs">
        <a href={`/submissions/${id}`}>Submission {id}</a> / Withdraw
      </p>
      <h1>Withdraw “{name}”?</h1>
      <p class="lead">by {author}</p>
      <div class="prose">
        <ul>
          <li>It leaves every board and list; what waits or runs for it is called off.</li>
          <li>The file, its description and its scores are shown no more. The file is deleted.</li>
          <li>
            A page stays that says it was withdrawn, with name, author, dates and digests, and so do
            the entries of the <a href="/ledger">ledger</a>: they cannot be changed.
          </li>
          <li>Whoever has downloaded the file still has it.</li>
          <li>There is no way back, but the same file may be submitted again as a new model.</li>
        </ul>
      </div>
      <form method="post" action={`/submissions/${id}/withdraw`}>
        <input type="hidden" name="key" value={key} />
        <p class="actions">
          <button class="button danger" type="submit">Withdraw it</button>
          <a class="button quiet" href={`/submissions/${id}`}>Keep it</a>
        </p>
      </form>
    </>
  );
});
