// Blobs on the local disk.

import {
  fileReaders,
  hashOf,
  orNotFound,
  otherBytes,
  prepareIncoming,
  removeFile,
  writeHashed,
} from "./blob_files.ts";
import { type BlobStore, checkedDigest } from "./blobs.ts";

/** Blobs under `<directory>/ab/<digest>`; unfinished ones under `<directory>/incoming`. */
export async function openDiskBlobs(directory: string): Promise<BlobStore> {
  const incoming = `${directory}/incoming`;
  await prepareIncoming(incoming);
  const path = (digest: string) => `${directory}/${checkedDigest(digest).slice(0, 2)}/${digest}`;
  const stat = (digest: string) => orNotFound(digest, Deno.stat(path(digest)));

  async function put(stream: ReadableStream<Uint8Array>, { maxBytes }: { maxBytes: number }) {
    const temporary = `${incoming}/${crypto.randomUUID()}`;
    try {
      const blob = await writeHashed(temporary, stream, maxBytes);
      const target = path(blob.digest);
      await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), { recursive: true });
      await Deno.rename(temporary, target);
      return blob;
    } catch (error) {
      await removeFile(temporary);
      throw error;
    }
  }

  const readers = fileReaders((digest) => Promise.resolve(digest).then(path));
  return {
    put,
    putBytes: (bytes) => put(ReadableStream.from([bytes]), { maxBytes: bytes.length }),
    ...readers,
    localPath: async (digest) => {
      await stat(digest);
      return path(digest);
    },
    has: async (digest) => (await Deno.stat(path(digest)).catch(() => null)) !== null,
    size: async (digest) => (await stat(digest)).size,
    delete: (digest) => Deno.remove(path(digest)),
    async check(digest) {
      const got = await hashOf(await readers.open(digest));
      if (got.digest !== digest) throw otherBytes(digest, `SHA-256 ${got.digest}`);
      return got.byteLength;
    },
    downloadUrl: () => Promise.resolve(null),
  };
}
