// Blobs in an S3-compatible bucket, read through a cache on the local disk.

import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { NotFoundError } from "../errors.ts";
import type { BlobCache } from "./blob_cache.ts";
import { fileReaders, hashOf, removeFile, writeHashed } from "./blob_files.ts";
import { type BlobStore, checkedDigest, type StoredBlob } from "./blobs.ts";
import { type S3Objects, type StoredObject, WrongBytesError } from "./s3_client.ts";

/** How long the address of a download works: it has to begin by then, not to end. */
const DOWNLOAD_SECONDS = 300;

export interface S3BlobsOptions {
  objects: S3Objects;
  cache: BlobCache;
  /** Give out addresses at the bucket. */
  redirect: boolean;
}

/** Objects are called `blobs/<digest>`: one bucket may hold other things too. */
export class S3Blobs implements BlobStore {
  readonly #objects: S3Objects;
  readonly #cache: BlobCache;
  readonly #redirect: boolean;
  readonly #fetching = new Map<string, Promise<string>>();
  readonly open: BlobStore["open"];
  readonly read: BlobStore["read"];
  readonly readPrefix: BlobStore["readPrefix"];

  constructor({ objects, cache, redirect }: S3BlobsOptions) {
    this.#objects = objects;
    this.#cache = cache;
    this.#redirect = redirect;
    const { open, read, readPrefix } = fileReaders((digest) => this.localPath(digest));
    this.open = open;
    this.read = read;
    this.readPrefix = readPrefix;
  }

  async put(
    stream: ReadableStream<Uint8Array>,
    { maxBytes }: { maxBytes: number },
  ): Promise<StoredBlob> {
    const incoming = this.#cache.incomingPath();
    try {
      const blob = await writeHashed(incoming, stream, maxBytes);
      const there = await this.#objects.size(keyOf(blob.digest));
      // Once written, an object is never written again.
      if (there !== blob.byteLength) await this.#send(blob, incoming);
      await this.#cache.insert(blob.digest, incoming);
      return blob;
    } catch (error) {
      await removeFile(incoming);
      throw error;
    }
  }

  putBytes(bytes: Uint8Array): Promise<StoredBlob> {
    return this.put(ReadableStream.from([bytes]), { maxBytes: bytes.length });
  }

  /** Of those who ask at the same time one fetches it. */
  async localPath(digest: string): Promise<string> {
    const path = await this.#cache.find(digest);
    if (path !== null) return path;
    const running = this.#fetching.get(digest);
    if (running) return await running;
    const fetched = this.#fetch(digest).finally(() => this.#fetching.delete(digest));
    this.#fetching.set(digest, fetched);
    return await fetched;
  }

  /** Asks the bucket: a copy here says nothing of what another server has removed there. */
  async has(digest: string): Promise<boolean> {
    return await this.#objects.size(keyOf(digest)) !== null;
  }

  async size(digest: string): Promise<number> {
    const path = await this.#cache.find(digest);
    if (path !== null) return (await Deno.stat(path)).size;
    return await this.#objects.size(keyOf(digest)) ?? notFound(digest);
  }

  async delete(digest: string): Promise<void> {
    await this.#objects.delete(keyOf(digest));
    await this.#cache.forget(digest);
  }

  async check(digest: string): Promise<number> {
    return await this.#objects.get(keyOf(digest), (bytes) => readChecked(digest, bytes)) ??
      notFound(digest);
  }

  async downloadUrl(digest: string, fileName: string): Promise<string | null> {
    if (!this.#redirect) return null;
    return await this.#objects.presign(keyOf(digest), DOWNLOAD_SECONDS, {
      "response-content-type": "application/octet-stream",
      "response-content-disposition": `attachment; filename="${fileName}"`,
    });
  }

  async #send({ digest, byteLength }: StoredBlob, path: string): Promise<void> {
    const key = keyOf(digest);
    const sha256Base64 = Buffer.from(digest, "hex").toString("base64");
    await this.#objects.put(key, { path, byteLength, sha256Base64 }, async (stored) => {
      const right = await isRight(stored, sha256Base64, path) ?? await this.#isReadable(digest);
      if (!right) throw new WrongBytesError("other bytes were stored than were sent");
    });
  }

  /** For a store that says nothing of what it has stored. */
  async #isReadable(digest: string): Promise<boolean> {
    return await this.#objects.get(keyOf(digest), (bytes) => readChecked(digest, bytes)) !== null;
  }

  async #fetch(digest: string): Promise<string> {
    const path = await this.#objects.get(keyOf(digest), async (bytes) => {
      const incoming = this.#cache.incomingPath();
      try {
        const got = await writeHashed(incoming, bytes, Infinity);
        if (got.digest !== digest) throw wrongBytes(got.digest);
        return await this.#cache.insert(digest, incoming);
      } catch (error) {
        await removeFile(incoming);
        throw error;
      }
    });
    return path ?? notFound(digest);
  }
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

async function readChecked(digest: string, bytes: ReadableStream<Uint8Array>): Promise<number> {
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
