// The native kernels under test, built when they are missing or older than their source.

import { buildNative, findCompiler } from "../../native/build.ts";
import { instructionSets, NATIVE_LIBRARY } from "../../workers/native_kernels.ts";

const SOURCES = ["native/engine.c", "native/build.ts"];

/** Path of the library; null where there is no C compiler, since nothing needs it. */
export async function nativeLibrary(): Promise<string | null> {
  const compiler = await findCompiler();
  if (compiler === null) return null;
  if (!await isFresh()) await buildNative(compiler, NATIVE_LIBRARY);
  return NATIVE_LIBRARY;
}

async function isFresh(): Promise<boolean> {
  const changed = async (path: string | URL) => (await Deno.stat(path)).mtime!.getTime();
  const sources = SOURCES.map((path) => changed(new URL(`../../${path}`, import.meta.url)));
  const latest = Math.max(...await Promise.all(sources));
  try {
    return await changed(NATIVE_LIBRARY) > latest && instructionSets(NATIVE_LIBRARY).length > 0;
  } catch {
    return false;
  }
}
