// Files by content: the name of a file is the SHA-256 of its bytes. Knows of no place to keep them.

import { NotFoundError } from "../errors.ts";

export interface StoredBlob {
  /** SHA-256, 64 lower-case hexadecimal digits. */
  digest: string;
  byteLength: number;
}

/** Bytes [start, end) of a blob. */
export interface ByteRange {
  start: number;
  end: number;
}

export interface BlobStore {
  /**
   * Streams to disk while hashing; the blob exists under its digest only when it is whole.
   * @throws {BudgetError} as soon as more than `maxBytes` have arrived; nothing is kept.
   */
  put(stream: ReadableStream<Uint8Array>, limits: { maxBytes: number }): Promise<StoredBlob>;
  putBytes(bytes: Uint8Array): Promise<StoredBlob>;
  /**
   * A file of this machine that holds the blob, fetched first where it is kept elsewhere. It stays
   * for minutes: copy or open it now. @throws {NotFoundError}
   */
  localPath(digest: string): Promise<string>;
  /** All bytes, or those of a range that lies within the blob. @throws {NotFoundError} */
  open(digest: string, range?: ByteRange): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
  /** @throws {NotFoundError} */
  read(digest: string): Promise<Uint8Array<ArrayBuffer>>;
  /** The first bytes: `byteLength`, or all when there are fewer. @throws {NotFoundError} */
  readPrefix(digest: string, byteLength: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Where it is kept, now: whatever copies there are. */
  has(digest: string): Promise<boolean>;
  /** Bytes. @throws {NotFoundError} */
  size(digest: string): Promise<number>;
  delete(digest: string): Promise<void>;
  /**
   * Reads the blob where it is kept, never a copy. Returns its bytes' count.
   * @throws {NotFoundError}
   * @throws {IntegrityError} when its bytes have another SHA-256.
   */
  check(digest: string): Promise<number>;
  /**
   * Where anybody can fetch the blob without us for some minutes, saved under `fileName`; null when
   * it has to come from here.
   */
  downloadUrl(digest: string, fileName: string): Promise<string | null>;
}

/** Digests become paths and keys, so nothing but a digest may pass. @throws {NotFoundError} */
export function checkedDigest(digest: string): string {
  if (/^[0-9a-f]{64}$/.test(digest)) return digest;
  throw new NotFoundError(`Expected a SHA-256 digest, got ${digest.slice(0, 80)}`);
}
