// Listens: on this machine's own address for a proxy in front, on any other for clients of all
// kinds. Knows no route.

import { behindProxies, type Proxies } from "./client_address.ts";
import type { Handler, Listener } from "./listener.ts";
import { OpenRequests } from "./open_requests.ts";
import { serveStrangers } from "./serve_strangers.ts";

export interface ListenAddress {
  host: string;
  port: number;
  /** Who may say for whom they ask, besides proxies of this machine. */
  proxies?: Proxies;
}

/**
 * Deno's own server is the faster one, but waits for ever for a client that is slow on purpose. So
 * it serves this machine alone: a proxy, which has time limits of its own.
 */
export async function serve(
  handler: Handler,
  { host, port, proxies }: ListenAddress,
): Promise<Listener> {
  const requests = new OpenRequests();
  const listen = isLocal(host) ? serveLocally : serveStrangers;
  const known = proxies ? behindProxies(handler, proxies) : handler;
  const listener = await listen(requests.around(known), host, port);
  return {
    port: listener.port,
    async shutdown() {
      await requests.close();
      await listener.shutdown();
    },
  };
}

function isLocal(host: string): boolean {
  return /^(127\.|::1$|\[::1\]$|localhost$)/.test(host);
}

function serveLocally(handler: Handler, hostname: string, port: number): Promise<Listener> {
  const { promise, resolve } = Promise.withResolvers<Listener>();
  const server = Deno.serve({
    hostname,
    port,
    automaticCompression: true,
    onListen: ({ port }) => resolve({ port, shutdown: () => server.shutdown() }),
  }, handler);
  return promise;
}
