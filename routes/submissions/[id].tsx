import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../../app_state.ts";
import LiveStatus from "../../islands/LiveStatus.tsx";
import { requireEntry } from "../../lib/submissions/require.ts";
import { statusView } from "../../lib/submissions/status.ts";
import { jobsOf } from "../../lib/submissions/store.ts";

export const handler = define.handlers({
  async GET(ctx) {
    const { db } = ctx.state.services;
    const entry = await requireEntry(db, ctx.params.id);
    return page({ view: statusView(entry, await jobsOf(db, entry.id)) });
  },
});

export default define.page<typeof handler>(function StatusPage({ data: { view } }) {
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
    </>
  );
});
