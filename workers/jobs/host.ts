// What a job process has: the engine and the data in its folder.

import { IntegrityError } from "../../lib/errors.ts";
import { readTinygpt, type TinygptFile } from "../../lib/format/read.ts";
import { sha256Hex } from "../../lib/hash.ts";
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

/**
 * The submitted model.
 * @throws {IntegrityError} when its bytes have changed since: a disk's fault must not end as a
 *   mismatch of the entry.
 * @throws {FormatError} when it was malformed from the start.
 */
export async function readModel({ folder, spec }: JobContext): Promise<TinygptFile> {
  const bytes = await readModelBytes(`${folder}/${MODEL_FILE}`);
  const digest = await sha256Hex(bytes);
  if (digest === spec.fileDigest) return readTinygpt(bytes);
  throw new IntegrityError("The stored file is not the one that was submitted", {
    expected: `SHA-256 ${spec.fileDigest}`,
    got: `SHA-256 ${digest}`,
    fix: "This is a fault of the board: its copy of the file must be restored.",
  });
}

/** Reads a path below the folder's data. */
export function readJobData(folder: string, path: string): Promise<Uint8Array> {
  return Deno.readFile(`${folder}/${DATA_DIR}/${path}`);
}
