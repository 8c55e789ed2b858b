import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../../app_state.ts";
import { OwnerNote } from "../../components/OwnerNote.tsx";
import LiveStatus from "../../islands/LiveStatus.tsx";
import { withdrawalKeyOf, withdrawalPath } from "../../lib/http/submitting.ts";
import { isOwner } from "../../lib/submissions/ownership.ts";
import { requireEntry, requireStatus } from "../../lib/submissions/require.ts";

export const handler = define.handlers({
  async GET(ctx) {
    const { services: { db }, caller } = ctx.state;
    const { id } = ctx.params;
    const [entry, view] = await Promise.all([requireEntry(db, id), requireStatus(db, id)]);
    const key = withdrawalKeyOf(ctx.req, ctx.url);
    const own = entry.status !== "withdrawn" &&
      isOwner(entry, { account: caller?.account ?? null, key });
    // An account needs no link: it is the account that may.
    const link = entry.account_id === null
      ? `${ctx.url.origin}${withdrawalPath(entry.id, key)}`
      : null;
    return page({ view, owner: own ? { link, guestKey: key } : null });
  },
});

export default define.page<typeof handler>(function StatusPage({ data: { view, owner } }) {
  return (
    <>
      <Head>
        <title>{view.name}: status · Tinyproof</title>
        <meta name="robots" content="noindex" />
      </Head>
      {view.active && (
        <noscript>
          <meta http-equiv="refresh" content="3" />
        </noscript>
      )}
      <p class="crumbs">Submission {view.id}</p>
      <h1>{view.name}</h1>
      <p class="lead">by {view.author}</p>
      <LiveStatus initial={view} />
      {owner && <OwnerNote id={view.id} {...owner} />}
    </>
  );
});
