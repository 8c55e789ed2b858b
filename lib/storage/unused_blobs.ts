// Files that nothing refers to any more. Whoever adds or drops a reference holds the file's lock.

import { type Kysely, sql, type Transaction } from "kysely";
import { IntegrityError } from "../errors.ts";
import type { BlobStore, StoredBlob } from "./blobs.ts";
import type { Database } from "./schema.ts";

/**
 * Writes the row of a file that is in the store, for a transaction that refers to it.
 *
 * @throws {IntegrityError} when somebody else removed the file since it was put there.
 */
export async function claimBlob(
  trx: Transaction<Database>,
  blobs: BlobStore,
  { digest, byteLength }: StoredBlob,
): Promise<void> {
  await lockBlob(trx, digest);
  if (!await blobs.has(digest)) {
    throw new IntegrityError("The same file was removed from this board at this very moment", {
      expected: `file ${digest}`,
      got: "nothing",
      fix: "Send it again.",
    });
  }
  await trx.insertInto("blob").values({ digest, byte_length: byteLength })
    .onConflict((conflict) => conflict.doNothing()).execute();
}

/** Removes the file unless an entry that stands, a corpus, a state or an engine is it. The row stays. */
export async function removeUnusedBlob(
  { db, blobs }: { db: Kysely<Database>; blobs: BlobStore },
  digest: string,
): Promise<boolean> {
  return await db.transaction().execute(async (trx) => {
    await lockBlob(trx, digest);
    const entry = await trx.selectFrom("entry").select("id").where("file_digest", "=", digest)
      .where("status", "<>", "withdrawn").executeTakeFirst();
    const corpus = await trx.selectFrom("corpus").select("sha256").where("sha256", "=", digest)
      .executeTakeFirst();
    const state = await trx.selectFrom("kept_state").select("leaf").where("digest", "=", digest)
      .executeTakeFirst();
    const spot = await trx.selectFrom("spot_state").select("leaf").where("digest", "=", digest)
      .executeTakeFirst();
    const engine = await trx.selectFrom("engine_binary").select("digest")
      .where("digest", "=", digest).executeTakeFirst();
    if (entry || corpus || state || spot || engine || !await blobs.has(digest)) return false;
    await blobs.delete(digest);
    return true;
  });
}

async function lockBlob(trx: Transaction<Database>, digest: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${digest}, 0))`.execute(trx);
}
