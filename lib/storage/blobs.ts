// Files by content: the name of a file is the SHA-256 of its bytes. Local disk.

import { createHash } from "node:crypto";
import { BudgetError, NotFoundError } from "../errors.ts";

/** No upload takes this long. */
const STALE_MS = 24 * 3600_000;

export interface StoredBlob {
  /** SHA-256, 64 lower-case hexadecimal digits. */
  digest: string;
  byteLength: number;
}

export interface BlobStore {
  /**
   * Streams to disk while hashing; the file appears under its digest only when it is whole.
   * @throws {BudgetError} as soon as more than `maxBytes` have arrived; nothing is kept.
   */
  put(stream: ReadableStream<Uint8Array>, limits: { maxBytes: number }): Promise<StoredBlob>;
  putBytes(bytes: Uint8Array): Promise<StoredBlob>;
  /** Where the blob is, or would be, on disk. */
  path(digest: string): string;
  /** @throws {NotFoundError} */
  read(digest: string): Promise<Uint8Array<ArrayBuffer>>;
  has(digest: string): Promise<boolean>;
  /** Bytes. @throws {NotFoundError} */
  size(digest: string): Promise<number>;
  delete(digest: string): Promise<void>;
}

/** Blobs under `<directory>/ab/<digest>`; unfinished ones under `<directory>/incoming`. */
export async function openBlobStore(directory: string): Promise<BlobStore> {
  const incoming = `${directory}/incoming`;
  await Deno.mkdir(incoming, { recursive: true });
  await removeStale(incoming);
  const path = (digest: string) => `${directory}/${checked(digest).slice(0, 2)}/${digest}`;

  async function put(stream: ReadableStream<Uint8Array>, { maxBytes }: { maxBytes: number }) {
    const temporary = `${incoming}/${crypto.randomUUID()}`;
    try {
      const blob = await writeHashed(temporary, stream, maxBytes);
      const target = path(blob.digest);
      await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), { recursive: true });
      await Deno.rename(temporary, target);
      return blob;
    } catch (error) {
      await Deno.remove(temporary).catch(() => {});
      throw error;
    }
  }

  return {
    put,
    putBytes: (bytes) => put(ReadableStream.from([bytes]), { maxBytes: bytes.length }),
    path,
    read: (digest) => orNotFound(digest, Deno.readFile(path(digest))),
    has: async (digest) => (await Deno.stat(path(digest)).catch(() => null)) !== null,
    size: async (digest) => (await orNotFound(digest, Deno.stat(path(digest)))).size,
    delete: (digest) => Deno.remove(path(digest)),
  };
}

/** Uploads that a killed server left half done. Younger ones may be another server's. */
async function removeStale(incoming: string): Promise<void> {
  for await (const { name } of Deno.readDir(incoming)) {
    const path = `${incoming}/${name}`;
    const { mtime } = await Deno.stat(path);
    if (mtime !== null && Date.now() - mtime.getTime() > STALE_MS) await Deno.remove(path);
  }
}

async function writeHashed(
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
  // Before the rename: a name must never outlive the bytes it promises.
  await output.sync();
  return { digest: hash.digest("hex"), byteLength };
}

function tooLarge(maxBytes: number): BudgetError {
  const limit = `${(maxBytes / 1e6).toFixed(1)} MB`;
  return new BudgetError(`The file is larger than ${limit}`, {
    expected: `at most ${maxBytes} bytes`,
    got: "more",
    fix: "Save the model as fp16 and without optimizer state.",
  });
}

/** Digests become paths, so nothing but a digest may pass. */
function checked(digest: string): string {
  if (/^[0-9a-f]{64}$/.test(digest)) return digest;
  throw new NotFoundError(`Expected a SHA-256 digest, got ${digest.slice(0, 80)}`);
}

async function orNotFound<T>(digest: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new NotFoundError(`No file ${digest}`);
    throw error;
  }
}
