// Copies every blob the database knows, and reads each again where it is then kept.

import { otherBytes } from "../blob_files.ts";
import type { BlobStore, StoredBlob } from "../blobs.ts";
import type { Db } from "../database.ts";

/** Requests to a bucket wait for the network most of the time. */
const AT_A_TIME = 4;
const PAGE = 500;

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
 * @throws {IntegrityError} when a blob is not what its name says, on either side.
 */
export async function copyBlobs(db: Db, { source, target, onBlob }: BlobCopy): Promise<BlobCount> {
  const count: BlobCount = { blobs: 0, bytes: 0 };
  await forEachBlob(db, async ({ digest, byteLength }) => {
    const there = await target.has(digest) && await target.size(digest) === byteLength;
    if (!there) await send(source, target, digest);
    const checked = await target.check(digest);
    if (checked !== byteLength) throw otherBytes(digest, `${checked} bytes, not ${byteLength}`);
    count.bytes += checked;
    onBlob(++count.blobs, !there);
  });
  return count;
}

/** Reads every blob where it is kept. @throws {IntegrityError} for one that is not what it was. */
export async function checkBlobs(
  db: Db,
  blobs: Pick<BlobStore, "check">,
  onBlob: (done: number) => void = () => {},
): Promise<BlobCount> {
  const count: BlobCount = { blobs: 0, bytes: 0 };
  await forEachBlob(db, async ({ digest }) => {
    count.bytes += await blobs.check(digest);
    onBlob(++count.blobs);
  });
  return count;
}

async function send(source: BlobStore, target: BlobStore, digest: string): Promise<void> {
  const arrived = await target.put(await source.open(digest), { maxBytes: Infinity });
  if (arrived.digest === digest) return;
  await target.delete(arrived.digest);
  throw otherBytes(digest, `SHA-256 ${arrived.digest}`);
}

/** In the order of their digests, some at a time. */
export async function forEachBlob(
  db: Db,
  work: (blob: StoredBlob) => Promise<void>,
): Promise<void> {
  for (let after = "";;) {
    const page = await db.selectFrom("blob").select(["digest", "byte_length as byteLength"])
      .where("digest", ">", after).orderBy("digest").limit(PAGE).execute();
    if (page.length === 0) return;
    after = page[page.length - 1].digest;
    const waiting = page.values();
    // All takers share one iterator: each takes the next blob when it is done with one.
    await Promise.all(Array.from({ length: AT_A_TIME }, async () => {
      for (const blob of waiting) await work(blob);
    }));
  }
}
