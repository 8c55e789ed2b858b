// Where the pages of a copy come from: a server asked over HTTP, or the application of this process.

import { TinyproofError } from "../errors.ts";
import { askOwn } from "../http/own_requests.ts";

export interface Source {
  /** "http://localhost:8000": addresses that begin with it belong to the board. */
  origin: string;
  /** `address` begins with a slash; redirects are answers. */
  get(address: string): Promise<Response>;
}

export type Pause = (ms: number) => Promise<void>;

/** How often a server is asked again that does not answer or is busy. */
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 500;
/** Pages are given files that are kept in a bucket; programs are sent there. */
const AS_A_PAGE = { "sec-fetch-mode": "cors" };
const BUSY = [429, 502, 503, 504];

/** The application of this process. `origin` is what its pages call themselves. */
export function applicationSource(
  handler: Parameters<typeof askOwn>[0],
  origin: string,
): Source {
  return { origin, get: (address) => askOwn(handler, new URL(address, origin), AS_A_PAGE) };
}

/** A running server. It may say when it wants to be asked again; `pause` waits that long. */
export function serverSource(server: URL, pause: Pause = sleep): Source {
  const { origin } = server;

  async function get(address: string): Promise<Response> {
    for (let attempt = 1;; attempt++) {
      const response = await fetch(origin + address, {
        redirect: "manual",
        headers: AS_A_PAGE,
      }).catch((error) => {
        if (attempt < ATTEMPTS && error instanceof TypeError) return null;
        throw new TinyproofError(`${origin} does not answer`, {
          expected: "the address of a running server",
          got: error.message,
          fix: "Start the server, or see whether the address is right.",
        });
      });
      const busy = response !== null && BUSY.includes(response.status);
      // Limits are no failure: whoever waits as long as he is told gets through.
      const limited = response?.status === 429;
      if (response !== null && (!busy || (!limited && attempt >= ATTEMPTS))) return response;
      await response?.body?.cancel();
      const asked = Number(response?.headers.get("retry-after")) * 1000;
      await pause(asked > 0 ? asked : FIRST_PAUSE_MS * 2 ** attempt);
    }
  }
  return { origin, get };
}

function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
