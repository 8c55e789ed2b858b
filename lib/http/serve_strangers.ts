// A listener for the open network, with a limit to everything a client can make a server wait for.

import { getRequestListener } from "@hono/node-server";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Handler, Listener } from "./listener.ts";

export interface ClientLimits {
  /** For the head of a request. */
  headersMs: number;
  /** Of silence in both directions, within a request and its answer. */
  silenceMs: number;
  /** Between two requests. Longer than a proxy keeps a connection, so that it never uses a dead one. */
  keepAliveMs: number;
  /** For a whole request; uploads have a limit of their own below this. */
  requestMs: number;
  connections: number;
  connectionsOfAddress: number;
  headers: number;
  headBytes: number;
}

export const CLIENT_LIMITS: ClientLimits = {
  headersMs: 10_000,
  silenceMs: 60_000,
  keepAliveMs: 75_000,
  requestMs: 31 * 60_000,
  connections: 10_000,
  connectionsOfAddress: 200,
  headers: 100,
  headBytes: 16 * 1024,
};

export function serveStrangers(
  handler: Handler,
  host: string,
  port: number,
  limits: ClientLimits = CLIENT_LIMITS,
): Promise<Listener> {
  const server = createServer({
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: Math.ceil(limits.headersMs / 4),
    maxHeaderSize: limits.headBytes,
  }, listenerOf(handler));
  server.maxHeadersCount = limits.headers;
  server.maxConnections = limits.connections;
  server.setTimeout(limits.silenceMs, (socket: Socket) => socket.destroy());
  const connections = new Connections(limits.connectionsOfAddress);
  server.on("connection", (socket) => connections.opened(socket));
  server.on("request", (incoming, outgoing) => connections.asked(incoming, outgoing));
  const { promise, resolve, reject } = Promise.withResolvers<Listener>();
  server.once("error", reject);
  server.listen(port, host, () =>
    resolve({
      port: (server.address() as AddressInfo).port,
      shutdown: () =>
        new Promise((done) => {
          server.close(() => done());
          connections.closeIdle();
        }),
    }));
  return promise;
}

/** The handler's own request and response, made of Node's. */
function listenerOf(handler: Handler) {
  const listen = getRequestListener(
    async (request, { incoming }) => {
      const { remoteAddress = "unknown", remotePort = 0 } = (incoming as IncomingMessage).socket;
      const info: Deno.ServeHandlerInfo<Deno.NetAddr> = {
        remoteAddr: { transport: "tcp", hostname: remoteAddress, port: remotePort },
        completed: Promise.resolve(),
      };
      return compressed(request, await handler(request, info));
    },
    { overrideGlobalObjects: false },
  );
  return (incoming: IncomingMessage, outgoing: ServerResponse) => void listen(incoming, outgoing);
}

/** Who is connected: so many of one address and no more, and who of them waits for an answer. */
class Connections {
  readonly #most: number;
  readonly #ofAddress = new Map<string, number>();
  readonly #idle = new Set<Socket>();
  #closing = false;

  constructor(most: number) {
    this.#most = most;
  }

  opened(socket: Socket): void {
    const address = socket.remoteAddress ?? "";
    const own = this.#ofAddress.get(address) ?? 0;
    if (own >= this.#most) return void socket.destroy();
    this.#ofAddress.set(address, own + 1);
    this.#idle.add(socket);
    socket.once("close", () => {
      this.#idle.delete(socket);
      const left = this.#ofAddress.get(address)! - 1;
      if (left === 0) this.#ofAddress.delete(address);
      else this.#ofAddress.set(address, left);
    });
  }

  asked({ socket }: IncomingMessage, outgoing: ServerResponse): void {
    this.#idle.delete(socket);
    outgoing.once("close", () => {
      if (this.#closing) socket.end();
      else if (!socket.destroyed) this.#idle.add(socket);
    });
  }

  /** Those with an answer under way end after it. Node's own way overlooks some of the others. */
  closeIdle(): void {
    this.#closing = true;
    for (const socket of this.#idle) socket.destroy();
  }
}

const COMPRESSIBLE =
  /^(text\/(?!event-stream)|application\/(json|atom\+xml|javascript)|image\/svg)/;

/** As Deno's server does by itself. */
function compressed(request: Request, response: Response): Response {
  const { headers, body, status } = response;
  const wanted = /\bgzip\b/.test(request.headers.get("accept-encoding") ?? "");
  const fits = COMPRESSIBLE.test(headers.get("content-type") ?? "");
  if (!wanted || !fits || body === null || headers.has("content-encoding") || status === 206) {
    return response;
  }
  const head = new Headers(headers);
  head.set("content-encoding", "gzip");
  head.append("vary", "accept-encoding");
  head.delete("content-length");
  const etag = head.get("etag");
  if (etag && !etag.startsWith("W/")) head.set("etag", `W/${etag}`);
  return new Response(body.pipeThrough(new CompressionStream("gzip")), { status, headers: head });
}
