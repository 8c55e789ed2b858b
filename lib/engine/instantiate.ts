// Compiles the engine's binary and offers it through the public interface.

import { IntegrityError } from "../errors.ts";
import { sha256Hex } from "../hash.ts";
import { Crew, type CrewOptions } from "./crew.ts";
import type { Engine } from "./engine.ts";
import { fittingKernels } from "./fit.ts";
import { WasmModel } from "./model.ts";
import { SELF_TEST_DIGEST, selfTestDigest } from "./self_test.ts";
import { WasmTrainer } from "./trainer.ts";

/**
 * An engine over `binary` (static/engine.wasm). `threads` asks, `Engine.threads` tells what was
 * given: one without `spawn`, or where workers or shared memory are not to be had. Results never
 * depend on it. `close` ends the workers.
 *
 * @throws {WebAssembly.CompileError} when the binary is not WebAssembly with SIMD.
 * @throws {UnfitEngineError} when it is no engine that this program can drive.
 */
export async function instantiateEngine(
  binary: Uint8Array,
  options: CrewOptions = {},
): Promise<Engine> {
  const bytes = binary as Uint8Array<ArrayBuffer>;
  const [module, digest] = await Promise.all([WebAssembly.compile(bytes), sha256Hex(bytes)]);
  const { exp64, log64 } = fittingKernels(module);
  const crew = await Crew.start(module, options);
  const engine: Engine = {
    digest,
    threads: crew.threads,
    math: { exp: exp64, log: log64 },
    createTrainer: (options) => WasmTrainer.create(crew, options),
    loadModel: (...load) => WasmModel.load(crew, ...load),
    async selfTest() {
      const got = await selfTestDigest(engine);
      if (got === SELF_TEST_DIGEST) return got;
      throw new IntegrityError("The engine fails its known-answer test on this machine", {
        expected: SELF_TEST_DIGEST,
        got,
        fix: "Do not trust results computed here; report the browser or runtime and the processor.",
      });
    },
    close: () => crew.close(),
  };
  return engine;
}

/** An engine that has passed its test here. @throws {IntegrityError} when it does not. */
export async function openTested(
  binary: Uint8Array,
  options: CrewOptions = {},
): Promise<{ engine: Engine; selfTestDigest: string }> {
  const engine = await instantiateEngine(binary, options);
  try {
    return { engine, selfTestDigest: await engine.selfTest() };
  } catch (error) {
    engine.close();
    throw error;
  }
}
