import { page } from "fresh";
import { Head } from "fresh/runtime";
import { z } from "zod";
import { define } from "../../app_state.ts";
import { Pager } from "../../components/Pager.tsx";
import { QueueItemView } from "../../components/QueueItemView.tsx";
import { Tabs } from "../../components/Tabs.tsx";
import { mustBeAllowed } from "../../lib/accounts/caller.ts";
import { readForm } from "../../lib/http/form.ts";
import { sitePath } from "../../lib/http/next.ts";
import { pageNumber, parseQuery } from "../../lib/http/query.ts";
import { decide } from "../../lib/moderation/decide.ts";
import { loadQueue } from "../../lib/moderation/queue_page.ts";
import { type Queue, QUEUE_PAGE_SIZE, QUEUES } from "../../lib/moderation/store.ts";

const querySchema = z.object({
  queue: z.enum(QUEUES, `one of ${QUEUES.join(", ")}`).default("held"),
  q: z.string().max(60).default(""),
  page: pageNumber,
});

export const handler = define.handlers({
  async GET(ctx) {
    if (ctx.state.caller === null) {
      return ctx.redirect("/account/sign-in?next=/moderation", 303);
    }
    mustBeAllowed(ctx.state.caller, "moderate");
    const filter = parseQuery(querySchema, ctx.url);
    return page({
      ...await loadQueue(ctx.state.services.db, filter),
      filter,
      now: new Date(),
    });
  },

  /** A decision, from the queue, a model's page or the page of accounts. */
  async POST(ctx) {
    const moderator = mustBeAllowed(ctx.state.caller, "moderate");
    const { back = "", ...fields } = await readForm(ctx.req);
    await decide(ctx.state.services, moderator, fields);
    return ctx.redirect(sitePath(back, ctx.url) ?? "/moderation", 303);
  },
});

const WORDS = { held: "Holding area", flagged: "Flagged", hidden: "Hidden", recent: "Newest" };

export default define.page<typeof handler>(function QueuePage({ data, url }) {
  const { items, total, counts, filter, now } = data;
  const back = url.pathname + url.search;
  const search = filter.q === "" ? "" : `&q=${encodeURIComponent(filter.q)}`;
  return (
    <>
      <Head>
        <title>Moderation · Tinyproof</title>
        <meta name="robots" content="noindex" />
      </Head>
      <div class="head-row">
        <h1>Moderation</h1>
        <nav class="views" aria-label="Moderation">
          <a href="/moderation/decisions">Decisions</a>
          <a href="/moderation/accounts">Accounts and bans</a>
        </nav>
      </div>
      <QueueTabs counts={counts} current={filter.queue} search={search} />
      <form class="search-row" method="get" action="/moderation">
        <input type="hidden" name="queue" value={filter.queue} />
        <input type="search" name="q" defaultValue={filter.q} aria-label="Model or author" />
        <button class="button quiet" type="submit">Search</button>
      </form>
      {items.length === 0 && <p class="note">Nothing here.</p>}
      <div class="queue">
        {items.map((item) => (
          <QueueItemView key={item.entry.id} item={item} back={back} now={now} />
        ))}
      </div>
      <Pager
        page={filter.page}
        pages={Math.ceil(total / QUEUE_PAGE_SIZE)}
        path={`/moderation?queue=${filter.queue}${search}`}
      />
    </>
  );
});

function QueueTabs({ counts, current, search }: {
  counts: Awaited<ReturnType<typeof loadQueue>>["counts"];
  current: Queue;
  /** The end of an address that keeps what is searched for. */
  search: string;
}) {
  return (
    <Tabs
      label="Queues"
      tabs={QUEUES.map((queue) => ({
        href: `/moderation?queue=${queue}${search}`,
        text: <>{WORDS[queue]} {queue !== "recent" && <small>{counts[queue]}</small>}</>,
        current: queue === current,
      }))}
    />
  );
}
