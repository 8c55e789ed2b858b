// The program as Deno, Node and Bun run it: bundle, engine.wasm, 1,2,3 → one line of JSON.

import { readFile } from "node:fs/promises";
import { argv, exit, stdout } from "node:process";
import { isMainThread, parentPort, Worker as NodeWorker } from "node:worker_threads";
import { serveThread, type ThreadPort } from "../../lib/engine/serve_thread.ts";
import { computeDigests } from "./digests.ts";

/** Missing before Node 22. */
Promise.withResolvers ??= function <T>(): PromiseWithResolvers<T> {
  let resolve!: PromiseWithResolvers<T>["resolve"], reject!: PromiseWithResolvers<T>["reject"];
  const promise = new Promise<T>((...functions) => [resolve, reject] = functions);
  return { promise, resolve, reject };
};

/** Node knows the workers of browsers only under other names. */
const hasWebWorkers = typeof Worker !== "undefined";

type Listener = (event: { data?: unknown; message?: string; preventDefault(): void }) => void;

/** A worker thread of Node with the interface of a browser's. */
class WebLikeWorker {
  readonly #thread: NodeWorker;
  readonly #wrapped = new Map<Listener, (value: unknown) => void>();

  constructor(url: URL) {
    this.#thread = new NodeWorker(url);
    this.#thread.unref();
  }

  addEventListener(type: string, listener: Listener): void {
    const wrapped = (value: unknown) =>
      listener({
        data: value,
        message: value instanceof Error ? value.message : undefined,
        preventDefault() {},
      });
    this.#wrapped.set(listener, wrapped);
    this.#thread.on(type, wrapped);
  }

  removeEventListener(type: string, listener: Listener): void {
    this.#thread.off(type, this.#wrapped.get(listener)!);
  }

  postMessage(message: unknown): void {
    this.#thread.postMessage(message);
  }

  terminate(): void {
    this.#thread.terminate();
  }
}

// The engine asks for it before it starts threads.
globalThis.Worker ??= WebLikeWorker as unknown as typeof Worker;

function spawn(): Worker {
  return new Worker(new URL(import.meta.url), { type: "module" });
}

function nodePort(): ThreadPort {
  return {
    addEventListener: (type, listener) =>
      parentPort!.on(type, (data) => listener({ data } as MessageEvent)),
    postMessage: (message) => parentPort!.postMessage(message),
  };
}

/** The same file is the program and, in a worker, a compute thread. */
const inWebWorker = hasWebWorkers && typeof WorkerGlobalScope !== "undefined";

if (inWebWorker) {
  serveThread(globalThis);
} else if (!isMainThread) {
  serveThread(nodePort());
} else {
  const [binaryPath, threadCounts] = argv.slice(2);
  const binary = new Uint8Array(await readFile(binaryPath));
  const outcome = await computeDigests(binary, threadCounts.split(",").map(Number), spawn);
  stdout.write(JSON.stringify(outcome) + "\n", () => exit(0));
}
