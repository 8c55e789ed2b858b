// The engine under test: static/engine.wasm, or its source compiled when it has not been built.

import type { Engine } from "../../lib/engine/engine.ts";
import { instantiateEngine } from "../../lib/engine/instantiate.ts";

let binary: Promise<Uint8Array<ArrayBuffer>> | undefined;

/** The engine's WebAssembly. */
export function engineBinary(): Promise<Uint8Array<ArrayBuffer>> {
  return binary ??= readOrCompile();
}

async function readOrCompile(): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await Deno.readFile(new URL("../../static/engine.wasm", import.meta.url));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    const { compileEngine } = await import("../../wasm/build.ts");
    return compileEngine();
  }
}

export async function testEngine(): Promise<Engine> {
  return instantiateEngine(await engineBinary());
}
