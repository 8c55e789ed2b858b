// Compiles the engine's binary and offers it through the public interface.

import { IntegrityError } from "../errors.ts";
import { sha256Hex } from "../hash.ts";
import type { Engine } from "./engine.ts";
import { Arena } from "./kernels.ts";
import { WasmModel } from "./model.ts";
import { SELF_TEST_DIGEST, selfTestDigest } from "./self_test.ts";
import { WasmTrainer } from "./trainer.ts";

/**
 * An engine over `binary` (static/engine.wasm). One thread for now: `threads` asks, `Engine.threads`
 * tells what was given; results never depend on it.
 *
 * @throws {WebAssembly.CompileError} when the binary is not WebAssembly with SIMD.
 */
export async function instantiateEngine(
  binary: Uint8Array,
  _options: { threads?: number } = {},
): Promise<Engine> {
  const bytes = binary as Uint8Array<ArrayBuffer>;
  const [module, digest] = await Promise.all([WebAssembly.compile(bytes), sha256Hex(bytes)]);
  const { exp64, log64 } = new Arena(module, 65536).kernels;
  const engine: Engine = {
    digest,
    threads: 1,
    math: { exp: exp64, log: log64 },
    // deno-lint-ignore require-await -- construction errors reject, as with threads
    createTrainer: async (options) => new WasmTrainer(module, options),
    // deno-lint-ignore require-await -- as above
    loadModel: async (config, weights) => new WasmModel(module, config, weights),
    async selfTest() {
      const got = await selfTestDigest(engine);
      if (got === SELF_TEST_DIGEST) return got;
      throw new IntegrityError("The engine fails its known-answer test on this machine", {
        expected: SELF_TEST_DIGEST,
        got,
        fix: "Do not trust results computed here; report the browser or runtime and the processor.",
      });
    },
    close() {},
  };
  return engine;
}
