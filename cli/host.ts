// What the commands need of the host: the engine, data files, model files.

import type { Engine } from "../lib/engine/engine.ts";
import { instantiateEngine } from "../lib/engine/instantiate.ts";
import { NotFoundError } from "../lib/errors.ts";
import { readTinygpt, type TinygptFile } from "../lib/format/read.ts";
import { loadEngineBinary } from "../wasm/load.ts";
import { note } from "./output.ts";

const DATA = new URL("../data/", import.meta.url);

/** The engine, self-tested: what it computes here counts. */
export async function openEngine(): Promise<Engine> {
  const binary = await loadEngineBinary(() => note("Building the engine …"));
  const engine = await instantiateEngine(binary);
  await engine.selfTest();
  return engine;
}

/** Reads a path below data/. */
export function loadData(file: string): Promise<Uint8Array> {
  return Deno.readFile(new URL(file, DATA));
}

/** @throws {NotFoundError} when there is no such file. @throws {FormatError} when it is no model. */
export async function readModel(path: string): Promise<TinygptFile> {
  return readTinygpt(await readBytes(path));
}

export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new NotFoundError(`There is no file ${path}`, { fix: "Check the path." });
  }
}

/** Another process, or the next run, sees the whole file or the old one. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  await Deno.writeFile(`${path}.partial`, bytes);
  await Deno.rename(`${path}.partial`, path);
}
