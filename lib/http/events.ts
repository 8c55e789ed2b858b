// Server-sent events from a subscription. Knows nothing of what is sent.

import type { EventStreams } from "./event_streams.ts";

const encoder = new TextEncoder();
/** Proxies close silent connections after 30 to 60 seconds. */
const KEEPALIVE_MS = 15_000;
/** A client that has read nothing for so many keepalives is cut off. */
const DEAF_AFTER = 4;
/** When a client comes back after the server ended its stream; spread, so that not all do at once. */
const RETRY_MS = { least: 1000, spread: 4000 };

/** Also of an answer to HEAD, which opens no stream. */
export const EVENT_STREAM_HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-store",
};

/** Receives values until it is told to stop; returns how to end. */
export type Subscribe<T> = (send: (value: T) => void) => () => void;

export interface EventStreamOptions {
  /** Where the stream is counted. */
  streams: EventStreams;
  /** Whose it is. */
  address: string;
  keepaliveMs?: number;
}

/**
 * Streams each value as one `data:` line of JSON. A client too slow for every value gets the newest,
 * so one that does not read at all costs the memory of one value, and not for ever. The stream ends
 * when the client leaves, when `isLast` says so of a value, or when the server stops: then the client
 * is told to come back.
 *
 * @throws {BusyError | RateLimitError} when too many streams are open.
 */
export function eventStream<T>(
  subscribe: Subscribe<T>,
  isLast: (value: T) => boolean,
  { streams, address, keepaliveMs = KEEPALIVE_MS }: EventStreamOptions,
): Response {
  let end = () => {};
  let deliver = () => {};
  let comeBack = () => {};
  const removed = streams.add(address, () => comeBack());
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      let waiting: { value: T } | null = null;
      let unsubscribe = () => {};
      let ended = false;
      let deafFor = 0;
      const keepalive = setInterval(() => {
        deafFor = hasRoom(controller) ? 0 : deafFor + 1;
        if (deafFor === 0) controller.enqueue(encoder.encode(":\n\n"));
        if (deafFor < DEAF_AFTER) return;
        end();
        controller.error(new Error("The client does not read its event stream"));
      }, keepaliveMs);
      end = () => {
        ended = true;
        clearInterval(keepalive);
        removed();
        unsubscribe();
      };
      deliver = () => {
        if (waiting === null || ended || !hasRoom(controller)) return;
        const { value } = waiting;
        waiting = null;
        controller.enqueue(encoder.encode(`data: ${JSON.stringify(value)}\n\n`));
        // Sending can show that the client has left: then the stream has ended already.
        if (!isLast(value) || ended) return;
        end();
        controller.close();
      };
      comeBack = () => {
        end();
        try {
          controller.enqueue(encoder.encode(`retry: ${retryMs()}\n\n`));
          controller.close();
        } catch {
          // The client has left, which shows only now that something is sent to it.
        }
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
  return new Response(body, { headers: EVENT_STREAM_HEADERS });
}

function retryMs(): number {
  return RETRY_MS.least + Math.floor(Math.random() * RETRY_MS.spread);
}

function hasRoom({ desiredSize }: ReadableStreamDefaultController): boolean {
  return desiredSize !== null && desiredSize > 0;
}
