// What a job process has: the engine and the data in its folder.

import { DATA_DIR, ENGINE_FILE, type JobContext, MODEL_FILE } from "../job_protocol.ts";
import { readModelBytes } from "../read_model.ts";
import { type OpenedEngine, openSelfTested } from "../open_engine.ts";

/** The folder's engine, self-tested. */
export async function openJobEngine(
  { folder, spec: { threads, native: library }, log }: JobContext,
): Promise<OpenedEngine> {
  const binary = await Deno.readFile(`${folder}/${ENGINE_FILE}`);
  return await openSelfTested(binary, { threads, library, say: log });
}

/** The bytes of the submitted model. */
export function readModel({ folder }: JobContext): Promise<Uint8Array<ArrayBuffer>> {
  return readModelBytes(`${folder}/${MODEL_FILE}`);
}

/** Reads a path below the folder's data. */
export function readJobData(folder: string, path: string): Promise<Uint8Array> {
  return Deno.readFile(`${folder}/${DATA_DIR}/${path}`);
}
