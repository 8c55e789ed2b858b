// Blobs in files: taking a stream in while hashing it, and reading a file out again.

import { createHash } from "node:crypto";
import { BudgetError, IntegrityError, NotFoundError } from "../errors.ts";
import type { BlobStore, ByteRange, StoredBlob } from "./blobs.ts";

/** No upload takes this long. */
const STALE_MS = 24 * 3600_000;
const CHUNK_BYTES = 64 * 1024;

type Readers = Pick<BlobStore, "open" | "read" | "readPrefix">;

/** The ways to read a blob, given a file that holds it. */
export function fileReaders(pathOf: (digest: string) => Promise<string>): Readers {
  return {
    open: async (digest, range) => {
      return await orNotFound(digest, openRange(await pathOf(digest), range));
    },
    read: async (digest) => await orNotFound(digest, Deno.readFile(await pathOf(digest))),
    readPrefix: async (digest, byteLength) => {
      using file = await orNotFound(digest, Deno.open(await pathOf(digest)));
      return await readFully(file, byteLength);
    },
  };
}

/**
 * Writes the stream to `file`, which must not exist, and forces it to disk.
 * @throws {BudgetError} as soon as more than `maxBytes` have arrived.
 */
export async function writeHashed(
  file: string,
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
): Promise<StoredBlob> {
  const hash = createHash("sha256");
  let byteLength = 0;
  using output = await Deno.open(file, { write: true, createNew: true });
  for await (const chunk of stream) {
    byteLength += chunk.length;
    if (byteLength > maxBytes) throw tooLarge(maxBytes);
    hash.update(chunk);
    for (let written = 0; written < chunk.length;) {
      written += await output.write(chunk.subarray(written));
    }
  }
  // Before the file gets its name: a name must never outlive the bytes it promises.
  await output.sync();
  return { digest: hash.digest("hex"), byteLength };
}

/** Reads the stream to its end, keeping nothing. */
export async function hashOf(stream: ReadableStream<Uint8Array>): Promise<StoredBlob> {
  const hash = createHash("sha256");
  let byteLength = 0;
  for await (const chunk of stream) {
    hash.update(chunk);
    byteLength += chunk.length;
  }
  return { digest: hash.digest("hex"), byteLength };
}

/** What was kept under a digest turns out to be something else. */
export function otherBytes(digest: string, got: string): IntegrityError {
  return new IntegrityError(`The bytes kept as ${digest} are other ones`, {
    expected: `SHA-256 ${digest}`,
    got,
    fix: "Restore this file from a backup.",
  });
}

/** Makes the directory of unfinished uploads and removes those that a killed server left there. */
export async function prepareIncoming(incoming: string): Promise<void> {
  await Deno.mkdir(incoming, { recursive: true });
  for await (const { name } of Deno.readDir(incoming)) {
    const path = `${incoming}/${name}`;
    const info = await Deno.stat(path).catch(() => null);
    // Younger ones may be another server's.
    if (info?.mtime && Date.now() - info.mtime.getTime() > STALE_MS) await removeFile(path);
  }
}

/** Removes a file that may be gone already. */
export async function removeFile(path: string): Promise<void> {
  await Deno.remove(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

export async function orNotFound<T>(digest: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new NotFoundError(`No file ${digest}`);
    throw error;
  }
}

/** All bytes of a file, or a range that lies within it. @throws Deno.errors.NotFound */
export async function openRange(
  path: string,
  range?: ByteRange,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const file = await Deno.open(path);
  if (range === undefined) return file.readable;
  await file.seek(range.start, Deno.SeekMode.Start);
  return ReadableStream.from(bytesOf(file, range.end - range.start));
}

async function* bytesOf(file: Deno.FsFile, byteLength: number) {
  using open = file;
  for (let left = byteLength; left > 0;) {
    const chunk = await readFully(open, Math.min(left, CHUNK_BYTES));
    // A blob never changes: fewer bytes than it had a moment ago are a broken disk.
    if (chunk.length === 0) throw new IntegrityError("The file ended before its range did");
    left -= chunk.length;
    yield chunk;
  }
}

async function readFully(file: Deno.FsFile, byteLength: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(byteLength);
  for (let filled = 0; filled < byteLength;) {
    const read = await file.read(bytes.subarray(filled));
    if (read === null) return bytes.slice(0, filled);
    filled += read;
  }
  return bytes;
}

function tooLarge(maxBytes: number): BudgetError {
  const limit = `${(maxBytes / 1e6).toFixed(1)} MB`;
  return new BudgetError(`The file is larger than ${limit}`, {
    expected: `at most ${maxBytes} bytes`,
    got: "more",
    fix: "Save the model as fp16 and without optimizer state.",
  });
}
