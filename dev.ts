// `build` makes what the browser runs; `start` builds and serves; without a word, a dev server.

import { Builder } from "fresh/dev";
import options from "./fresh.config.ts";
import { printError } from "./cli/output.ts";
import { configFromEnv } from "./lib/config.ts";
import { TinyproofError, ValidationError } from "./lib/errors.ts";
import { loadEngineBinary } from "./wasm/load.ts";
import { bundleBrowserWorkers } from "./workers/bundle.ts";

const root = import.meta.dirname!;
const MAIN = new URL("main.ts", import.meta.url).href;
const builder = new Builder({ ...options, root });

async function build(): Promise<void> {
  const startMs = performance.now();
  await bundleBrowserWorkers(root);
  await builder.build();
  console.log(`Islands and workers are built (${Math.round(performance.now() - startMs)} ms)`);
}

/** `listen` options: the port comes from the environment, like every other setting. */
function listenOptions() {
  const { host, port, origin } = configFromEnv(Deno.env.toObject());
  return {
    hostname: host,
    port,
    automaticCompression: true,
    async onListen(address: Deno.NetAddr) {
      console.log(`Tinyproof on http://localhost:${address.port}`);
      const { claimToken } = await import(MAIN);
      if (claimToken === null) return;
      const path = `/account/claim?token=${claimToken}`;
      console.log(`Nobody is admin yet. Who opens this link once can be:`);
      console.log(`  ${origin ?? `http://localhost:${address.port}`}${path}`);
    },
  };
}

/** Builds what is missing or out of date, opens the data directory and serves until a signal. */
async function start(): Promise<void> {
  await loadEngineBinary(() => console.log("Building the engine …"));
  await build();
  const { dataDir, databaseUrl } = configFromEnv(Deno.env.toObject());
  console.log(
    `Opening ${databaseUrl ? "PostgreSQL" : "the embedded database"}, data in ${dataDir}`,
  );
  const { default: app } = await import(new URL("_fresh/server.js", import.meta.url).href);
  const { close } = await import(MAIN);
  const server = Deno.serve(listenOptions(), app.fetch);
  let stopping = false;
  async function stop(): Promise<void> {
    if (stopping) return;
    stopping = true;
    console.log("Stopping: jobs go back to the queue");
    // Live status streams never end by themselves, so requests get a moment, not for ever.
    await Promise.race([server.shutdown(), new Promise((done) => setTimeout(done, 500))]);
    await close();
    Deno.exit(0);
  }
  Deno.addSignalListener("SIGINT", stop);
  Deno.addSignalListener("SIGTERM", stop);
}

async function run(command: string): Promise<void> {
  switch (command) {
    case "build":
      return await build();
    case "start":
      return await start();
    case "dev": {
      await bundleBrowserWorkers(root);
      return await builder.listen(() => import(MAIN), listenOptions());
    }
    default:
      throw new ValidationError(`Expected build, start or dev, got ${JSON.stringify(command)}`);
  }
}

if (import.meta.main) {
  try {
    await run(Deno.args[0] ?? "dev");
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      const { port } = configFromEnv(Deno.env.toObject());
      printError(
        new TinyproofError(`Port ${port} is in use`, {
          fix: "Set PORT to another port, or end the program that listens there.",
        }),
      );
    } else if (error instanceof TinyproofError) {
      printError(error);
    } else {
      throw error;
    }
    Deno.exit(1);
  }
}
