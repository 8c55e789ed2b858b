// The engine's binary, built when it is missing or older than its source.

import { sha256Hex } from "../lib/hash.ts";

const ROOT = new URL("../", import.meta.url);
const BINARY = new URL("static/engine.wasm", ROOT);
/** SHA-256 of the source the binary was built from. */
const STAMP = new URL("static/build/engine.stamp", ROOT);

/** Bytes of static/engine.wasm; `onBuild` is called before the compiler runs (a few seconds). */
export async function loadEngineBinary(onBuild?: () => void): Promise<Uint8Array<ArrayBuffer>> {
  const source = await sourceDigest();
  const built = await Deno.readTextFile(STAMP).catch(() => "");
  if (built === source) {
    const binary = await Deno.readFile(BINARY).catch(() => null);
    if (binary) return binary;
  }
  onBuild?.();
  const { compileEngine } = await import("./build.ts");
  const binary = await compileEngine();
  await Deno.mkdir(new URL("./", STAMP), { recursive: true });
  await writeWhole(BINARY, binary);
  await writeWhole(STAMP, new TextEncoder().encode(source));
  return binary;
}

/** Whoever reads it meanwhile, or builds it too, sees the whole file or the old one. */
export async function writeWhole(url: URL, bytes: Uint8Array): Promise<void> {
  // With a dot in front: no server lists it among its static files.
  const name = url.pathname.split("/").at(-1)!;
  const partial = new URL(`.${name}.${crypto.randomUUID()}`, url);
  await Deno.writeFile(partial, bytes);
  await Deno.rename(partial, url);
}

async function sourceDigest(): Promise<string> {
  const names = [...Deno.readDirSync(new URL("wasm/", ROOT))].map((entry) => entry.name)
    .filter((name) => name.endsWith(".ts") && name !== "load.ts").sort();
  const files = await Promise.all(names.map((name) => Deno.readFile(new URL(`wasm/${name}`, ROOT))));
  return await sha256Hex(...files);
}
