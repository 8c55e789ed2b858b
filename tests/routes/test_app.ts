// The whole application over a seeded database of its own, answered in process.

import { Builder } from "fresh/dev";
import { createApp } from "../../lib/http/app.ts";
import type { Services } from "../../lib/services.ts";
import { pgliteBackend } from "../support/databases.ts";
import { testServices } from "../support/services.ts";
import { seed } from "./seed.ts";

export interface TestApp {
  services: Services;
  /** `path` from the root; `address` is the caller's, for the rate limit. */
  request(path: string, init?: RequestInit, address?: string): Promise<Response>;
  close(): Promise<void>;
}

/** @param options `mode` "production" makes the scripts as small as visitors get them. */
export async function openTestApp(
  { mode = "development" }: { mode?: "development" | "production" } = {},
): Promise<TestApp> {
  const storage = await pgliteBackend().open();
  const services = await testServices(storage);
  await seed(services.db, services.blobs, new Date());
  const app = createApp(services);
  const root = new URL("../..", import.meta.url).pathname;
  const builder = new Builder({ root, outDir: `${storage.dataDir}/_fresh` });
  const apply = await builder.build({ mode, snapshot: "memory" });
  apply(app);
  const handler = app.handler();
  return {
    services,
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
}
