// The whole application over a seeded database of its own, answered in process.

import { App } from "fresh";
import { Builder } from "fresh/dev";
import type { State } from "../../app_state.ts";
import type { Caller } from "../../lib/accounts/caller.ts";
import { createApp } from "../../lib/http/app.ts";
import type { Services } from "../../lib/services.ts";
import { pgliteBackend } from "../support/databases.ts";
import { testServices } from "../support/services.ts";
import { seed } from "./seed.ts";

export interface TestApp {
  services: Services;
  /** Who sends the requests from now on; null for a guest. */
  caller: Caller | null;
  /** `path` from the root; `address` is the caller's, for the rate limit. */
  request(path: string, init?: RequestInit, address?: string): Promise<Response>;
  close(): Promise<void>;
}

export async function openTestApp(): Promise<TestApp> {
  const storage = await pgliteBackend().open();
  const services = await testServices(storage);
  await seed(services, new Date());
  const app = new App<State>()
    .use((ctx) => {
      ctx.state.caller = opened.caller;
      return ctx.next();
    })
    .mountApp("*", createApp(services));
  const root = new URL("../..", import.meta.url).pathname;
  const builder = new Builder({ root, outDir: `${storage.dataDir}/_fresh` });
  const apply = await builder.build({ mode: "development", snapshot: "memory" });
  apply(app);
  const handler = app.handler();
  const opened: TestApp = {
    services,
    caller: null,
    request: (path, init, address = "127.0.0.1") =>
      handler(new Request(`http://board.test${path}`, init), {
        remoteAddr: { transport: "tcp", hostname: address, port: 1 },
        completed: Promise.resolve(),
      }),
    async close() {
      await services.close();
      await storage.close();
    },
  };
  return opened;
}
