// The same measurement in a page of headless Chromium, whose engine needs no checks of bounds.

import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import type { TrainerOptions } from "../../lib/engine/engine.ts";
import { launchBrowser } from "../../tests/support/browser.ts";
import type { measureRoofline, Roofline } from "./measure.ts";

const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** What the page's script has in its global scope. */
interface Page {
  roofline: { measureRoofline: typeof measureRoofline };
}

export async function measureInChromium(
  engine: Uint8Array<ArrayBuffer>,
  peak: Uint8Array<ArrayBuffer>,
  options: TrainerOptions,
  looks: number,
): Promise<Roofline> {
  const { outputFiles } = await esbuild.build({
    entryPoints: [fileURLToPath(new URL("measure.ts", import.meta.url))],
    bundle: true,
    write: false,
    format: "iife",
    globalName: "roofline",
    platform: "browser",
    target: "es2022",
  });
  await esbuild.stop();
  const files: Record<string, [type: string, body: BodyInit]> = {
    "/": ["text/html", "<!doctype html><script src=/measure.js></script>"],
    "/measure.js": ["text/javascript", outputFiles[0].text],
    "/engine.wasm": ["application/wasm", engine],
    "/peak.wasm": ["application/wasm", peak],
  };
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const file = files[new URL(request.url).pathname];
    if (!file) return new Response("not here", { status: 404 });
    return new Response(file[1], { headers: { ...ISOLATED, "content-type": file[0] } });
  });
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(0);
    await page.goto(`http://127.0.0.1:${server.addr.port}/`);
    return await page.evaluate(async ({ options, looks }) => {
      const compile = (path: string) => WebAssembly.compileStreaming(fetch(path));
      const [engine, peak] = await Promise.all([compile("/engine.wasm"), compile("/peak.wasm")]);
      const { measureRoofline } = (globalThis as unknown as Page).roofline;
      return measureRoofline(engine, peak, options, looks);
    }, { options, looks });
  } finally {
    await browser.close();
  }
}
