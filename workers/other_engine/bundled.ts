// The programs for other engines, each as one script: they know nothing of TypeScript and Deno.

const made = new Map<string, Promise<string>>();

/** `name` is a file beside this one; "browser" or "node" says what its script may ask for. */
export function bundled(name: string, platform: "browser" | "node"): Promise<string> {
  const known = made.get(name) ?? bundle(name, platform);
  made.set(name, known);
  known.catch(() => made.delete(name));
  return known;
}

async function bundle(name: string, platform: "browser" | "node"): Promise<string> {
  // Loaded when a mismatch has to be confirmed, which is seldom.
  const esbuild = await import("esbuild");
  try {
    const { outputFiles } = await esbuild.build({
      entryPoints: [decodeURIComponent(new URL(name, import.meta.url).pathname)],
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
