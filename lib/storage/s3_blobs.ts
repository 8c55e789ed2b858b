// Blobs in an S3-compatible bucket, read through a cache on the local disk.

import { createHash } from "node:crypto";
import { Buffer } from "node:buffer";
import { NotFoundError } from "../errors.ts";
import type { BlobCache } from "./blob_cache.ts";
import { fileReaders, hashOf, removeFile, writeHashed } from "./blob_files.ts";
import { type BlobStore, checkedDigest, type StoredBlob } from "./blobs.ts";
import { type S3Objects, type StoredObject, WrongBytesError } from "./s3_client.ts";

/** How long the address of a download works: it has to begin by then, not to end. */
const DOWNLOAD_SECONDS = 300;

export interface S3Blobs {
  objects: S3Objects;
  cache: BlobCache;
  /** Give out addresses at the bucket. */
  redirect: boolean;
}

/** Objects are called `blobs/<digest>`: one bucket may hold other things too. */
export function openS3Blobs({ objects, cache, redirect }: S3Blobs): BlobStore {
  const fetching = new Map<string, Promise<string>>();

  async function put(stream: ReadableStream<Uint8Array>, { maxBytes }: { maxBytes: number }) {
    const incoming = cache.incomingPath();
    try {
      const blob = await writeHashed(incoming, stream, maxBytes);
      // Once written, an object is never written again.
      if (await objects.size(keyOf(blob.digest)) !== blob.byteLength) await send(blob, incoming);
      await cache.insert(blob.digest, incoming);
      return blob;
    } catch (error) {
      await removeFile(incoming);
      throw error;
    }
  }

  async function send({ digest, byteLength }: StoredBlob, path: string): Promise<void> {
    const key = keyOf(digest);
    const sha256Base64 = Buffer.from(digest, "hex").toString("base64");
    await objects.put(key, { path, byteLength, sha256Base64 }, async (stored) => {
      const right = await isRight(stored, sha256Base64, path) ?? await isReadable(digest);
      if (!right) throw new WrongBytesError("other bytes were stored than were sent");
    });
  }

  /** For a store that says nothing of what it has stored. */
  async function isReadable(digest: string): Promise<boolean> {
    return await objects.get(keyOf(digest), (bytes) => readChecked(digest, bytes)) !== null;
  }

  /** The path of the copy here; of those who ask at the same time one fetches it. */
  async function localPath(digest: string): Promise<string> {
    const path = await cache.find(digest);
    if (path !== null) return path;
    const running = fetching.get(digest);
    if (running) return await running;
    const fetched = fetchCopy(digest).finally(() => fetching.delete(digest));
    fetching.set(digest, fetched);
    return await fetched;
  }

  async function fetchCopy(digest: string): Promise<string> {
    const path = await objects.get(keyOf(digest), async (bytes) => {
      const incoming = cache.incomingPath();
      try {
        const got = await writeHashed(incoming, bytes, Infinity);
        if (got.digest !== digest) throw wrongBytes(got.digest);
        return await cache.insert(digest, incoming);
      } catch (error) {
        await removeFile(incoming);
        throw error;
      }
    });
    return path ?? notFound(digest);
  }

  async function size(digest: string): Promise<number | null> {
    const path = await cache.find(digest);
    if (path === null) return await objects.size(keyOf(digest));
    return (await Deno.stat(path)).size;
  }

  return {
    put,
    putBytes: (bytes) => put(ReadableStream.from([bytes]), { maxBytes: bytes.length }),
    ...fileReaders(localPath),
    localPath,
    has: async (digest) => await size(digest) !== null,
    size: async (digest) => await size(digest) ?? notFound(digest),
    async delete(digest) {
      await objects.delete(keyOf(digest));
      await cache.forget(digest);
    },
    check: async (digest) =>
      await objects.get(keyOf(digest), (bytes) => readChecked(digest, bytes)) ?? notFound(digest),
    async downloadUrl(digest, fileName) {
      if (!redirect) return null;
      return await objects.presign(keyOf(digest), DOWNLOAD_SECONDS, {
        "response-content-type": "application/octet-stream",
        "response-content-disposition": `attachment; filename="${fileName}"`,
      });
    },
  };
}

function keyOf(digest: string): string {
  return `blobs/${checkedDigest(digest)}`;
}

/** Whether the store has what was sent; null when it does not say. */
async function isRight(
  { sha256Base64, etag }: StoredObject,
  sentBase64: string,
  path: string,
): Promise<boolean | null> {
  if (sha256Base64 !== null) return sha256Base64 === sentBase64;
  if (etag === null || !/^[0-9a-f]{32}$/.test(etag)) return null;
  const md5 = createHash("md5");
  using file = await Deno.open(path);
  for await (const chunk of file.readable) md5.update(chunk);
  return md5.digest("hex") === etag;
}

async function readChecked(
  digest: string,
  bytes: ReadableStream<Uint8Array>,
): Promise<number> {
  const got = await hashOf(bytes);
  if (got.digest !== digest) throw wrongBytes(got.digest);
  return got.byteLength;
}

function wrongBytes(got: string): WrongBytesError {
  return new WrongBytesError(`bytes came whose SHA-256 is ${got}`);
}

function notFound(digest: string): never {
  throw new NotFoundError(`No file ${digest}`);
}
