// Opens the store of blobs that the settings name: a bucket, or the local disk.

import { BlobCache } from "./blob_cache.ts";
import type { BlobStore } from "./blobs.ts";
import { openDiskBlobs } from "./disk_blobs.ts";
import { S3Blobs } from "./s3_blobs.ts";
import { S3Objects, type S3Patience, type S3Settings } from "./s3_client.ts";

export interface BlobSettings {
  dataDir: string;
  s3?: S3Settings;
  /** Most bytes of copies on the local disk when blobs are in a bucket. */
  cacheBytes: number;
}

/** @throws {UnavailableError} when there is a bucket and it cannot be used. */
export async function openBlobStore(
  { dataDir, s3, cacheBytes }: BlobSettings,
  patience?: S3Patience,
): Promise<BlobStore> {
  if (s3 === undefined) return await openDiskBlobs(`${dataDir}/blobs`);
  const objects = new S3Objects(s3, patience);
  await objects.checkBucket();
  const cache = await BlobCache.open(`${dataDir}/cache`, { maxBytes: cacheBytes });
  return new S3Blobs({ objects, cache, redirect: s3.redirect });
}
