// dump: writes the whole board to a folder that any static host can serve.

import { type Dump, type DumpProgress, makeDump } from "../lib/dump/dump.ts";
import { applicationSource, serverSource, type Source } from "../lib/dump/source.ts";
import { IntegrityError } from "../lib/errors.ts";
import { type Arguments, type Command, JSON_OPTION, usageError } from "./command.ts";
import { note, printable, printJson, ProgressBar } from "./output.ts";

export const DUMP: Command = {
  name: "dump",
  summary:
    "Writes the whole public board to a folder that any static host can serve. It reads the data\n" +
    "directory or DATABASE_URL like a server; while one has the embedded database open, ask that\n" +
    "server with --from. docs/static-copies.md says what a copy holds.",
  operands: [],
  options: {
    out: { type: "string", value: "DIR", help: "a folder that is not there yet, or empty" },
    from: { type: "string", value: "URL", help: "a running server to copy, here or elsewhere" },
    url: {
      type: "string",
      value: "URL",
      help: "where the copy will be served: for sitemap, feeds and 404.html",
    },
    files: { type: "boolean", help: "with the models, corpora and data of the benchmarks" },
    json: JSON_OPTION,
  },
  example: "dump --out board-copy --from http://localhost:8000",
  run: dump,
};

async function dump(args: Arguments): Promise<void> {
  const out = args.required("out");
  const from = addressIn(args, "from");
  const url = addressIn(args, "url");
  if (url && !url.pathname.endsWith("/")) url.pathname += "/";
  const { source, close } = from
    ? { source: serverSource(from), close: () => Promise.resolve() }
    : await openApplication();
  const bar = new ProgressBar(args.flag("json"));
  try {
    const made = await makeDump({
      ...{ source, out, url, files: args.flag("files") },
      onProgress: (progress) => show(bar, progress),
    });
    bar.end();
    tell(made, out, args.flag("json"));
  } finally {
    await close();
  }
}

function addressIn(args: Arguments, name: string): URL | undefined {
  const text = args.text(name);
  if (text === undefined) return undefined;
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return new URL(text);
  const expected = `an address that begins with http:// or https:// after --${name}`;
  throw usageError(DUMP, { expected, got: text || "an empty value" });
}

/** Asking finds more to ask for, so the bar is of what is known. */
function show(bar: ProgressBar, { stage, done, total }: DumpProgress): void {
  const half = stage === "asking" ? 0 : 0.5;
  bar.update(half + 0.5 * Math.min(1, done / total), `${stage}, ${done} of ${total} so far`);
}

function tell(made: Dump, out: string, json: boolean): void {
  if (json) return printJson({ out, ...made });
  console.log(`${made.pages} pages, ${made.files} files, ${(made.bytes / 1e6).toFixed(1)} MB`);
  console.log(`manifest.json: ${made.manifestDigest}`);
  for (const { address, status } of made.missing) {
    note(`no answer: ${printable(address)} (${status})`);
  }
}

/** The application as a server has it, without jobs and without a port. */
async function openApplication(): Promise<{ source: Source; close(): Promise<void> }> {
  // Loaded here: the other commands need none of it.
  const { Builder } = await import("fresh/dev");
  const { default: options } = await import("../fresh.config.ts");
  const { createApp } = await import("../lib/http/app.ts");
  const { configFromEnv, createServices } = await import("../lib/services.ts");
  const { bundleBrowserWorkers } = await import("../workers/bundle.ts");
  const { loadEngineBinary } = await import("../wasm/load.ts");
  const root = new URL("../", import.meta.url).pathname.replace(/\/$/, "");
  await loadEngineBinary(() => note("Building the engine …"));
  await bundleBrowserWorkers(root);
  const apply = await new Builder({ ...options, root }).build({ snapshot: "memory" });
  const config = configFromEnv(Deno.env.toObject());
  const services = await createServices(config).catch(askTheServer);
  const app = createApp(services);
  apply(app);
  return {
    source: applicationSource(app.handler(), config.origin ?? `http://localhost:${config.port}`),
    close: () => services.close(),
  };
}

/** The embedded database has one user at a time; that one can be asked. */
function askTheServer(error: unknown): never {
  if (!(error instanceof IntegrityError)) throw error;
  throw new IntegrityError(error.message, {
    ...error.problem,
    fix: "Ask the server that uses it: deno task dump --out DIR --from http://localhost:8000",
  });
}
