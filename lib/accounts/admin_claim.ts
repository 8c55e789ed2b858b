// The one-time link by which somebody who can read the server's output becomes the first admin.
// Server only. Only a hash of the token is stored; a new start makes a new link.

import type { Kysely } from "kysely";
import { toHex, utf8 } from "../bytes.ts";
import { PermissionError } from "../errors.ts";
import { sha256Hex } from "../hash.ts";
import type { Database } from "../storage/schema.ts";
import { adminExists, setRole } from "./store.ts";

/** The token of a new link, in place of any before; null when there is an admin. */
export async function openClaim(db: Kysely<Database>, at: Date): Promise<string | null> {
  if (await adminExists(db)) {
    await db.deleteFrom("admin_claim").execute();
    return null;
  }
  const token = toHex(crypto.getRandomValues(new Uint8Array(32)));
  const row = { token_hash: await hashed(token), created_at: at };
  await db.insertInto("admin_claim").values({ id: 1, ...row })
    .onConflict((conflict) => conflict.column("id").doUpdateSet(row)).execute();
  return token;
}

/** Whether the link of this token still makes somebody admin. */
export async function isOpenClaim(db: Kysely<Database>, token: string): Promise<boolean> {
  const found = await db.selectFrom("admin_claim").select("id")
    .where("token_hash", "=", await hashed(token)).executeTakeFirst();
  return found !== undefined && !await adminExists(db);
}

/** Makes an account the first admin, once. @throws {PermissionError} when the link is not valid. */
export async function claimAdmin(
  db: Kysely<Database>,
  { token, accountId, at }: { token: string; accountId: string; at: Date },
): Promise<void> {
  const hash = await hashed(token);
  await db.transaction().execute(async (trx) => {
    // Deleting the row is what makes it one-time: of two at once the second finds none.
    const used = await trx.deleteFrom("admin_claim").where("token_hash", "=", hash)
      .returning("id").executeTakeFirst();
    if (!used || await adminExists(trx)) throw notValid();
    await setRole(trx, { id: accountId, role: "admin", by: "the link of the first start", at });
  });
}

function notValid(): PermissionError {
  return new PermissionError("This link is not valid, or not any more", {
    expected: "the link printed by the last start of the server, while there is no admin",
    fix: "Start the server again and take the link it prints, or ask an admin.",
  });
}

function hashed(token: string): Promise<string> {
  return sha256Hex(utf8("admin-claim/v1"), utf8(token));
}
