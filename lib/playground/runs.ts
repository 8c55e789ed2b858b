// Training runs of this browser, a folder each in its private file system: what was asked for, how
// far it came, its last checkpoint and its finished model. Trains nothing.

import { NotFoundError } from "../errors.ts";
import type { Recipe } from "../verification/recipe.ts";
import { stateFileName } from "../verification/segments.ts";
import { fileIn, isNotFound, openFolder, removeIn, writeIn } from "./folder.ts";

/** What a run is; never changes but for its name. */
export interface RunRecord {
  id: string;
  name: string;
  recipe: Recipe;
  createdAtMs: number;
  /** The run or the board's entry whose recipe it began from. */
  parent: { run: string } | { entry: string } | null;
  /** Every leaf's state is kept: a board may ask for some of them. */
  keepsStates?: boolean;
}

/** A point of the curves. Nats per token. */
export interface CurvePoint {
  step: number;
  loss: number;
  /** Gradient norm before clipping. */
  gradNorm: number;
}

/** What the model wrote at a step. */
export interface RunSample {
  step: number;
  prompt: string;
  text: string;
}

/** How far a run came, as of its last checkpoint. */
export interface RunProgress {
  step: number;
  /** Training time, earlier parts included. */
  trainWallMs: number;
  curve: CurvePoint[];
  /** Evaluations of the dev set. */
  dev: { step: number; loss: number }[];
  samples: RunSample[];
  /** Of the finished file; null before. */
  finished: { sha256: string; modelDigest: string; byteLength: number } | null;
}

export interface StoredRun extends RunRecord {
  /** Null before the first checkpoint. */
  progress: RunProgress | null;
}

const FOLDER = "runs";
const RECORD = "run.json";
const PROGRESS = "progress.json";
/** Followed by the step, so that a new one never takes the place of one that is whole. */
const CHECKPOINT = "checkpoint";
const MODEL = "model.tinygpt";
/** Followed by the recipe's hash, by which they are found. */
const STATES = "states";

/** All runs, the newest first. One whose record cannot be read is left out. */
export async function listRuns(): Promise<StoredRun[]> {
  const folder = await openFolder(FOLDER);
  const ids: string[] = [];
  for await (const name of folder.keys()) ids.push(name);
  const runs = await Promise.all(ids.map((id) => readRun(id).catch(() => null)));
  return runs.filter((run) => run !== null).sort((a, b) => b.createdAtMs - a.createdAtMs);
}

/** The run of this id, or null. */
export async function readRun(id: string): Promise<StoredRun | null> {
  const folder = await folderOf(id);
  const record = folder && await jsonIn<RunRecord>(folder, RECORD);
  if (!folder || !record) return null;
  return { ...record, progress: await jsonIn<RunProgress>(folder, PROGRESS) };
}

/**
 * The run's model as a `.tinygpt` file of its own in memory: finished, or as of its last checkpoint,
 * which holds optimizer state too.
 *
 * @throws {NotFoundError} when there is no such run or it has no checkpoint yet.
 */
export async function runFile(id: string): Promise<File> {
  const folder = await folderOf(id);
  const record = folder && await jsonIn<RunRecord>(folder, RECORD);
  const kept = folder && (await fileIn(folder, MODEL) ?? await newestCheckpoint(folder));
  if (!record || !kept) {
    throw new NotFoundError("This browser has no model of that run", {
      got: id.slice(0, 80),
      fix: "Runs are kept in the browser that trained them. Train it again, or open a file.",
    });
  }
  // The next checkpoint replaces the file, and a handle to the old one would fail then.
  return new File([await kept.arrayBuffer()], `${fileStem(record.name)}.tinygpt`);
}

/** The bytes of each checkpoint, the newest first: there are two where writing one was broken off. */
export async function* readCheckpoints(id: string): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const folder = await folderOf(id);
  for (const name of folder ? await checkpointNames(folder) : []) {
    const file = await fileIn(folder!, name);
    if (file) yield new Uint8Array(await file.arrayBuffer());
  }
}

export async function createRun(record: RunRecord): Promise<void> {
  const folder = await (await openFolder(FOLDER)).getDirectoryHandle(record.id, { create: true });
  await writeIn(folder, RECORD, JSON.stringify(record));
}

