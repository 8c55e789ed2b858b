// The status of submissions, as those who watch them see it.

import { GoneError } from "../errors.ts";
import { log } from "../operating/log.ts";
import type { Services } from "../services.ts";
import { requireStatus } from "../submissions/require.ts";
import type { StatusView } from "../submissions/status.ts";
import { SharedFeed } from "./shared_feed.ts";

type Watched = Pick<Services, "db" | "events">;

const feeds = new WeakMap<Watched["events"], SharedFeed<StatusView>>();

/** One for each server. */
export function statusFeed({ db, events }: Watched): SharedFeed<StatusView> {
  const known = feeds.get(events);
  if (known) return known;
  const feed = new SharedFeed<StatusView>({
    subscribe: (id, changed) => events.subscribe(id, changed),
    load: (id) => requireStatus(db, id),
    onError(error, id) {
      // What is hidden meanwhile has no status any more: that is no fault.
      if (error instanceof GoneError) return;
      log.error("A change of {id} was not sent", { id, error });
    },
  });
  feeds.set(events, feed);
  return feed;
}
