// Accounts as queries: who has a name, roles, what deleting one leaves behind.

import { type Kysely, sql, type Transaction } from "kysely";
import { NotFoundError, ValidationError } from "../errors.ts";
import type { Entry } from "../storage/entry_schema.ts";
import { appendEvent } from "../storage/ledger.ts";
import type { Database } from "../storage/schema.ts";
import type { Passkey } from "../storage/account_schema.ts";
import { visible } from "../submissions/text_fields.ts";
import { parseDocument } from "../verification/schema.ts";
import { z } from "zod";
import type { Account, Role } from "./caller.ts";
import { ANONYMOUS, isReserved, NAME_LENGTH, nameKey } from "./names.ts";

type Trx = Transaction<Database>;

const nameSchema = z.object({ name: visible(NAME_LENGTH) });

export async function accountById(db: Kysely<Database>, id: string): Promise<Account | null> {
  return await db.selectFrom("auth_user").select(["id", "name", "role"]).where("id", "=", id)
    .executeTakeFirst() ?? null;
}

/** The account whose name this is, in whatever case and width it is written. */
export async function accountByName(db: Kysely<Database>, name: string): Promise<Account | null> {
  return await db.selectFrom("auth_user").select(["id", "name", "role"])
    .where("name_key", "=", nameKey(name)).executeTakeFirst() ?? null;
}

/**
 * Nobody speaks in the name of an account but the account.
 * @throws {ValidationError} when a guest says it is somebody with an account.
 */
export async function refuseNameOfAccount(db: Kysely<Database>, author: string): Promise<void> {
  if (await accountByName(db, author) === null) return;
  throw new ValidationError(`The name "${author}" belongs to an account`, {
    path: "author",
    expected: "a name that no account has",
    got: author,
    fix: "Sign in, or send an API key of that account, or say another name.",
  });
}

/**
 * A name somebody may take: of no other account, and not the author of anybody else's entries, so
 * that nobody gets models by taking a name.
 *
 * @param own the account that asks for another name.
 * @throws {ValidationError} saying why not.
 */
export async function checkNewName(
  db: Kysely<Database>,
  text: string,
  own: string | null = null,
): Promise<string> {
  const { name } = parseDocument(nameSchema, { name: text }, "account");
  const owner = await accountByName(db, name);
  const taken = isReserved(name) || (owner !== null && owner.id !== own) ||
    await isAuthorOfOthers(db, name, own);
  if (!taken) return name;
  throw new ValidationError(`The name "${name}" is taken`, {
    path: "name",
    expected: "a name that no account, no author of a model and no part of this board has",
    got: name,
    fix: "Choose another name.",
  });
}

async function isAuthorOfOthers(
  db: Kysely<Database>,
  name: string,
  own: string | null,
): Promise<boolean> {
  let query = db.selectFrom("entry").select("id").where((eb) =>
    eb.or([eb("author", "=", name), eb(eb.fn("lower", ["author"]), "=", nameKey(name))])
  );
  if (own !== null) query = query.where("account_id", "is distinct from", own);
  return await query.limit(1).executeTakeFirst() !== undefined;
}

/** `wanted`, or with a number behind it, so that an account elsewhere always finds one here. */
export async function freeName(db: Kysely<Database>, wanted: string): Promise<string> {
  for (let number = 1;; number++) {
    const suffix = number === 1 ? "" : `-${number}`;
    try {
      return await checkNewName(db, wanted.slice(0, NAME_LENGTH - suffix.length) + suffix);
    } catch (error) {
      if (!(error instanceof ValidationError)) throw error;
    }
  }
}

/** Newest first. */
export function listAccounts(db: Kysely<Database>, { limit, offset }: Page) {
  return db.selectFrom("auth_user").select(["id", "name", "role", "created_at"])
    .orderBy("created_at", "desc").orderBy("id").limit(limit).offset(offset).execute();
}

export async function countAccounts(db: Kysely<Database>): Promise<number> {
  const { n } = await db.selectFrom("auth_user")
    .select((eb) => eb.fn.countAll<number>().as("n")).executeTakeFirstOrThrow();
  return n;
}

interface Page {
  limit: number;
  offset: number;
}

export async function adminExists(db: Kysely<Database>): Promise<boolean> {
  const found = await db.selectFrom("auth_user").select("id").where("role", "=", "admin").limit(1)
    .executeTakeFirst();
  return found !== undefined;
}

/** @throws {NotFoundError} */
export async function setRole(
  trx: Trx,
  { id, role, by, at }: { id: string; role: Role; by: string; at: Date },
): Promise<void> {
  const changed = await trx.updateTable("auth_user").set({ role, updated_at: at })
    .where("id", "=", id).returning("id").executeTakeFirst();
  if (!changed) throw new NotFoundError(`No account ${id}`);
  await appendEvent(trx, "role", { account: id, role, by }, at);
}

/** The entries go along, and the rater of the lab: their author is the account's name. */
export async function renameAccount(
  trx: Trx,
  { id, name, at }: { id: string; name: string; at: Date },
): Promise<void> {
  await trx.updateTable("auth_user").set({ name, name_key: nameKey(name), updated_at: at })
    .where("id", "=", id).execute();
  await setAuthor(trx, { id, author: name, at });
}

/** Sessions, passkeys, identities and keys end with the account; its entries and scores stay. */
export async function deleteAccount(
  trx: Trx,
  { id, keepName, at }: { id: string; keepName: boolean; at: Date },
): Promise<void> {
  if (!keepName) await setAuthor(trx, { id, author: ANONYMOUS, at });
  await trx.updateTable("entry").set({ account_id: null }).where("account_id", "=", id).execute();
  // Nobody can go on as this rater.
  await trx.updateTable("lab_rater").set({ account_id: null }).where("account_id", "=", id)
    .execute();
  await trx.deleteFrom("auth_user").where("id", "=", id).execute();
  await appendEvent(trx, "account-deleted", { account: id }, at);
}

async function setAuthor(
  trx: Trx,
  { id, author, at }: { id: string; author: string; at: Date },
): Promise<void> {
  await trx.updateTable("lab_rater").set({ name: author }).where("account_id", "=", id)
    .where("kind", "=", "human").execute();
  const changed = await trx.updateTable("entry").set({ author, updated_at: sql`now()` })
    .where("account_id", "=", id).returning("id").execute();
  if (changed.length > 0) {
    await appendEvent(trx, "author", { account: id, author, entries: changed.length }, at);
  }
}

/** Oldest first. */
export function passkeysOf(db: Kysely<Database>, accountId: string): Promise<Passkey[]> {
  return db.selectFrom("auth_passkey").selectAll().where("user_id", "=", accountId)
    .orderBy("created_at").orderBy("id").execute();
}

/** Where else an account can sign in with: "github". */
export async function providersOf(db: Kysely<Database>, accountId: string): Promise<string[]> {
  const rows = await db.selectFrom("auth_identity").select("provider_id")
    .where("user_id", "=", accountId).orderBy("provider_id").execute();
  return rows.map(({ provider_id }) => provider_id);
}

export type OwnEntry = Pick<
  Entry,
  "id" | "name" | "status" | "provenance" | "exact_count" | "visibility" | "created_at"
>;

const OWN_ENTRIES = 200;

/** The newest submissions of an account. */
export function entriesOf(db: Kysely<Database>, accountId: string): Promise<OwnEntry[]> {
  return db.selectFrom("entry")
    .select(["id", "name", "status", "provenance", "exact_count", "visibility", "created_at"])
    .where("account_id", "=", accountId)
    .orderBy("created_at", "desc").orderBy("id").limit(OWN_ENTRIES).execute();
}
