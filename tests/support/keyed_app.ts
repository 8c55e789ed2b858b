// The routes with callers known by test keys, in place of accounts.

import { App } from "fresh";
import { Builder } from "fresh/dev";
import type { State } from "../../app_state.ts";
import type { Caller, Role, Scope } from "../../lib/accounts/caller.ts";
import type { Services } from "../../lib/services.ts";

/** What is sent as `Authorization: Bearer …`, and who that is. */
export const KEYS: Record<string, Caller> = {
  "worker-key": caller("machine-1", "admin", ["worker"]),
  "other-key": caller("machine-2", "admin", ["worker"]),
  "author-key": caller("author", "author", ["submit", "worker"]),
  "submit-key": caller("submitter", "admin", ["submit"]),
  "admin-key": caller("admin", "admin", ["admin"]),
};

function caller(id: string, role: Role, scopes: Scope[]): Caller {
  return { account: { id, name: id, role }, scopes };
}

export type Handler = (request: Request) => Promise<Response>;

/** @param outDir for what building leaves behind */
export async function keyedApp(services: Services, outDir: string): Promise<Handler> {
  const app = new App<State>()
    .use((ctx) => {
      ctx.state.services = services;
      const key = ctx.req.headers.get("authorization")?.replace(/^Bearer /, "");
      ctx.state.caller = KEYS[key ?? ""] ?? null;
      return ctx.next();
    })
    .fsRoutes();
  const root = new URL("../..", import.meta.url).pathname;
  const builder = new Builder({ root, outDir });
  const apply = await builder.build({ mode: "development", snapshot: "memory" });
  apply(app);
  const handler = app.handler();
  return (request) =>
    handler(request, {
      remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 1 },
      completed: Promise.resolve(),
    });
}
