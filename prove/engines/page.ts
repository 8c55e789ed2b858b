// Serves the program to a browser on this machine and waits for what its worker found.

import { bundled } from "../../workers/other_engine/bundled.ts";
import type { Outcome } from "./digests.ts";

const PAGE = `<!doctype html><title>engine</title>
<script type="module">new Worker("/worker.js" + location.search, { type: "module" });</script>`;
/** Without these a page has no shared memory. */
const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

export interface ProgramPage extends AsyncDisposable {
  /** Opened in a browser, it computes; 127.0.0.1 on a free port. */
  url: string;
  /** What its worker reported. @throws {Error} when nothing came in time. */
  outcome(patienceMs: number): Promise<Outcome>;
}

/** Serves the page that computes the digests of `binary` on each number of threads. */
export async function servePage(
  binary: Uint8Array<ArrayBuffer>,
  threadCounts: readonly number[],
): Promise<ProgramPage> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const files: Record<string, [type: string, body: BodyInit]> = {
    "/": ["text/html", PAGE],
    "/worker.js": [
      "text/javascript",
      await bundled(new URL("browser_worker.ts", import.meta.url), "browser"),
    ],
    "/thread.js": [
      "text/javascript",
      await bundled(new URL("../../workers/compute_thread_browser.ts", import.meta.url), "browser"),
    ],
    "/engine.wasm": ["application/wasm", binary],
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    if (request.method === "POST" && pathname === "/result") {
      resolve(await request.json());
      return new Response(null, { status: 204, headers: ISOLATED });
    }
    const file = files[pathname];
    if (!file) return new Response("not here", { status: 404, headers: ISOLATED });
    return new Response(file[1], { headers: { ...ISOLATED, "content-type": file[0] } });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/?threads=${threadCounts}`,
    outcome: (patienceMs) => within(promise, patienceMs),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function within<T>(result: Promise<T>, patienceMs: number): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`No result in ${patienceMs} ms`)), patienceMs);
  try {
    return await Promise.race([result, promise]);
  } finally {
    clearTimeout(timer);
  }
}
