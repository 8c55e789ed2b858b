// The server as main.ts makes it, with its pages built in memory: starts in a second, and servers
// that start together write to no file of the tree. Its settings come from the environment.

import { Builder } from "fresh/dev";
import { configFromEnv } from "../../lib/config.ts";
import { app, stop } from "../../main.ts";

const { dataDir, port } = configFromEnv(Deno.env.toObject());
const root = new URL("../..", import.meta.url).pathname;
const builder = new Builder({ root, outDir: `${dataDir}/_fresh` });
const apply = await builder.build({ mode: "development", snapshot: "memory" });
apply(app);
const server = Deno.serve({
  ...{ hostname: "127.0.0.1", port },
  onListen: (address) => console.log(`http://localhost:${address.port}`),
}, app.handler());

Deno.addSignalListener("SIGTERM", async () => {
  const soon = new Promise<void>((done) => setTimeout(done, 300));
  await stop({ shutdown: () => Promise.race([server.shutdown(), soon]) });
  Deno.exit(0);
});
