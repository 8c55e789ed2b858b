// `build` makes what the browser runs; `start` builds and serves; without a word, a dev server.

import { Builder } from "fresh/dev";
import options from "./fresh.config.ts";
import { configFromEnv } from "./lib/config.ts";
import { bundleBrowserWorkers } from "./workers/bundle.ts";

const root = import.meta.dirname!;
const builder = new Builder({ ...options, root });

async function build(): Promise<void> {
  const startMs = performance.now();
  await bundleBrowserWorkers(root);
  await builder.build();
  console.log(`Islands and workers are built (${Math.round(performance.now() - startMs)} ms)`);
}

/** `listen` options: the port comes from the environment, like every other setting. */
function listenOptions() {
  const { port } = configFromEnv(Deno.env.toObject());
  return {
    port,
    automaticCompression: true,
    onListen: (address: Deno.NetAddr) =>
      console.log(`Tinyproof on http://localhost:${address.port}`),
  };
}

if (import.meta.main) {
  const [command = "dev"] = Deno.args;
  if (command === "build") {
    await build();
  } else if (command === "start") {
    await build();
    const { default: server } = await import(new URL("_fresh/server.js", import.meta.url).href);
    Deno.serve(listenOptions(), server.fetch);
  } else if (command === "dev") {
    await bundleBrowserWorkers(root);
    const main = new URL("main.ts", import.meta.url).href;
    await builder.listen(() => import(main), listenOptions());
  } else {
    console.error(`Expected build, start or dev, got ${JSON.stringify(command)}`);
    Deno.exit(2);
  }
}
