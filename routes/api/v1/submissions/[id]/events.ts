import { define } from "../../../../../app_state.ts";
import { EVENT_STREAM_HEADERS, eventStream } from "../../../../../lib/http/events.ts";
import { remoteAddress } from "../../../../../lib/http/rate_limit.ts";
import { statusFeed } from "../../../../../lib/http/status_feed.ts";
import { requireEntry } from "../../../../../lib/submissions/require.ts";
import type { StatusView } from "../../../../../lib/submissions/status.ts";

export const handler = define.handlers({
  /** The status now, then again after every change. */
  async GET(ctx) {
    const { services } = ctx.state;
    const { id } = await requireEntry(services.db, ctx.params.id);
    // The framework drops the body of an answer to HEAD: a stream would stay open without a reader.
    if (ctx.req.method === "HEAD") return new Response(null, { headers: EVENT_STREAM_HEADERS });
    return eventStream<StatusView>(
      (send) => statusFeed(services).follow(id, send),
      (view) => view.finished,
      { streams: services.streams, address: remoteAddress(ctx.info, ctx.req.headers) },
    );
  },
});
