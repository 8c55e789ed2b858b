// The engine as programs in Deno use it: self-tested, with native kernels where they are wanted and
// hold what they promise.

import type { Engine } from "../lib/engine/engine.ts";
import { openTested } from "../lib/engine/instantiate.ts";
import { firstDifference } from "./native_check.ts";
import { instructionSets, type NativeKernels, openNative } from "./native_kernels.ts";
import { spawnComputeThread, spawnNativeThread } from "./spawn_thread.ts";

export interface OpenedEngine {
  engine: Engine;
  selfTestDigest: string;
  /** Instruction set of the native kernels in use; null for WebAssembly alone. */
  native: string | null;
}

export interface OpenOptions {
  threads: number;
  /** Path of the native library to try; null for WebAssembly alone. */
  library: string | null;
  /** Told why native kernels are not used although they were wanted. */
  say: (line: string) => void;
}

/**
 * Native kernels are used when all of them give WebAssembly's bits beside it and the whole engine
 * passes its self-test with them; otherwise the engine goes on without.
 *
 * @throws {IntegrityError} when WebAssembly fails the self-test.
 */
export async function openSelfTested(
  binary: Uint8Array<ArrayBuffer>,
  { threads, library, say }: OpenOptions,
): Promise<OpenedEngine> {
  if (library !== null) {
    try {
      return await openWithNative(binary, library, threads);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      say(`Native kernels are not used: ${why}. WebAssembly gives the same bits, slower.`);
      say("`deno task build:native` builds them for this machine, with a C compiler.");
    }
  }
  const opened = await openTested(binary, { threads, spawn: spawnComputeThread });
  return { ...opened, native: null };
}

async function openWithNative(
  binary: Uint8Array<ArrayBuffer>,
  library: string,
  threads: number,
): Promise<OpenedEngine> {
  const { set, accelerate } = await checkedNative(binary, library);
  const spawn = () => spawnNativeThread(library, set);
  return { ...await openTested(binary, { threads, spawn, accelerate }), native: set };
}

/** The library's fastest kernels that this machine can run, compared with WebAssembly's. */
async function checkedNative(
  binary: Uint8Array<ArrayBuffer>,
  library: string,
): Promise<NativeKernels> {
  const [set] = instructionSets(library);
  const native = openNative(library, set);
  const difference = firstDifference(await WebAssembly.compile(binary), native.accelerate);
  if (difference === null) return native;
  throw new Error(`${set} gives other bits than WebAssembly in ${difference}`);
}
