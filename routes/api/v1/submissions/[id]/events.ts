import { define } from "../../../../../app_state.ts";
import { GoneError } from "../../../../../lib/errors.ts";
import { eventStream } from "../../../../../lib/http/events.ts";
import { requireEntry, requireStatus } from "../../../../../lib/submissions/require.ts";
import type { StatusView } from "../../../../../lib/submissions/status.ts";

export const handler = define.handlers({
  /** The status now, then again after every change. */
  async GET(ctx) {
    const { db, events } = ctx.state.services;
    const { id } = await requireEntry(db, ctx.params.id);
    return eventStream<StatusView>((send) => {
      const refresh = coalesced(async () => send(await requireStatus(db, id)));
      refresh();
      return events.subscribe(id, refresh);
    }, (view) => view.finished);
  },
});

/** Runs `work` one at a time; calls that come meanwhile lead to one more run. */
function coalesced(work: () => Promise<void>): () => void {
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
      // What is hidden meanwhile has no status any more: that is no fault.
      await work().catch((error) => error instanceof GoneError || console.error(error));
    } while (again);
    running = false;
  };
  return () => void run();
}
