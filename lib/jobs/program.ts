// Which program computes: server and workers must run the same one. Server only, reads the sources.

import { sha256Hex } from "../hash.ts";
import { utf8 } from "../bytes.ts";

const ROOT = new URL("../../", import.meta.url);
/** What a job's result follows from, beside the engine and the job's files. */
const SOURCES = [
  "lib/bytes.ts",
  "lib/hash.ts",
  "lib/benchmarks/",
  "lib/corpora/",
  "lib/engine/",
  "lib/format/",
  "lib/lab/generate/",
  "lib/tokenizers/",
  "lib/verification/",
  "workers/",
];

let digest: Promise<string> | null = null;

/** SHA-256 over path and content of every such source. The same for the life of the process. */
export function programDigest(): Promise<string> {
  return digest ??= digestOf(SOURCES.flatMap((path) => filesBelow(path)).sort());
}

function filesBelow(path: string): string[] {
  if (!path.endsWith("/")) return [path];
  return [...Deno.readDirSync(new URL(path, ROOT))].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(`${path}${name}/`) : name.endsWith(".ts") ? [path + name] : []
  );
}

async function digestOf(paths: string[]): Promise<string> {
  const hashes = await Promise.all(paths.map(async (path) => {
    const content = await Deno.readFile(new URL(path, ROOT));
    return `${await sha256Hex(content)} ${path}\n`;
  }));
  return await sha256Hex(utf8(hashes.join("")));
}
