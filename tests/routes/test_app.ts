// The whole application over a seeded database of its own, answered in process.

import { Builder } from "fresh/dev";
import { createApp } from "../../lib/http/app.ts";
import type { AppConfig } from "../../lib/config.ts";
import type { Services } from "../../lib/services.ts";
import { TEST_JOBS } from "../support/assigned.ts";
import { bundledIslands, type Mode } from "../support/bundled_islands.ts";
import { openCopy, type TestBackend } from "../support/databases.ts";
import { testServices } from "../support/services.ts";
import { seed } from "./seed.ts";
import { seededDirectory } from "./seeded_directory.ts";

export interface TestApp {
  services: Services;
  /** `path` from the root; `address` is the caller's, for the rate limit. */
  request(path: string, init?: RequestInit, address?: string): Promise<Response>;
  /** Serves browsers too, on a free port of this machine; gives the address. */
  listen(): string;
  handler: ReturnType<ReturnType<typeof createApp>["handler"]>;
  close(): Promise<void>;
}

/**
 * @param options `mode` "production" makes the scripts as small as visitors get them.
 * @param backend of the database; by default an embedded one.
 */
export async function openTestApp(
  { mode = "development", ...config }: Partial<AppConfig> & {
    mode?: Mode;
  } = {},
  backend: Pick<TestBackend, "open"> | null = null,
): Promise<TestApp> {
  const storage = await (backend?.open() ?? openCopy(await seededDirectory()));
  // Any file stands for the engine, which a checkout need not have built.
  const { enginePath } = TEST_JOBS;
  const services = await testServices(storage, config, {}, { enginePath });
  if (backend !== null) await seed(services, new Date());
  const app = createApp(services);
  const root = new URL("../..", import.meta.url).pathname;
  const builder = new Builder({ root, outDir: await bundledIslands(mode) });
  const apply = await builder.build({ mode, snapshot: "memory" });
  apply(app);
  const handler = app.handler();
  let server: Deno.HttpServer<Deno.NetAddr> | null = null;
  return {
    services,
    handler,
    request: (path, init, address = "127.0.0.1") =>
      handler(new Request(`http://board.test${path}`, init), {
        remoteAddr: { transport: "tcp", hostname: address, port: 1 },
        completed: Promise.resolve(),
      }),
    listen() {
      server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handler);
      return `http://127.0.0.1:${server.addr.port}`;
    },
    async close() {
      await server?.shutdown();
      await services.close();
      await storage.close();
    },
  };
}
