// Engines that this board has run: kept, so that an old recipe replays on the engine it names.

import { type Kysely, sql } from "kysely";
import type { BlobStore } from "../storage/blobs.ts";
import type { EngineBinary } from "../storage/replay_schema.ts";
import type { Database } from "../storage/schema.ts";
import { claimBlob } from "../storage/unused_blobs.ts";

/** Keeps the engine's bytes; to be said at every start of a server. */
export async function keepEngine(
  { db, blobs }: { db: Kysely<Database>; blobs: BlobStore },
  binary: Uint8Array,
): Promise<void> {
  const stored = await blobs.putBytes(binary);
  await db.transaction().execute(async (trx) => {
    await claimBlob(trx, blobs, stored);
    await trx.insertInto("engine_binary")
      .values({ digest: stored.digest, byte_length: stored.byteLength })
      .onConflict((conflict) => conflict.column("digest").doUpdateSet({ started_at: sql`now()` }))
      .execute();
  });
}

/** One that is kept, or null. */
export async function keptEngine(
  db: Kysely<Database>,
  digest: string,
): Promise<EngineBinary | null> {
  return await db.selectFrom("engine_binary").selectAll().where("digest", "=", digest)
    .executeTakeFirst() ?? null;
}

/** The one that was started last comes first. */
export function keptEngines(db: Kysely<Database>): Promise<EngineBinary[]> {
  return db.selectFrom("engine_binary").selectAll()
    .orderBy("started_at", "desc").orderBy("digest").execute();
}
