// What a stored state is the state of, read as a stream: states are larger than what a server would
// hold in memory. Server only.

import { createHash } from "node:crypto";
import { toHex } from "../bytes.ts";
import { FormatError } from "../errors.ts";
import { tensorSpecs } from "../format/config.ts";
import { HEADER_OFFSET } from "../format/header.ts";
import { DEFAULT_LIMITS } from "../format/limits.ts";
import { type HeaderInfo, readHeader } from "../format/read.ts";
import type { BlobStore, StoredBlob } from "../storage/blobs.ts";
import { leafOfDigests } from "./chain.ts";
import { trainingTokens } from "./cost.ts";
import { type CheckpointHeader, checkpointHeader } from "./model_file.ts";
import type { Recipe } from "./recipe.ts";

export interface StoredState extends CheckpointHeader {
  config: HeaderInfo["config"];
  step: number;
  /** SHA-256 of weights, m and v. */
  digests: Uint8Array[];
}

/** @throws {FormatError} when the file is no whole state of a run, or not finite. */
export async function readStoredState(
  blobs: BlobStore,
  { digest, byteLength }: StoredBlob,
): Promise<StoredState> {
  const prefix = await blobs.readPrefix(digest, HEADER_OFFSET + DEFAULT_LIMITS.maxHeaderBytes);
  const info = readHeader(prefix, {}, byteLength);
  const checkpoint = checkpointHeader(info.header);
  const range = { start: info.stateOffset, end: byteLength };
  return {
    ...checkpoint,
    config: info.config,
    ...await hashState(info, await blobs.open(digest, range)),
  };
}

/** The leaf of a state of that recipe, hexadecimal. */
export async function leafOfState(
  { leaves, lastLoss, step, digests }: StoredState,
  recipe: Recipe,
): Promise<string> {
  const tokens = trainingTokens({ ...recipe, steps: step });
  const j = leaves.length - 1;
  return toHex(await leafOfDigests({ j, step, tokens, digests, lossNats: lastLoss }));
}

/** The step, then each tensor's weights, m and v: hashed as if each of the three stood alone. */
async function hashState(
  { config, stateOffset }: HeaderInfo,
  stream: ReadableStream<Uint8Array>,
): Promise<{ step: number; digests: Uint8Array[] }> {
  const hashes = Array.from({ length: 3 }, () => createHash("sha256"));
  const stretches = [4, ...tensorSpecs(config).flatMap(({ size }) => Array(3).fill(4 * size))];
  const step = new Uint8Array(4);
  const finite = new FiniteWatch();
  let stretch = 0, inStretch = 0, at = stateOffset;
  for await (const chunk of stream) {
    for (let taken = 0; taken < chunk.length;) {
      const count = Math.min(chunk.length - taken, stretches[stretch] - inStretch);
      const bytes = chunk.subarray(taken, taken + count);
      if (stretch === 0) step.set(bytes, inStretch);
      else {
        hashes[(stretch - 1) % 3].update(bytes);
        finite.look(bytes, at);
      }
      taken += count, inStretch += count, at += count;
      if (inStretch === stretches[stretch]) stretch++, inStretch = 0;
    }
  }
  return {
    step: new DataView(step.buffer).getInt32(0, true),
    digests: hashes.map((hash) => Uint8Array.from(hash.digest())),
  };
}

/** Refuses little-endian binary32 whose exponent is all ones, however the bytes are cut. */
class FiniteWatch {
  #count = 0;
  #third = 0;

  look(bytes: Uint8Array, offset: number): void {
    for (let i = 0; i < bytes.length; i++) {
      const place = this.#count++ & 3;
      if (place === 2) this.#third = bytes[i];
      if (place === 3 && (bytes[i] & 0x7f) === 0x7f && this.#third >= 0x80) {
        throw new FormatError("The state holds a number that is not finite", {
          offset: offset + i - 3,
          expected: "finite weights and moments",
          got: "infinity or not a number",
          fix: "Train the run again with --keep-states and send what that keeps.",
        });
      }
    }
  }
}
