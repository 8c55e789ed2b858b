// worker: takes jobs from a server, on any machine.

import { MOST_THREADS } from "../lib/engine/crew.ts";
import type { JobKind } from "../lib/storage/job_schema.ts";
import { lockDirectory } from "../lib/storage/lock.ts";
import { NATIVE_LIBRARY } from "../workers/native_kernels.ts";
import { findOtherEngine } from "../workers/other_engine/other_engine.ts";
import { httpTransport } from "../workers/transport.ts";
import { describeWorker } from "../workers/verifier.ts";
import { type RunningWorker, startWorker } from "../workers/worker.ts";
import { type Arguments, type Command, NATIVE_OPTION, usageError } from "./command.ts";
import { makeFolder } from "./host.ts";
import { note, printable } from "./output.ts";

const KEY_VARIABLE = "TINYPROOF_KEY";
/** Time for what is nearly done; systemd waits 90 seconds. */
const GRACE_MS = 20_000;

export const WORKER: Command = {
  name: "worker",
  summary:
    "Scores and replays for a server, on this machine. Works until it is stopped; a first signal\n" +
    "lets it finish or hand back what it has. docs/workers.md says more.",
  operands: [],
  options: {
    server: { type: "string", value: "URL", help: "address of the server; required" },
    token: {
      type: "string",
      value: "KEY",
      help: `API key with the scope worker; better in ${KEY_VARIABLE}`,
    },
    jobs: { type: "string", value: "N", help: "job processes at a time (1)" },
    threads: { type: "string", value: "N", help: "compute threads of each (cores / jobs)" },
    kinds: {
      type: "string",
      value: "LIST",
      help: "of score, generate and verify, the first goes first",
    },
    data: { type: "string", value: "DIR", help: "job folders, fetched files (data/var/worker)" },
    cache: { type: "string", value: "GIB", help: "most space for fetched files (4)" },
    name: { type: "string", value: "NAME", help: "what admins see (the name of this machine)" },
    "second-engine": {
      type: "string",
      value: "WHICH",
      help: "confirms mismatches: auto (bun, else Firefox), off, or the path of one (auto)",
    },
    native: NATIVE_OPTION,
  },
  example: "worker --server https://board.example --kinds score,verify",
  run: work,
};

/** Those of people before those of the board. */
const KINDS = ["score", "generate", "verify"] as const satisfies JobKind[];
const COUNT = { min: 1, max: 64, integer: true };

async function work(args: Arguments): Promise<void> {
  const server = serverOf(args);
  const key = keyOf(args);
  const jobs = args.number("jobs", 1, COUNT);
  const cores = Math.min(navigator.hardwareConcurrency, MOST_THREADS);
  const threads = args.number("threads", Math.max(1, Math.floor(cores / jobs)), {
    ...COUNT,
    max: MOST_THREADS,
  });
  const kinds = kindsOf(args);
  const cacheGib = args.number("cache", 4, { min: 0.01, max: 100_000 });
  const library = args.flag("native") ? NATIVE_LIBRARY : null;
  const directory = args.text("data") ?? "data/var/worker";
  await makeFolder(directory);
  const lock = await lockDirectory(directory, {
    by: "worker",
    fix: "Stop the other worker, or give this one another --data.",
  });
  const worker = startWorker({
    transport: httpTransport(server, key),
    slots: Array.from({ length: jobs }, () => kinds),
    description: describeWorker({ name: args.text("name") ?? Deno.hostname(), threads, library }),
    directory: await Deno.realPath(directory),
    maxCacheBytes: cacheGib * 1024 ** 3,
    library,
    otherEngine: findOtherEngine(args.text("second-engine") ?? "auto"),
    say,
    onError: (error) => say(String(error)),
  });
  note(`Working for ${server.origin}: ${kinds.join(", ")}, ${jobs} at a time, ${threads} threads`);
  await untilStopped(worker);
  lock.release();
}

/** A first signal lets jobs end, a second hands them back at once. */
async function untilStopped(worker: RunningWorker): Promise<void> {
  let signals = 0;
  const stop = () => {
    note(++signals === 1 ? "Stopping: a second signal hands jobs back at once" : "Handing back");
    worker.stop(signals === 1 ? GRACE_MS : 0);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, stop);
  try {
    await worker.ended;
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.removeSignalListener(signal, stop);
  }
}

function say(line: string): void {
  note(`${new Date().toISOString()} ${printable(line)}`);
}

function serverOf(args: Arguments): URL {
  const text = args.required("server");
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw usageError(WORKER, {
      expected: "--server https://…",
      got: url?.protocol ?? "no address",
    });
  }
  if (url.protocol === "http:" && !/^(localhost|127\.|\[::1\])/.test(url.hostname)) {
    note("Warning: over http:// the key and all files can be read by whoever is in between.");
  }
  return url;
}

/** The key is repeated nowhere, and no process that this one starts inherits it. */
function keyOf(args: Arguments): string {
  const key = args.text("token") || Deno.env.get(KEY_VARIABLE);
  Deno.env.delete(KEY_VARIABLE);
  // What a header can hold.
  if (key && /^[\x21-\x7e]+$/.test(key)) return key;
  throw usageError(WORKER, {
    expected: `an API key in ${KEY_VARIABLE} or after --token`,
    got: key ? "text that is no key" : "none",
  });
}

function kindsOf(args: Arguments): JobKind[] {
  const kinds = [...new Set((args.text("kinds") ?? KINDS.join(",")).split(","))];
  const isKind = (kind: string): kind is JobKind => (KINDS as readonly string[]).includes(kind);
  if (kinds.every(isKind)) return kinds;
  throw usageError(WORKER, { expected: `--kinds of ${KINDS.join(", ")}`, got: kinds.join(",") });
}