/** Keeps a checkpoint, then what is told of it; only then lets go of the ones before. */
export async function saveCheckpoint(
  id: string,
  bytes: Uint8Array<ArrayBuffer>,
  progress: RunProgress,
): Promise<void> {
  const folder = await mustFolderOf(id);
  const name = `${CHECKPOINT}-${progress.step}.tinygpt`;
  await writeIn(folder, name, bytes);
  await writeIn(folder, PROGRESS, JSON.stringify(progress));
  await removeCheckpoints(folder, name);
}

/** Keeps the finished model and lets go of the checkpoints. */
export async function saveFinished(
  id: string,
  bytes: Uint8Array<ArrayBuffer>,
  progress: RunProgress,
): Promise<void> {
  const folder = await mustFolderOf(id);
  await writeIn(folder, MODEL, bytes);
  await writeIn(folder, PROGRESS, JSON.stringify(progress));
  await removeCheckpoints(folder, null);
}

/** Keeps the state of a leaf beside the checkpoints, for as long as the run is kept. */
export async function saveState(
  id: string,
  { recipeHash, leaf }: { recipeHash: string; leaf: number },
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const folder = await mustFolderOf(id);
  const states = await folder.getDirectoryHandle(`${STATES}-${recipeHash}`, { create: true });
  await writeIn(states, stateFileName(leaf), bytes);
}

/** Those of these leaves that any run of this recipe has kept in this browser, in their order. */
export async function keptStates(
  recipeHash: string,
  leaves: readonly number[],
): Promise<File[]> {
  const found = new Map<number, File>();
  const runs = await openFolder(FOLDER);
  for await (const id of runs.keys()) {
    const states = await folderIn(await runs.getDirectoryHandle(id), `${STATES}-${recipeHash}`);
    for (const leaf of states ? leaves : []) {
      const file = await fileIn(states!, stateFileName(leaf));
      if (file) found.set(leaf, file);
    }
  }
  return leaves.flatMap((leaf) => found.get(leaf) ?? []);
}

async function folderIn(
  folder: FileSystemDirectoryHandle,
  name: string,
): Promise<FileSystemDirectoryHandle | null> {
  try {
    return await folder.getDirectoryHandle(name);
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

export async function renameRun(id: string, name: string): Promise<void> {
  const folder = await mustFolderOf(id);
  const record = await jsonIn<RunRecord>(folder, RECORD);
  if (record) await writeIn(folder, RECORD, JSON.stringify({ ...record, name }));
}

export async function removeRun(id: string): Promise<void> {
  await removeIn(await openFolder(FOLDER), id);
}

/** Of a file name: letters, digits and hyphens. */
function fileStem(name: string): string {
  return name.trim().toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "run";
}

/** Names of its checkpoints, the newest first. */
async function checkpointNames(folder: FileSystemDirectoryHandle): Promise<string[]> {
  const names: string[] = [];
  for await (const name of folder.keys()) if (name.startsWith(CHECKPOINT)) names.push(name);
  const stepOf = (name: string) => Number(/\d+/.exec(name)?.[0] ?? 0);
  return names.sort((a, b) => stepOf(b) - stepOf(a));
}

async function newestCheckpoint(folder: FileSystemDirectoryHandle): Promise<File | null> {
  const [name] = await checkpointNames(folder);
  return name === undefined ? null : await fileIn(folder, name);
}

async function removeCheckpoints(
  folder: FileSystemDirectoryHandle,
  but: string | null,
): Promise<void> {
  for (const name of await checkpointNames(folder)) if (name !== but) await removeIn(folder, name);
}

async function folderOf(id: string): Promise<FileSystemDirectoryHandle | null> {
  try {
    return await (await openFolder(FOLDER)).getDirectoryHandle(id);
  } catch (error) {
    // A name that no folder can have is no run either.
    if (isNotFound(error) || error instanceof TypeError) return null;
    throw error;
  }
}

async function mustFolderOf(id: string): Promise<FileSystemDirectoryHandle> {
  const folder = await folderOf(id);
  if (folder === null) {
    throw new NotFoundError("This run was removed while it was at work", {
      fix: "Start it again; the same recipe gives the same bits.",
    });
  }
  return folder;
}

async function jsonIn<T>(folder: FileSystemDirectoryHandle, name: string): Promise<T | null> {
  const file = await fileIn(folder, name);
  return file && JSON.parse(await file.text());
}
