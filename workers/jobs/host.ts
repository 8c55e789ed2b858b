// What a job process has: the engine and the data in its folder.

import {
  assertEngine,
  openReplayEngine,
  type ReplayEngine,
} from "../../lib/verification/replay_engine.ts";
import {
  DATA_DIR,
  ENGINE_FILE,
  type JobContext,
  MODEL_FILE,
  NAMED_ENGINE_FILE,
} from "../job_protocol.ts";
import { readModelBytes } from "../read_model.ts";
import { type OpenedEngine, openSelfTested } from "../open_engine.ts";

/** The present engine, self-tested. */
export async function openJobEngine(context: JobContext): Promise<OpenedEngine> {
  return await open(context, await Deno.readFile(`${context.folder}/${ENGINE_FILE}`));
}

/** The engine that the recipe names where the folder has it and it runs here, else the present one. */
export async function openRecipeEngine(
  context: JobContext,
): Promise<ReplayEngine<OpenedEngine>> {
  const { folder, spec: { namedEngine } } = context;
  const named = namedEngine && (async () => {
    const binary = await Deno.readFile(`${folder}/${NAMED_ENGINE_FILE}`);
    await assertEngine(binary, namedEngine);
    return await open(context, binary);
  });
  return await openReplayEngine(named || null, () => openJobEngine(context));
}

async function open(
  { spec: { threads, native: library }, log }: JobContext,
  binary: Uint8Array<ArrayBuffer>,
): Promise<OpenedEngine> {
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
