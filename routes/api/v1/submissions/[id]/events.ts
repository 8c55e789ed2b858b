import { define } from "../../../../../app_state.ts";
import { GoneError } from "../../../../../lib/errors.ts";
import { EVENT_STREAM_HEADERS, eventStream } from "../../../../../lib/http/events.ts";
import { remoteAddress } from "../../../../../lib/http/rate_limit.ts";
import { log } from "../../../../../lib/operating/log.ts";
import { requireEntry, requireStatus } from "../../../../../lib/submissions/require.ts";
import type { StatusView } from "../../../../../lib/submissions/status.ts";

export const handler = define.handlers({
  /** The status now, then again after every change. */
  async GET(ctx) {
    const { db, events, streams } = ctx.state.services;
    const { id } = await requireEntry(db, ctx.params.id);
    // The framework drops the body of an answer to HEAD: a stream would stay open without a reader.
    if (ctx.req.method === "HEAD") return new Response(null, { headers: EVENT_STREAM_HEADERS });
    return eventStream<StatusView>(
      (send) => {
        const refresh = coalesced(
          async () => send(await requireStatus(db, id)),
          (error) => {
            // What is hidden meanwhile has no status any more: that is no fault.
            if (error instanceof GoneError) return;
            log.error("A change of {id} was not sent", { id, error });
          },
        );
        refresh();
        return events.subscribe(id, refresh);
      },
      (view) => view.finished,
      { streams, address: remoteAddress(ctx.info, ctx.req.headers) },
    );
  },
});

/** Runs `work` one at a time; calls that come meanwhile lead to one more run. */
function coalesced(work: () => Promise<void>, onError: (error: unknown) => void): () => void {
  let running = false;
  let again = false;
  const run = async () => {
    if (running) {
      again = true;
      return;
    }
    running = true;
    do {
      again = false;
      await work().catch(onError);
    } while (again);
    running = false;
  };
  return () => void run();
}
