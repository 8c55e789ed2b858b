// Server-sent events from a subscription. Knows nothing of what is sent.

const encoder = new TextEncoder();
/** Proxies close silent connections after 30 to 60 seconds. */
const KEEPALIVE_MS = 15_000;

/** Receives values until it is told to stop; returns how to end. */
export type Subscribe<T> = (send: (value: T) => void) => () => void;

/**
 * Streams each value as one `data:` line of JSON. A client too slow for every value gets the newest,
 * so one that does not read at all costs the memory of one value. The stream ends when the client
 * leaves or when `isLast` says so of a value.
 */
export function eventStream<T>(subscribe: Subscribe<T>, isLast: (value: T) => boolean): Response {
  let end = () => {};
  let deliver = () => {};
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      let waiting: { value: T } | null = null;
      let unsubscribe = () => {};
      let ended = false;
      const keepalive = setInterval(() => {
        if (hasRoom(controller)) controller.enqueue(encoder.encode(":\n\n"));
      }, KEEPALIVE_MS);
      end = () => {
        ended = true;
        clearInterval(keepalive);
        unsubscribe();
      };
      deliver = () => {
        if (waiting === null || ended || !hasRoom(controller)) return;
        const { value } = waiting;
        waiting = null;
        controller.enqueue(encoder.encode(`data: ${JSON.stringify(value)}\n\n`));
        if (!isLast(value)) return;
        end();
        controller.close();
      };
      unsubscribe = subscribe((value) => {
        // Nothing follows the last value, so nothing may take its place.
        if (waiting === null || !isLast(waiting.value)) waiting = { value };
        deliver();
      });
      if (ended) unsubscribe();
    },
    pull: () => deliver(),
    cancel: () => end(),
  });
  return new Response(body, {
    headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
  });
}

function hasRoom({ desiredSize }: ReadableStreamDefaultController): boolean {
  return desiredSize !== null && desiredSize > 0;
}
