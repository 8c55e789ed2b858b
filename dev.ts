// `build` makes the engine and what the browser runs, `serve` serves what was built, `start` does
// both; without a word, a dev server.

import { Builder } from "fresh/dev";
import options from "./fresh.config.ts";
import { printError } from "./cli/output.ts";
import { type AppConfig, configFromEnv, VARIABLES } from "./lib/config.ts";
import { secretTexts, unknownNames } from "./lib/environment.ts";
import { TinyproofError, ValidationError } from "./lib/errors.ts";
import type { Handler } from "./lib/http/listener.ts";
import { serve } from "./lib/http/serve.ts";
import { log, startLog } from "./lib/operating/log.ts";
import { loadEngineBinary } from "./wasm/load.ts";
import { bundleBrowserWorkers } from "./workers/bundle.ts";

const root = import.meta.dirname!;
const MAIN = new URL("main.ts", import.meta.url).href;
const BUILT = new URL("_fresh/server.js", import.meta.url).href;
const builder = new Builder({ ...options, root });

async function build(): Promise<void> {
  await loadEngineBinary(() => log.info("Building the engine …"));
  const startMs = performance.now();
  await bundleBrowserWorkers(root);
  await builder.build();
  const ms = Math.round(performance.now() - startMs);
  log.info("Islands and workers are built ({ms} ms)", { ms });
}

/** Reads the settings and starts the log, the first things a server needs. */
async function openConfig() {
  const env = Deno.env.toObject();
  const config = configFromEnv(env);
  await startLog({
    level: config.logLevel,
    format: config.logFormat,
    access: config.accessLog,
    secrets: secretTexts(VARIABLES, env),
  });
  for (const name of unknownNames(VARIABLES, env, "TINYPROOF_")) {
    log.warn("{name} is set, and no setting has that name", { name });
  }
  return config;
}

/** Where the server is, and the link by which the first admin becomes one: said here alone. */
async function announce(port: number, origin = `http://localhost:${port}`): Promise<void> {
  log.info(`Tinyproof on http://localhost:${port}`);
  const { claimToken } = await import(MAIN);
  if (claimToken === null) return;
  log.warn(
    `Nobody is admin yet. Who opens this link once can be: ${origin}` +
      `/account/claim?token=${claimToken}`,
  );
}

/** A fault that nobody was there to catch is logged; it ends no other request. */
function surviveFaults(): void {
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    log.error("Nobody handled a rejection", { error: event.reason });
  });
  globalThis.addEventListener("error", (event) => {
    event.preventDefault();
    log.error("Nobody caught an error", { error: event.error });
  });
}

/** Opens the data directory and serves what was built until a signal. Writes nothing beside them. */
async function serveBuilt(config: AppConfig): Promise<void> {
  const { dataDir, databaseUrl, origin } = config;
  const database = databaseUrl ? "PostgreSQL" : "the embedded database";
  log.info(`Opening ${database}, data in {dataDir}`, { dataDir });
  const { default: app } = await import(BUILT).catch((error) => {
    throw error.code === "ERR_MODULE_NOT_FOUND" && error.message.includes(BUILT)
      ? notBuilt()
      : error;
  });
  const { stop } = await import(MAIN);
  const listener = await serve(app.fetch as Handler, config);
  await announce(listener.port, origin);
  let stopping = false;
  const end = async () => {
    // Whoever asks twice does not want to wait.
    if (stopping) Deno.exit(1);
    stopping = true;
    await stop(listener).catch((error: unknown) => {
      log.error("Not stopped in order", { error });
      Deno.exit(1);
    });
    Deno.exit(0);
  };
  surviveFaults();
  Deno.addSignalListener("SIGINT", end);
  Deno.addSignalListener("SIGTERM", end);
}

function notBuilt(): TinyproofError {
  return new TinyproofError("There is nothing to serve yet", { fix: "Run: deno task build" });
}

async function run(command: string): Promise<void> {
  switch (command) {
    case "build":
      await openConfig();
      return await build();
    case "serve":
      return await serveBuilt(await openConfig());
    case "start": {
      const config = await openConfig();
      await build();
      return await serveBuilt(config);
    }
    case "dev": {
      const { host, port, origin } = await openConfig();
      await bundleBrowserWorkers(root);
      return await builder.listen(() => import(MAIN), {
        hostname: host,
        port,
        automaticCompression: true,
        onListen: (address: Deno.NetAddr) => announce(address.port, origin),
      });
    }
    default:
      throw new ValidationError(
        `Expected build, serve, start or dev, got ${JSON.stringify(command)}`,
      );
  }
}

/** What an operator can mend, in words; anything else is a fault and goes to the log. */
function explained(error: unknown): TinyproofError | null {
  if (error instanceof TinyproofError) return error;
  const { code } = Object(error);
  if (error instanceof Deno.errors.AddrInUse || code === "EADDRINUSE") {
    const { port } = configFromEnv(Deno.env.toObject());
    return new TinyproofError(`Port ${port} is in use`, {
      fix: "Set PORT to another port, or end the program that listens there.",
    });
  }
  // Of the network, and of PostgreSQL: no such user, wrong password, no such database.
  const { message } = error as Error;
  if (/^(connect|getaddrinfo) E/.test(message) || /^(28\w{3}|3D000)$/.test(code)) {
    return new TinyproofError(`The database does not let us in: ${message}`, {
      fix: "Start PostgreSQL, or mend DATABASE_URL; without it the embedded database is used.",
    });
  }
  return null;
}

if (import.meta.main) {
  try {
    await run(Deno.args[0] ?? "dev");
  } catch (error) {
    const words = explained(error);
    if (words) printError(words);
    else log.fatal("The server could not start", { error });
    Deno.exit(1);
  }
}
