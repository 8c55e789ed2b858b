// The programs for other engines, each as one script: they know nothing of TypeScript and Deno.

import { fileURLToPath } from "node:url";

const made = new Map<string, Promise<string>>();

/** One script with all that `file` imports; "browser" or "node" says what it may ask for. */
export function bundled(file: URL, platform: "browser" | "node"): Promise<string> {
  const known = made.get(file.href) ?? bundle(file, platform);
  made.set(file.href, known);
  known.catch(() => made.delete(file.href));
  return known;
}

async function bundle(file: URL, platform: "browser" | "node"): Promise<string> {
  // Loaded when a mismatch has to be confirmed, which is seldom.
  const esbuild = await import("esbuild");
  try {
    const { outputFiles } = await esbuild.build({
      entryPoints: [fileURLToPath(file)],
      bundle: true,
      write: false,
      format: "esm",
      platform,
      target: "es2022",
      logLevel: "silent",
    });
    return outputFiles[0].text;
  } finally {
    await esbuild.stop();
  }
}
