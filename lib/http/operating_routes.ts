// For whoever runs the server: does it live, can it work, what does it do. Answered before anything
// else is looked at, so that a trouble of the rest does not hide itself.

import type { Context, Middleware } from "fresh";
import type { Services } from "../services.ts";
import { PermissionError } from "../errors.ts";
import { sha256Hex } from "../hash.ts";
import { utf8 } from "../bytes.ts";
import { json, jsonError } from "./json.ts";
import { isLoopback, remoteAddress } from "./rate_limit.ts";

/** The process lives. No database is asked. */
export function healthz<S>(): Middleware<S> {
  return () => plain("ok\n");
}

/** Every part works, and the server is not about to stop. */
export function readyz<S>({ readiness, lifecycle }: Services): Middleware<S> {
  return async () => {
    const { ready, parts } = await readiness();
    const stopping = lifecycle.stopping;
    const init = {
      status: ready && !stopping ? 200 : 503,
      headers: { "cache-control": "no-store" },
    };
    return json({ ready: ready && !stopping, parts: { ...parts, stopping } }, init);
  };
}

/** For this machine, and for who knows the token. */
export function metricsPage<S>({ metrics, config }: Services): Middleware<S> {
  return async (ctx) => {
    if (!await mayRead(ctx, config.metricsToken)) {
      return jsonError(
        new PermissionError("Metrics are for the operator of this server", {
          fix: "Ask from the machine itself, or send TINYPROOF_METRICS_TOKEN as a bearer token.",
        }),
      );
    }
    const { contentType } = metrics.registry;
    return new Response(await metrics.text(), {
      headers: { "content-type": contentType, "cache-control": "no-store" },
    });
  };
}

async function mayRead<S>({ info, req }: Context<S>, token: string | undefined): Promise<boolean> {
  // Behind a proxy on this machine, whoever it speaks for.
  if (isLoopback(remoteAddress(info, req.headers))) return true;
  const sent = /^Bearer (.+)$/.exec(req.headers.get("authorization") ?? "")?.[1];
  if (token === undefined || sent === undefined) return false;
  // Digests are compared, so that the time it takes tells nothing of the token.
  return await sha256Hex(utf8(sent)) === await sha256Hex(utf8(token));
}

function plain(text: string): Response {
  return new Response(text, {
    headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" },
  });
}
