// Compiles wasm/*.ts to static/engine.wasm. The same bytes on every machine: a test holds the digest.

import asc from "assemblyscript/asc";
import { sha256Hex } from "../lib/hash.ts";

const ROOT = new URL("../", import.meta.url);

/** AssemblyScript's standard options for exact kernels: no relaxed SIMD, no heap, imported memory. */
const OPTIONS = [
  "--outFile",
  "engine.wasm",
  "--optimizeLevel=3",
  "--shrinkLevel=0",
  "--noAssert",
  "--runtime=stub",
  "--importMemory",
  "--sharedMemory",
  "--initialMemory=1",
  "--maximumMemory=65536",
  "--enable=simd",
  "--enable=threads",
  "--use=abort=",
];

/**
 * The binary of the engine, or of another `source` compiled in the same way.
 * @throws {Error} with the compiler's messages when the source does not compile.
 */
export async function compileEngine(source = "wasm/index.ts"): Promise<Uint8Array<ArrayBuffer>> {
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main([source, ...OPTIONS], {
    readFile: async (name: string, base: string) => {
      try {
        return await Deno.readTextFile(new URL(name, base === "." ? ROOT : new URL(`${base}/`, ROOT)));
      } catch {
        return null;
      }
    },
    writeFile: (_name: string, contents: string | Uint8Array) => {
      binary = contents as Uint8Array;
    },
    listFiles: () => [],
  });
  if (error || !binary) throw new Error(`The engine does not compile:\n${stderr}`);
  return new Uint8Array(binary);
}

if (import.meta.main) {
  const started = performance.now();
  const { loadEngineBinary } = await import("./load.ts");
  const binary = await loadEngineBinary();
  const ms = (performance.now() - started).toFixed(0);
  console.log(`engine.wasm: ${binary.length} bytes, sha256 ${await sha256Hex(binary)}, ${ms} ms`);
}
