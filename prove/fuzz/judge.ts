// What a reader of model files may do with any bytes at all: give a model or a complete FormatError.

import assert from "node:assert/strict";
import { FormatError } from "../../lib/errors.ts";
import { readTinygpt } from "../../lib/format/read.ts";

/** Runs `work` and returns the length of the longest typed array it made. */
export function longestAllocation(work: () => void): number {
  const originals = { Float32Array, Uint32Array, Uint16Array, Uint8Array };
  let longest = 0;
  const recording = Object.entries(originals).map(([name, original]) => [
    name,
    new Proxy(original, {
      construct(target, args, newTarget) {
        if (typeof args[0] === "number") longest = Math.max(longest, args[0]);
        return Reflect.construct(target, args, newTarget);
      },
    }),
  ]);
  Object.assign(globalThis, Object.fromEntries(recording));
  try {
    work();
  } finally {
    Object.assign(globalThis, originals);
  }
  return longest;
}

/**
 * Reads a file that may be anything.
 * @returns the error that refuses it, or null when it is a model.
 * @throws {Error} when the reader breaks its promise: another error, an incomplete one, or more
 *   allocated than the file's length explains.
 */
export function readOrRefusal(bytes: Uint8Array): FormatError | null {
  let failure: unknown = null;
  const longest = longestAllocation(() => {
    try {
      readTinygpt(bytes);
    } catch (error) {
      failure = error;
    }
  });
  // int4 holds two weights a byte; the table of all halfs is made once.
  assert.ok(longest <= Math.max(2 * bytes.length, 0x10000), `${longest} elements`);
  if (failure === null) return null;
  if (!(failure instanceof FormatError)) throw failure;
  const { expected, got, fix } = failure.problem;
  assert.ok(expected && got && fix, `an incomplete error: ${failure.message}`);
  assert.ok(failure.offset >= 0 && failure.offset <= bytes.length, `offset ${failure.offset}`);
  assert.ok(failure.message.length < 500, failure.message);
  return failure;
}
