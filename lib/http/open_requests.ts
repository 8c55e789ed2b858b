// Counts the requests being answered, so that a server can stop between them. Knows no route.

import type { Handler } from "./listener.ts";

const RETRY_SECONDS = 5;

/**
 * Deno's server, told to shut down, takes the bodies of open requests away: an upload would fail. So
 * it is told when no handler is at work any more; requests that come until then are refused.
 */
export class OpenRequests {
  readonly #idle = Promise.withResolvers<void>();
  #count = 0;
  #closed = false;

  around(handler: Handler): Handler {
    return async (request, info) => {
      if (this.#closed) return stopping();
      this.#count++;
      try {
        return await handler(request, info);
      } finally {
        this.#count--;
        this.#settle();
      }
    };
  }

  /** Refuses new requests; resolves when every handler has answered. */
  close(): Promise<void> {
    this.#closed = true;
    this.#settle();
    return this.#idle.promise;
  }

  #settle(): void {
    if (this.#closed && this.#count === 0) this.#idle.resolve();
  }
}

function stopping(): Response {
  return new Response("The server is about to stop. Try again in a moment.\n", {
    status: 503,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "retry-after": String(RETRY_SECONDS),
      connection: "close",
    },
  });
}
