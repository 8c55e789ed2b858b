// Type-checks everything that runs in a browser with the browser's types alone: no Deno, no Node.

import { isServerOnly, sourceFiles } from "./source_files.ts";

const ROOT = new URL("../../", import.meta.url);

const config = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
config.compilerOptions.lib = ["esnext", "dom", "dom.iterable", "dom.asynciterable"];
// Beside deno.json, so that paths in it mean the same.
const path = new URL(".browser-check.json", ROOT);
await Deno.writeTextFile(path, JSON.stringify(config));
try {
  const files = sourceFiles().filter((file) =>
    file.startsWith("islands/") || /^workers\/\w+_browser\.ts$/.test(file) ||
    (file.startsWith("lib/") && !isServerOnly(file))
  );
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["check", "--quiet", "--config", path.pathname, ...files],
    cwd: ROOT,
  }).spawn().status;
  console.log(`Checked ${files.length} files with browser types: ${code === 0 ? "ok" : "failed"}`);
  Deno.exitCode = code;
} finally {
  await Deno.remove(path);
}
