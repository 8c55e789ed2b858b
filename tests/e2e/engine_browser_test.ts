import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { afterAll, describe, it } from "@std/testing/bdd";
import * as esbuild from "esbuild";
import { sha256Hex } from "../../lib/hash.ts";
import { SELF_TEST_DIGEST } from "../../lib/engine/self_test.ts";
import golden from "../golden/digests.json" with { type: "json" };
import { findFirefox, launchBrowser, openInFirefox } from "../support/browser.ts";
import { engineBinary } from "../support/engine.ts";

const PAGE = `<!doctype html><title>engine</title>
<script type="module">new Worker("/worker.js", { type: "module" });</script>`;
const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};
const PATIENCE_MS = 60_000;

/** SpiderMonkey's two compilers for WebAssembly, together and each alone. */
const FIREFOX_TIERS: [tier: string, preferences: Record<string, unknown>][] = [
  ["both compilers", {}],
  ["baseline compiler", { "javascript.options.wasm_optimizingjit": false }],
  ["optimizing compiler", { "javascript.options.wasm_baselinejit": false }],
];

const firefox = await findFirefox();
const binary = await engineBinary();

async function bundled(path: string): Promise<string> {
  const { outputFiles } = await esbuild.build({
    entryPoints: [fileURLToPath(new URL(path, import.meta.url))],
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2022",
  });
  return outputFiles[0].text;
}

/** Serves the page on a free port; `result` is what the page's worker posts back. */
async function servePage() {
  const worker = await bundled("engine_worker.ts");
  const thread = await bundled("../../workers/compute_thread_browser.ts");
  const { promise: result, resolve } = Promise.withResolvers<unknown>();
  const files: Record<string, [type: string, body: BodyInit]> = {
    "/": ["text/html", PAGE],
    "/worker.js": ["text/javascript", worker],
    "/thread.js": ["text/javascript", thread],
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
  const url = `http://127.0.0.1:${server.addr.port}/`;
  return { url, result, [Symbol.asyncDispose]: () => server.shutdown() };
}

async function within(result: Promise<unknown>): Promise<unknown> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`No result in ${PATIENCE_MS} ms`)), PATIENCE_MS);
  try {
    return await Promise.race([result, promise]);
  } finally {
    clearTimeout(timer);
  }
}

describe("the engine in a browser's worker, with a second thread in another", () => {
  afterAll(() => esbuild.stop());

  it("gives Chromium the digests of Deno", async () => {
    await using page = await servePage();
    const browser = await launchBrowser();
    try {
      const tab = await browser.newPage();
      await tab.goto(page.url);
      assert.deepEqual(await within(page.result), await expected());
    } finally {
      await browser.close();
    }
  });

  for (const [tier, preferences] of FIREFOX_TIERS) {
    it(`gives Firefox (${tier}) the digests of Deno`, { ignore: firefox === null }, async () => {
      await using page = await servePage();
      await using _window = await openInFirefox(firefox!, page.url, preferences);
      assert.deepEqual(await within(page.result), await expected());
    });
  }
});

async function expected() {
  const engine = await sha256Hex(binary);
  return { engine, threads: 2, selfTest: SELF_TEST_DIGEST, ...golden };
}
