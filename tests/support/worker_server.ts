// A server for workers of other machines, without a worker of its own: data directory and port come
// as arguments, PostgreSQL as DATABASE_URL. Says its address and serves until it is stopped.

import { configFromEnv, createServices } from "../../lib/services.ts";
import { jobSettings } from "../../lib/jobs/settings.ts";
import { tendJobs } from "../../lib/jobs/tend.ts";
import { loadEngineBinary } from "../../wasm/load.ts";
import { keyedApp } from "./keyed_app.ts";

const [dataDir, port = "0"] = Deno.args;
await loadEngineBinary();
const services = await createServices(
  { ...configFromEnv(Deno.env.toObject()), dataDir, gallery: false },
  // As short as the queue allows: a killed worker's jobs are to come back within the test.
  {
    queue: { leaseSeconds: 10, superviseSeconds: 1, retryDelaySeconds: 0 },
    jobs: jobSettings({ heartbeatMs: 200 }),
  },
);
const handler = await keyedApp(services, `${dataDir}/_fresh`);
const tending = setInterval(() => tendJobs(services, 600_000).catch(console.error), 500);
const server = Deno.serve({
  hostname: "127.0.0.1",
  port: Number(port),
  onListen: (address) => console.log(`http://localhost:${address.port}`),
}, handler);

Deno.addSignalListener("SIGTERM", async () => {
  clearInterval(tending);
  await Promise.race([server.shutdown(), new Promise((done) => setTimeout(done, 300))]);
  await services.close();
  Deno.exit(0);
});
