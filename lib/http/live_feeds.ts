// What follows from an entry and its jobs, as those who watch it see it: the status of a submission,
// a set that the server generates.

import { GoneError } from "../errors.ts";
import { orderView } from "../lab/order_view_store.ts";
import type { OrderView } from "../lab/order_view.ts";
import { orderOf } from "../lab/order_store.ts";
import { log } from "../operating/log.ts";
import type { Services } from "../services.ts";
import type { LabOrder } from "../storage/lab_schema.ts";
import { requireStatus } from "../submissions/require.ts";
import type { StatusView } from "../submissions/status.ts";
import { EVENT_STREAM_HEADERS, eventStream } from "./events.ts";
import { remoteAddress } from "./rate_limit.ts";
import { SharedFeed } from "./shared_feed.ts";

type Watched = Pick<Services, "db" | "events">;

interface Asked {
  req: Request;
  info: unknown;
  state: { services: Services };
}

/** The status now, then again after every change, until nothing more will change. */
export function streamStatus(asked: Asked, entryId: string): Response {
  return stream(asked, statusFeed, entryId, ({ finished }) => finished);
}

/** The same of a set that is generated: until its job has ended. */
export function streamOrder(asked: Asked, { id, entry_id: entryId }: LabOrder): Response {
  return stream(asked, orderFeed, `${entryId} ${id}`, ({ active }) => !active);
}

const statusFeed = feedOf<StatusView>((db, id) => requireStatus(db, id));

/** By entry and order: what changes is told by the entry. */
const orderFeed = feedOf<OrderView>(async (db, key) =>
  await orderView(db, await orderOf(db, key.split(" ")[1]))
);

/**
 * A feed for each server, of what `load` gives.
 * @param load of a key, whose first word is the entry.
 */
function feedOf<T>(
  load: (db: Watched["db"], key: string) => Promise<T>,
): (watched: Watched) => SharedFeed<T> {
  const feeds = new WeakMap<Watched["events"], SharedFeed<T>>();
  return ({ db, events }) => {
    const known = feeds.get(events);
    if (known) return known;
    const feed = new SharedFeed<T>({
      subscribe: (key, changed) => events.subscribe(key.split(" ")[0], changed),
      load: (key) => load(db, key),
      onError(error, id) {
        // What is hidden meanwhile has no status any more: that is no fault.
        if (error instanceof GoneError) return;
        log.error("A change of {id} was not sent", { id, error });
      },
    });
    feeds.set(events, feed);
    return feed;
  };
}

function stream<T>(
  { req, info, state: { services } }: Asked,
  feed: (watched: Watched) => SharedFeed<T>,
  key: string,
  isLast: (value: T) => boolean,
): Response {
  // The framework drops the body of an answer to HEAD: a stream would stay open without a reader.
  if (req.method === "HEAD") return new Response(null, { headers: EVENT_STREAM_HEADERS });
  return eventStream<T>((send) => feed(services).follow(key, send), isLast, {
    streams: services.streams,
    address: remoteAddress(info, req.headers),
  });
}
