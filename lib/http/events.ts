// Server-sent events from a subscription. Knows nothing of what is sent.

const encoder = new TextEncoder();
/** Proxies close silent connections after 30 to 60 seconds. */
const KEEPALIVE_MS = 15_000;

/** Receives values until it is told to stop; returns how to end. */
export type Subscribe<T> = (send: (value: T) => void) => () => void;

/**
 * Streams each value as one `data:` line of JSON. The stream ends when the client leaves or when
 * `isLast` says so of a value.
 */
export function eventStream<T>(subscribe: Subscribe<T>, isLast: (value: T) => boolean): Response {
  let end = () => {};
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const keepalive = setInterval(
        () => controller.enqueue(encoder.encode(":\n\n")),
        KEEPALIVE_MS,
      );
      let unsubscribe = () => {};
      let ended = false;
      end = () => {
        ended = true;
        clearInterval(keepalive);
        unsubscribe();
      };
      const send = (value: T) => {
        if (ended) return;
        controller.enqueue(encoder.encode(`data: ${JSON.stringify(value)}\n\n`));
        if (isLast(value)) {
          end();
          controller.close();
        }
      };
      unsubscribe = subscribe(send);
      if (ended) unsubscribe();
    },
    cancel: () => end(),
  });
  return new Response(body, {
    headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
  });
}
