// Files a worker has fetched, by content: the name of a file is the SHA-256 of its bytes.

import { createHash } from "node:crypto";
import { IntegrityError } from "../lib/errors.ts";
import type { BlobRef } from "../lib/jobs/protocol.ts";

/** The bytes from `offset` on. May break off: it is asked again for what is missing. */
export type FetchBlob = (blob: BlobRef, offset: number) => AsyncIterable<Uint8Array>;

export interface CacheOptions {
  directory: string;
  /** Files not used for longest are removed beyond this; one larger file still has its place. */
  maxBytes: number;
}

/** Times a file is fetched again because its bytes were wrong. */
const ATTEMPTS = 2;

export class BlobCache {
  readonly #directory: string;
  readonly #maxBytes: number;
  /** One after the other: a file in use is not removed, and none is fetched twice. */
  #turn: Promise<void> = Promise.resolve();

  constructor({ directory, maxBytes }: CacheOptions) {
    [this.#directory, this.#maxBytes] = [directory, maxBytes];
  }

  /**
   * Copies a file to `target`, fetched before where it is not here. Its bytes are checked when they
   * arrive and again whenever they are copied.
   *
   * @throws {IntegrityError} when the bytes that come are others than promised, more than once.
   */
  copy(blob: BlobRef, target: string, fetchBlob: FetchBlob): Promise<void> {
    const copied = this.#turn.then(() => this.#copy(blob, target, fetchBlob));
    this.#turn = copied.catch(() => {});
    return copied;
  }

  async #copy(blob: BlobRef, target: string, fetchBlob: FetchBlob): Promise<void> {
    const path = `${this.#directory}/${blob.sha256}`;
    for (let attempt = 1;; attempt++) {
      const here = await Deno.stat(path).catch(() => null);
      if (here === null) await this.#fetch(blob, path, fetchBlob);
      const copied = await copyHashed(path, target);
      if (copied === blob.sha256) break;
      // A disk's fault, or an interrupted write: it is fetched anew.
      await Deno.remove(path);
      if (attempt >= ATTEMPTS) throw wrongBytes(blob, copied);
    }
    const now = new Date();
    await Deno.utime(path, now, now);
  }

  async #fetch(blob: BlobRef, path: string, fetchBlob: FetchBlob): Promise<void> {
    await Deno.mkdir(this.#directory, { recursive: true });
    await this.#makeRoom(blob.byteLength);
    const partial = `${path}.partial`;
    const offset = (await Deno.stat(partial).catch(() => null))?.size ?? 0;
    using file = await Deno.open(partial, { write: true, create: true, append: true });
    if (offset < blob.byteLength) {
      let left = blob.byteLength - offset;
      for await (const chunk of fetchBlob(blob, offset)) {
        left -= chunk.length;
        if (left < 0) break;
        for (let at = 0; at < chunk.length;) at += await file.write(chunk.subarray(at));
      }
      if (left > 0) throw new Deno.errors.UnexpectedEof(`${blob.sha256} broke off`);
    }
    await file.syncData();
    await Deno.rename(partial, path);
  }

  /** Removes what was not used for longest until `byteLength` more bytes have room. */
  async #makeRoom(byteLength: number): Promise<void> {
    const files = await Promise.all(
      [...Deno.readDirSync(this.#directory)].map(async ({ name }) => {
        const path = `${this.#directory}/${name}`;
        const { size, mtime } = await Deno.stat(path);
        return { path, size, usedMs: mtime?.getTime() ?? 0 };
      }),
    );
    files.sort((a, b) => a.usedMs - b.usedMs);
    let total = files.reduce((sum, { size }) => sum + size, byteLength);
    for (const { path, size } of files) {
      if (total <= this.#maxBytes) return;
      await Deno.remove(path);
      total -= size;
    }
  }
}

/** The SHA-256 of what was copied. */
async function copyHashed(from: string, to: string): Promise<string> {
  const hash = createHash("sha256");
  using source = await Deno.open(from);
  using target = await Deno.open(to, { write: true, create: true, truncate: true });
  const chunk = new Uint8Array(1024 * 1024);
  for (;;) {
    const count = await source.read(chunk);
    if (count === null) return hash.digest("hex");
    const bytes = chunk.subarray(0, count);
    hash.update(bytes);
    for (let at = 0; at < count;) at += await target.write(bytes.subarray(at));
  }
}

function wrongBytes({ sha256 }: BlobRef, got: string): IntegrityError {
  return new IntegrityError("A file came with other bytes than the server promised", {
    expected: `SHA-256 ${sha256}`,
    got: `SHA-256 ${got}`,
    fix: "Check the disks of server and worker.",
  });
}
