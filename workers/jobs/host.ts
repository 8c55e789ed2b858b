// What a job process has: the engine and the data in its folder.

import type { Engine } from "../../lib/engine/engine.ts";
import { instantiateEngine } from "../../lib/engine/instantiate.ts";
import { DATA_DIR, ENGINE_FILE } from "../job_protocol.ts";

/** The folder's engine, self-tested. */
export async function openJobEngine(
  folder: string,
): Promise<{ engine: Engine; selfTestDigest: string }> {
  const engine = await instantiateEngine(await Deno.readFile(`${folder}/${ENGINE_FILE}`));
  return { engine, selfTestDigest: await engine.selfTest() };
}

/** Reads a path below the folder's data. */
export function readJobData(folder: string, path: string): Promise<Uint8Array> {
  return Deno.readFile(`${folder}/${DATA_DIR}/${path}`);
}
