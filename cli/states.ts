// States of a run on its author's disk: where `train --keep-states` puts them and how they are found.

import { readHeader } from "../lib/format/read.ts";
import { HEADER_OFFSET } from "../lib/format/header.ts";
import { DEFAULT_LIMITS } from "../lib/format/limits.ts";
import { checkpointHeader } from "../lib/verification/model_file.ts";
import { stateFileName } from "../lib/verification/segments.ts";
import { FormatError } from "../lib/errors.ts";
import { filesAt, openBytes } from "./host.ts";

/** Of a leaf, counted from 0. */
export function stateFile(folder: string, leaf: number): string {
  return `${folder}/${stateFileName(leaf)}`;
}

export interface FoundState {
  path: string;
  recipeHash: string;
  /** Up to this state, hexadecimal. */
  leaves: string[];
}

/** All files of a folder, or the one file, that are states of some run; others are passed over. */
export async function findStates(path: string): Promise<FoundState[]> {
  const found: FoundState[] = [];
  for (const file of await filesAt(path)) {
    const state = await readState(file);
    if (state !== null) found.push(state);
  }
  return found;
}

async function readState(path: string): Promise<FoundState | null> {
  using source = await openBytes(path);
  if (source.byteLength < HEADER_OFFSET) return null;
  const preamble = (await source.read(0, HEADER_OFFSET)).slice();
  // The last field of it. Whatever it says: no more than a header may have.
  const stated = new DataView(preamble.buffer).getUint32(HEADER_OFFSET - 4, true);
  const most = Math.min(source.byteLength, HEADER_OFFSET + DEFAULT_LIMITS.maxHeaderBytes);
  const length = Math.min(most, HEADER_OFFSET + stated);
  try {
    const { header } = readHeader(await source.read(0, length), {}, source.byteLength);
    const { recipeHash, leaves } = checkpointHeader(header);
    return { path, recipeHash, leaves };
  } catch (error) {
    if (error instanceof FormatError) return null;
    throw error;
  }
}
