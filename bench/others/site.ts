// Serves the engines, bundled for a browser, with the problems they are given.

import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { loadEngineBinary } from "../../wasm/load.ts";

/** Scripts by the path they are served at. */
const SCRIPTS = {
  "/ours.js": "ours.ts",
  "/jax-js.js": "jax.ts",
  "/tfjs.js": "tfjs.ts",
  "/onnxruntime-web.js": "onnx.ts",
  "/thread.js": "../../workers/compute_thread_browser.ts",
};

/** Folders that packages load their binaries from. */
const PACKAGES = {
  "/packages/tfjs/": "node_modules/@tensorflow/tfjs-backend-wasm/dist/",
  "/packages/onnx/": "node_modules/onnxruntime-web/dist/",
};

/** Cross-origin isolated: memory can be shared between threads. */
const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** Starts the worker named after "?" and gives the page a function that asks it. */
const PAGE = `<!doctype html><title>engine</title><script type="module">
const worker = new Worker(location.search.slice(1), { type: "module" });
globalThis.ask = (question) => new Promise((resolve, reject) => {
  worker.onerror = (event) => reject(new Error(event.message));
  worker.onmessage = ({ data }) => "error" in data ? reject(new Error(data.error)) : resolve(data.value);
  worker.postMessage(question);
});
</script>`;

const TYPES: Record<string, string> = {
  js: "text/javascript",
  mjs: "text/javascript",
  wasm: "application/wasm",
  json: "application/json",
};

export interface Site extends AsyncDisposable {
  /** Absolute, without a slash at its end. */
  url: string;
  /** Serves `body` at `path`. */
  put(path: string, body: string | Uint8Array<ArrayBuffer>): void;
}

async function bundle(path: string): Promise<string> {
  const { outputFiles } = await esbuild.build({
    entryPoints: [fileURLToPath(new URL(path, import.meta.url))],
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2022",
    // Else onnxruntime's threads would load the whole bundle once more each.
    conditions: ["onnxruntime-web-use-extern-wasm"],
    // For what lib imports, where the root has no packages yet.
    nodePaths: [fileURLToPath(new URL("node_modules", import.meta.url))],
    // Only reached in Deno.
    external: ["*/wasm/load.ts", "*/workers/spawn_thread.ts", "node:process"],
    logLevel: "error",
  });
  return outputFiles[0].text;
}

/** On a free port of this machine's loopback; disposing ends it. */
export async function openSite(): Promise<Site> {
  const files = new Map<string, string | Uint8Array<ArrayBuffer>>([["/", PAGE]]);
  files.set("/engine.wasm", await loadEngineBinary());
  try {
    for (const [path, source] of Object.entries(SCRIPTS)) files.set(path, await bundle(source));
  } finally {
    await esbuild.stop();
  }
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    const body = files.get(pathname) ?? await packaged(pathname);
    if (body === null) return new Response("not here", { status: 404, headers: ISOLATED });
    const type = TYPES[pathname.split(".").at(-1)!];
    const fallback = pathname === "/" ? "text/html" : "application/octet-stream";
    return new Response(body, { headers: { ...ISOLATED, "content-type": type ?? fallback } });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    put: (path, body) => void files.set(path, body),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function packaged(pathname: string): Promise<Uint8Array<ArrayBuffer> | null> {
  for (const [prefix, folder] of Object.entries(PACKAGES)) {
    const name = pathname.slice(prefix.length);
    if (!pathname.startsWith(prefix) || !/^[\w.-]+$/.test(name)) continue;
    return await Deno.readFile(new URL(folder + name, import.meta.url)).catch(() => null);
  }
  return null;
}
