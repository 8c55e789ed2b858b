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
  options: EventStreamOptions,
): Response {
  const body = new ReadableStream(new EventStreamSource(subscribe, isLast, options));
  return new Response(body, { headers: EVENT_STREAM_HEADERS });
}

class EventStreamSource<T> implements UnderlyingDefaultSource<Uint8Array> {
  readonly #subscribe: Subscribe<T>;
  readonly #isLast: (value: T) => boolean;
  readonly #keepaliveMs: number;
  readonly #remove: () => void;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #unsubscribe = () => {};
  #keepalive: ReturnType<typeof setInterval> | undefined;
  /** What the client has had no room for yet. */
  #waiting: { value: T } | null = null;
  /** Keepalives that the client had no room for. */
  #deafFor = 0;
  #ended = false;

  constructor(
    subscribe: Subscribe<T>,
    isLast: (value: T) => boolean,
    { streams, address, keepaliveMs = KEEPALIVE_MS }: EventStreamOptions,
  ) {
    this.#subscribe = subscribe;
    this.#isLast = isLast;
    this.#keepaliveMs = keepaliveMs;
    this.#remove = streams.add(address, () => this.#comeBack());
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller;
    this.#keepalive = setInterval(() => this.#keepAlive(), this.#keepaliveMs);
    this.#unsubscribe = this.#subscribe((value) => {
      // Nothing follows the last value, so nothing may take its place.
      const waiting = this.#waiting;
      if (waiting === null || !this.#isLast(waiting.value)) this.#waiting = { value };
      this.pull();
    });
    if (this.#ended) this.#unsubscribe();
  }

  pull(): void {
    if (this.#waiting === null || this.#ended || !hasRoom(this.#controller)) return;
    const { value } = this.#waiting;
    this.#waiting = null;
    this.#controller.enqueue(encoder.encode(`data: ${JSON.stringify(value)}\n\n`));
    // Sending can show that the client has left: then the stream has ended already.
    if (!this.#isLast(value) || this.#ended) return;
    this.#end();
    this.#controller.close();
  }

  cancel(): void {
    this.#end();
  }

  #keepAlive(): void {
    this.#deafFor = hasRoom(this.#controller) ? 0 : this.#deafFor + 1;
    if (this.#deafFor === 0) this.#controller.enqueue(encoder.encode(":\n\n"));
    if (this.#deafFor < DEAF_AFTER) return;
    this.#end();
    this.#controller.error(new Error("The client does not read its event stream"));
  }

  #comeBack(): void {
    this.#end();
    try {
      this.#controller.enqueue(encoder.encode(`retry: ${retryMs()}\n\n`));
      this.#controller.close();
    } catch {
      // The client has left, which shows only now that something is sent to it.
    }
  }

  #end(): void {
    this.#ended = true;
    clearInterval(this.#keepalive);
    this.#remove();
    this.#unsubscribe();
  }
}

function retryMs(): number {
  return RETRY_MS.least + Math.floor(Math.random() * RETRY_MS.spread);
}

function hasRoom({ desiredSize }: ReadableStreamDefaultController): boolean {
  return desiredSize !== null && desiredSize > 0;
}
