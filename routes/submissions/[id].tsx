import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../../app_state.ts";
import LiveStatus from "../../islands/LiveStatus.tsx";
import { requireStatus } from "../../lib/submissions/require.ts";

export const handler = define.handlers({
  async GET(ctx) {
    return page({ view: await requireStatus(ctx.state.services.db, ctx.params.id) });
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
