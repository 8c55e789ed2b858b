// How a worker reaches its server: over HTTP, or inside the server's own process.

import type { Caller } from "../lib/accounts/caller.ts";
import { NotFoundError } from "../lib/errors.ts";
import { jsonError } from "../lib/http/json.ts";
import { statusOf } from "../lib/http/status.ts";
import * as api from "../lib/http/worker_api.ts";
import { WORKER_API } from "../lib/jobs/protocol.ts";
import { LOCAL_HOLDER } from "../lib/queue/store.ts";
import type { Services } from "../lib/services.ts";

export interface TransportInit {
  method: "GET" | "POST" | "PUT";
  headers?: Record<string, string>;
  body?: string | ReadableStream<Uint8Array>;
  signal?: AbortSignal;
}

/** `path` begins with WORKER_API. Rejects when the server cannot be reached. */
export type Transport = (path: string, init: TransportInit) => Promise<Response>;

/** @param key an API key with the scope "worker"; it goes to this server and nowhere else. */
export function httpTransport(server: URL, key: string): Transport {
  const base = server.href.replace(/\/+$/, "");
  return (path, { headers, ...init }) =>
    fetch(base + path, {
      ...init,
      headers: { ...headers, authorization: `Bearer ${key}` },
      redirect: "error",
    });
}

/** May take jobs and do nothing else; no account stands behind it. */
const OWN_WORKER: Caller = {
  account: { id: LOCAL_HOLDER, name: "This server", role: "admin" },
  scopes: ["worker"],
};

/** The same functions as the routes', without a network between. */
export function inProcessTransport(services: Services): Transport {
  return async (path, init) => {
    const request = new Request(`http://in.process${path}`, init);
    try {
      return await route({ request, services, caller: OWN_WORKER, leaves: init.signal });
    } catch (error) {
      if (statusOf(error) >= 500) services.jobs.onError(error);
      return jsonError(error);
    }
  };
}

function route(call: api.WorkerCall): Promise<Response> {
  const name = new URL(call.request.url).pathname.slice(WORKER_API.length + 1);
  switch (name) {
    case "claim":
      return api.claim(call);
    case "heartbeat":
      return api.heartbeat(call);
    case "complete":
      return api.complete(call);
    case "fail":
      return api.fail(call);
  }
  if (name.startsWith("blobs/")) {
    const sha256 = name.slice("blobs/".length);
    return call.request.method === "PUT" ? api.keep(call, sha256) : api.blob(call, sha256);
  }
  throw new NotFoundError("Workers have nothing at this address", { got: name });
}
