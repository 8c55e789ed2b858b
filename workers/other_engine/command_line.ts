// The replay as Bun runs it: argument 2 is the job's folder. Keeps the protocol of job processes.
// Node can run it too, on one thread: it is V8 and no second engine, but tests have it.

import { readFile, rename, writeFile } from "node:fs/promises";
import process from "node:process";
import { isMainThread } from "node:worker_threads";
import { serveThread } from "../../lib/engine/serve_thread.ts";
import type { VerifierInfo } from "../../lib/verification/types.ts";
import { ERROR_FILE, RESULT_FILE } from "../job_protocol.ts";
import { CHECKPOINT_FILE } from "../jobs/checkpoints.ts";
import { replayElsewhere } from "./replay_elsewhere.ts";

/** Missing before Node 22. */
Promise.withResolvers ??= function <T>(): PromiseWithResolvers<T> {
  let resolve!: PromiseWithResolvers<T>["resolve"], reject!: PromiseWithResolvers<T>["reject"];
  const promise = new Promise<T>((...functions) => [resolve, reject] = functions);
  return { promise, resolve, reject };
};

const ISA: Record<string, string> = { x64: "x86_64", arm64: "aarch64" };

function describe(threads: number, selfTestDigest: string): VerifierInfo {
  const { bun, node, v8 } = process.versions as Record<string, string | undefined>;
  return {
    runtime: bun ? `Bun ${bun} (JavaScriptCore)` : `Node ${node} (V8 ${v8})`,
    engineFamily: bun ? "javascriptcore" : "v8",
    flags: [],
    isa: ISA[process.arch] ?? process.arch,
    threads,
    selfTestDigest,
  };
}

async function run(folder: string): Promise<void> {
  // The worker holds our stdin open; when the worker goes, so do we.
  process.stdin.on("end", () => process.exit(1)).resume();
  const write = async (name: string, content: string | Uint8Array) => {
    await writeFile(`${folder}/${name}.partial`, content);
    await rename(`${folder}/${name}.partial`, `${folder}/${name}`);
  };
  try {
    const result = await replayElsewhere({
      read: async (path) => new Uint8Array(await readFile(`${folder}/${path}`)),
      save: (bytes) => write(CHECKPOINT_FILE, bytes),
      say: (message) => process.stdout.write(JSON.stringify(message) + "\n"),
      spawn: () => new Worker(new URL(import.meta.url), { type: "module" }),
      describe: ({ threads }, digest) => Promise.resolve(describe(threads, digest)),
    });
    await write(RESULT_FILE, JSON.stringify(result));
  } catch (error) {
    const reason = String(Object(error).message ?? error).slice(0, 2000);
    const stage = "replaying in another engine";
    await write(ERROR_FILE, JSON.stringify({ stage, reason, fix: "None.", retryable: true }));
  }
  process.exit(0);
}

if (isMainThread) await run(process.argv[2]);
else serveThread(globalThis);
