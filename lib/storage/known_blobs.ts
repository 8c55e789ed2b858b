// The blobs a database knows, and which of them have to be there.

import { sql } from "kysely";
import type { StoredBlob } from "./blobs.ts";
import type { Db } from "./database.ts";
import { sideBySide } from "./side_by_side.ts";

export interface KnownBlob extends StoredBlob {
  /** A standing entry, a corpus or an engine is made of it; of others the row alone may be left. */
  needed: boolean;
}

/** A bucket is mostly waited for. */
const AT_A_TIME = 4;
const PAGE = 500;

/** In the order of their digests. */
export async function* knownBlobs(db: Db): AsyncGenerator<KnownBlob[]> {
  for (let after = "";;) {
    const { rows } = await sql<KnownBlob>`
      select digest, byte_length as "byteLength",
        exists (select from entry where file_digest = blob.digest and status <> 'withdrawn')
          or exists (select from corpus where sha256 = blob.digest)
          or exists (select from engine_binary where engine_binary.digest = blob.digest) as needed
      from blob where digest > ${after} order by digest limit ${sql.lit(PAGE)}`.execute(db);
    if (rows.length === 0) return;
    yield rows;
    after = rows[rows.length - 1].digest;
  }
}

/** Some at a time; the first failure ends it. */
export async function forEachKnownBlob(
  db: Db,
  work: (blob: KnownBlob) => Promise<void>,
): Promise<void> {
  for await (const page of knownBlobs(db)) await sideBySide(page, AT_A_TIME, work);
}
