// The blobs a database knows, and which of them have to be there.

import { sql } from "kysely";
import type { StoredBlob } from "./blobs.ts";
import type { Db } from "./database.ts";

export interface KnownBlob extends StoredBlob {
  /** A standing entry or a corpus is made of it; of others the row alone may be left. */
  needed: boolean;
}

/** Work goes on with several at a time: a bucket is mostly waited for. */
const AT_A_TIME = 4;
const PAGE = 500;

/** In the order of their digests. */
export async function* knownBlobs(db: Db): AsyncGenerator<KnownBlob[]> {
  for (let after = "";;) {
    const { rows } = await sql<KnownBlob>`
      select digest, byte_length as "byteLength",
        exists (select from entry where file_digest = digest and status <> 'withdrawn')
          or exists (select from corpus where sha256 = digest) as needed
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
  for await (const page of knownBlobs(db)) {
    const waiting = page.values();
    // All share one iterator: each takes the next blob when it is done with one.
    await Promise.all(Array.from({ length: AT_A_TIME }, async () => {
      for (const blob of waiting) await work(blob);
    }));
  }
}
