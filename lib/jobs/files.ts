// The files of a job: what they are, and where this server has them.

import { createHash } from "node:crypto";
import { uploadFile } from "../corpora/registry.ts";
import type { BlobStore } from "../storage/blobs.ts";
import type { Entry } from "../storage/entry_schema.ts";
import type { JobFile, JobKind } from "../storage/job_schema.ts";
import {
  type BlobRef,
  DATA_DIR,
  ENGINE_FILE,
  MODEL_FILE,
  NAMED_ENGINE_FILE,
  STATE_FILE,
} from "./protocol.ts";
import type { JobSettings } from "./settings.ts";

interface FileServices {
  blobs: BlobStore;
  jobs: JobSettings;
}

/** @throws {NotFoundError | Deno.errors.NotFound} when this server lacks one. */
export async function filesOf(
  { blobs, jobs }: FileServices,
  { kind, entry, named, uploads, state }: {
    kind: JobKind;
    entry: Entry;
    /** The engine the recipe names, where it is not the present one. */
    named: BlobRef | null;
    uploads: readonly string[];
    /** Digest of the state that a segment starts from; null where it starts from the seed. */
    state: string | null;
  },
): Promise<JobFile[]> {
  const blob = async (path: string, sha256: string) => ({
    ...{ path, sha256 },
    byteLength: await blobs.size(sha256),
  });
  return await Promise.all([
    blob(MODEL_FILE, entry.file_digest),
    engineBlob({ jobs }).then((engine) => ({ path: ENGINE_FILE, ...engine })),
    ...named === null ? [] : [{ path: NAMED_ENGINE_FILE, ...named }],
    ...state === null ? [] : [blob(STATE_FILE, state)],
    ...jobs.dataFiles[kind].map(async (file) => ({
      path: `${DATA_DIR}/${file}`,
      ...await describeFile(`${jobs.dataRoot}/${file}`),
    })),
    ...uploads.map((id) => blob(`${DATA_DIR}/${uploadFile(id)}`, id)),
  ]);
}

/** The engine of this server: results come from it, or from the one that a recipe names. */
export function engineBlob({ jobs }: Pick<FileServices, "jobs">): Promise<BlobRef> {
  return describeFile(jobs.enginePath);
}

/** Where the bytes of a job's file are on this server's disk. */
export async function pathOf(
  { blobs, jobs }: FileServices,
  { path, sha256 }: JobFile,
): Promise<string> {
  if (path === ENGINE_FILE && sha256 === (await engineBlob({ jobs })).sha256) {
    return jobs.enginePath;
  }
  const below = path.slice(DATA_DIR.length + 1);
  const known = Object.values(jobs.dataFiles).some((files) => files.includes(below));
  return known ? `${jobs.dataRoot}/${below}` : await blobs.localPath(sha256);
}

interface Described extends BlobRef {
  mtimeMs: number;
}

/** Files of this tree do not change while a server runs, but while somebody works on it. */
const described = new Map<string, Described>();

async function describeFile(path: string): Promise<BlobRef> {
  const { size, mtime } = await Deno.stat(path);
  const mtimeMs = mtime?.getTime() ?? 0;
  let known = described.get(path);
  if (known?.byteLength !== size || known.mtimeMs !== mtimeMs) {
    const hash = createHash("sha256");
    using file = await Deno.open(path);
    for await (const chunk of file.readable) hash.update(chunk);
    known = { sha256: hash.digest("hex"), byteLength: size, mtimeMs };
    described.set(path, known);
  }
  return { sha256: known.sha256, byteLength: known.byteLength };
}
