// Copies every blob the database knows, and reads each again where it is then kept.

import { NotFoundError } from "../../errors.ts";
import { otherBytes } from "../blob_files.ts";
import type { BlobStore } from "../blobs.ts";
import type { Db } from "../database.ts";
import { forEachKnownBlob, type KnownBlob } from "../known_blobs.ts";

export interface BlobCopy {
  source: BlobStore;
  target: BlobStore;
  onBlob: (done: number, copied: boolean) => void;
}

export interface BlobCount {
  blobs: number;
  bytes: number;
}

/**
 * What the target has already is not sent again. Every blob is read from the target and compared
 * with its digest, copied now or before.
 *
 * @throws {NotFoundError} when a blob that is needed is not there.
 * @throws {IntegrityError} when a blob is not what its name says, on either side.
 */
export async function copyBlobs(db: Db, { source, target, onBlob }: BlobCopy): Promise<BlobCount> {
  const count: BlobCount = { blobs: 0, bytes: 0 };
  await forEachKnownBlob(db, async (blob) => {
    const { digest, byteLength, needed } = blob;
    const there = await target.has(digest) && await target.size(digest) === byteLength;
    if (!there && !needed && !await source.has(digest)) return;
    if (!there) await send(source, target, digest);
    const bytes = await checkBlob(target, blob);
    count.bytes += bytes;
    onBlob(++count.blobs, !there);
  });
  return count;
}

/** Reads every blob where it is kept. Throws as copyBlobs. */
export async function checkBlobs(
  db: Db,
  blobs: Pick<BlobStore, "check">,
): Promise<BlobCount> {
  const count: BlobCount = { blobs: 0, bytes: 0 };
  await forEachKnownBlob(db, async (blob) => {
    try {
      const bytes = await checkBlob(blobs, blob);
      count.bytes += bytes;
      count.blobs++;
    } catch (error) {
      if (blob.needed || !(error instanceof NotFoundError)) throw error;
    }
  });
  return count;
}

async function checkBlob(
  store: Pick<BlobStore, "check">,
  { digest, byteLength }: KnownBlob,
): Promise<number> {
  const checked = await store.check(digest);
  if (checked === byteLength) return checked;
  throw otherBytes(digest, `${checked} bytes, not ${byteLength}`);
}

async function send(source: BlobStore, target: BlobStore, digest: string): Promise<void> {
  const arrived = await target.put(await source.open(digest), { maxBytes: Infinity });
  if (arrived.digest === digest) return;
  await target.delete(arrived.digest);
  throw otherBytes(digest, `SHA-256 ${arrived.digest}`);
}
