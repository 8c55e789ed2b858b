// Who sends a submission, as far as quotas and ownership go: an account, or somebody at an address.

import { type Kysely, sql } from "kysely";
import type { Account } from "../accounts/caller.ts";
import { toHex, utf8 } from "../bytes.ts";
import { sha256Hex } from "../hash.ts";
import type { Database } from "../storage/schema.ts";

/** Whom a submission counts for: one of the two is null. */
export interface Counted {
  account: Pick<Account, "id" | "name"> | null;
  /** Keyed digest of the address: it tells whether two are the same and nothing else. */
  address: string | null;
}

/** How long it is known from which address a guest's entry came. */
const ADDRESS_KEPT = sql`interval '30 days'`;

export function accountSender(account: Account): Counted {
  return { account, address: null };
}

/** @param network the guest's address, or the network that is one person's. */
export async function guestSender(db: Kysely<Database>, network: string): Promise<Counted> {
  const key = await addressKey(db);
  return { account: null, address: await sha256Hex(utf8("sender/v1"), utf8(key), utf8(network)) };
}

/** Of this installation: without it, addresses could be found by trying them all. */
async function addressKey(db: Kysely<Database>): Promise<string> {
  const find = () =>
    db.selectFrom("server_secret").select("value").where("name", "=", "address")
      .executeTakeFirst();
  const found = await find();
  if (found) return found.value;
  const value = toHex(crypto.getRandomValues(new Uint8Array(32)));
  await db.insertInto("server_secret").values({ name: "address", value })
    .onConflict((conflict) => conflict.doNothing()).execute();
  return (await find())!.value;
}

/** Columns of a row that is the sender's. */
export function ownerColumns({ account, address }: Counted) {
  return { account_id: account?.id ?? null, sender: address };
}

/** Forgets where guests' entries of long ago came from. */
export async function forgetAddresses(db: Kysely<Database>): Promise<void> {
  await db.updateTable("entry").set({ sender: null })
    .where("sender", "is not", null)
    .where("created_at", "<", sql<Date>`now() - ${ADDRESS_KEPT}`).execute();
}
