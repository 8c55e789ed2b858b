// Copies of blobs that are kept elsewhere, on the local disk, at most so many bytes of them.

import { orNotFound, prepareIncoming, removeFile } from "./blob_files.ts";
import { checkedDigest } from "./blobs.ts";

/** What was used this short a time ago is not removed: somebody may be about to open it. */
const GRACE_MS = 10 * 60_000;
/** A full cache is emptied down to this share, so that not every file that comes has to look. */
const KEPT_SHARE = 0.9;

export interface CacheLimits {
  maxBytes: number;
  /** Milliseconds since the epoch: files carry the time of their last use. */
  nowMs?: () => number;
}

interface Copy {
  path: string;
  byteLength: number;
  usedMs: number;
}

/**
 * Files under `<directory>/ab/<digest>`, oldest use removed first. Servers may share a directory:
 * everything is read from the disk, and a file that another one removed is a file not there.
 */
export class BlobCache {
  readonly #directory: string;
  readonly #maxBytes: number;
  readonly #nowMs: () => number;
  #bytes = 0;
  #trimming: Promise<void> = Promise.resolve();

  private constructor(directory: string, { maxBytes, nowMs = Date.now }: CacheLimits) {
    this.#directory = directory;
    this.#maxBytes = maxBytes;
    this.#nowMs = nowMs;
  }

  static async open(directory: string, limits: CacheLimits): Promise<BlobCache> {
    const cache = new BlobCache(directory, limits);
    await prepareIncoming(`${directory}/incoming`);
    await cache.#trim();
    return cache;
  }

  /** A name for a file on its way into the cache. */
  incomingPath(): string {
    return `${this.#directory}/incoming/${crypto.randomUUID()}`;
  }

  /** The file that holds the blob, or null when there is none. */
  async find(digest: string): Promise<string | null> {
    const path = this.#path(digest);
    const now = new Date(this.#nowMs());
    try {
      await Deno.utime(path, now, now);
      return path;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return null;
      throw error;
    }
  }

  /** Takes over the whole, checked file at `incoming`. Returns where it is now. */
  async insert(digest: string, incoming: string): Promise<string> {
    const path = this.#path(digest);
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    const { size } = await orNotFound(digest, Deno.stat(incoming));
    await Deno.rename(incoming, path);
    const now = new Date(this.#nowMs());
    await Deno.utime(path, now, now);
    this.#bytes += size;
    if (this.#bytes > this.#maxBytes) {
      await (this.#trimming = this.#trimming.then(() => this.#trim()));
    }
    return path;
  }

  async forget(digest: string): Promise<void> {
    await removeFile(this.#path(digest));
  }

  #path(digest: string): string {
    return `${this.#directory}/${checkedDigest(digest).slice(0, 2)}/${digest}`;
  }

  async #trim(): Promise<void> {
    const copies = await this.#copies();
    this.#bytes = copies.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (this.#bytes <= this.#maxBytes) return;
    const oldest = this.#nowMs() - GRACE_MS;
    copies.sort((a, b) => a.usedMs - b.usedMs);
    for (const { path, byteLength, usedMs } of copies) {
      if (this.#bytes <= KEPT_SHARE * this.#maxBytes || usedMs > oldest) return;
      await removeFile(path);
      this.#bytes -= byteLength;
    }
  }

  async #copies(): Promise<Copy[]> {
    const copies: Copy[] = [];
    for await (const folder of Deno.readDir(this.#directory)) {
      if (!/^[0-9a-f]{2}$/.test(folder.name)) continue;
      for await (const { name } of Deno.readDir(`${this.#directory}/${folder.name}`)) {
        const path = `${this.#directory}/${folder.name}/${name}`;
        const info = await Deno.stat(path).catch(() => null);
        if (info === null) continue;
        copies.push({ path, byteLength: info.size, usedMs: info.mtime?.getTime() ?? 0 });
      }
    }
    return copies;
  }
}
