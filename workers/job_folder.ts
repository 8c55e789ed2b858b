// The folder of one job: everything its process may read, and where its results and checkpoints go.

import {
  DATA_DIR,
  ENGINE_FILE,
  ERROR_FILE,
  type JobSpec,
  MODEL_FILE,
  RESULT_FILE,
  SPEC_FILE,
} from "./job_protocol.ts";

export interface JobInputs {
  spec: JobSpec;
  modelPath?: string;
  enginePath?: string;
  /** Files from elsewhere, and the paths below data/ under which the job reads them. */
  uploads?: readonly { path: string; file: string }[];
  /** The repository's data/. */
  dataRoot: string;
  /** Paths below `dataRoot` the job needs. */
  dataFiles: readonly string[];
}

/** Fills the folder; checkpoints that an earlier attempt left there stay. */
export async function prepareFolder(folder: string, inputs: JobInputs): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const name of [RESULT_FILE, ERROR_FILE]) await removeIfThere(`${folder}/${name}`);
  // Copies, never links: the process may write in its folder, and a link's bytes are the original's.
  const { modelPath, enginePath, dataRoot } = inputs;
  if (modelPath) await Deno.copyFile(modelPath, `${folder}/${MODEL_FILE}`);
  if (enginePath) await Deno.copyFile(enginePath, `${folder}/${ENGINE_FILE}`);
  const data = inputs.dataFiles.map((file) => ({ path: `${dataRoot}/${file}`, file }));
  for (const { path, file } of [...data, ...inputs.uploads ?? []]) {
    const target = `${folder}/${DATA_DIR}/${file}`;
    await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), { recursive: true });
    await Deno.copyFile(path, target);
  }
  await Deno.writeTextFile(`${folder}/${SPEC_FILE}`, JSON.stringify(inputs.spec));
}

export async function removeFolder(folder: string): Promise<void> {
  await Deno.remove(folder, { recursive: true }).catch(ignoreMissing);
}

async function removeIfThere(path: string): Promise<void> {
  await Deno.remove(path).catch(ignoreMissing);
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
