// The folder of one job: everything its process may read, and where its results and checkpoints go.

import {
  DATA_DIR,
  ENGINE_FILE,
  ERROR_FILE,
  type JobSpecInput,
  MODEL_FILE,
  RESULT_FILE,
  SPEC_FILE,
} from "./job_protocol.ts";

export interface JobInputs {
  spec: JobSpecInput;
  modelPath?: string;
  enginePath?: string;
  /** Files from elsewhere, and the paths below data/ under which the job reads them. */
  uploads?: readonly { path: string; file: string }[];
  /** The repository's data/. */
  dataRoot: string;
  /** Paths below `dataRoot` the job needs. */
  dataFiles: readonly string[];
}

/** Makes the folder where it is not; checkpoints that an earlier attempt left there stay. */
export async function openFolder(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const name of [RESULT_FILE, ERROR_FILE]) await removeIfThere(`${folder}/${name}`);
}

export async function writeSpec(folder: string, spec: JobSpecInput): Promise<void> {
  await Deno.writeTextFile(`${folder}/${SPEC_FILE}`, JSON.stringify(spec));
}

export async function removeSpec(folder: string): Promise<void> {
  await removeIfThere(`${folder}/${SPEC_FILE}`);
}

/** Fills the folder with what lies on this machine. */
export async function prepareFolder(folder: string, inputs: JobInputs): Promise<void> {
  await openFolder(folder);
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
  await writeSpec(folder, inputs.spec);
}

export async function removeFolder(folder: string): Promise<void> {
  await Deno.remove(folder, { recursive: true }).catch(ignoreMissing);
}

/** Checkpoints of jobs that have ended elsewhere are of no use to anybody. */
const OLD_MS = 14 * 24 * 3600_000;

/** Jobs of the queue; scans of corpora stand beside them. */
const JOB_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

/** Of a worker that was killed: what is secret goes at once, checkpoints when they are old. */
export async function tidyFolders(directory: string): Promise<void> {
  for await (const { name } of Deno.readDir(directory)) {
    if (!JOB_ID.test(name)) continue;
    const path = `${directory}/${name}`;
    await removeSpec(path);
    const { mtime } = await Deno.stat(path);
    if (mtime !== null && Date.now() - mtime.getTime() > OLD_MS) await removeFolder(path);
  }
}

async function removeIfThere(path: string): Promise<void> {
  await Deno.remove(path).catch(ignoreMissing);
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
