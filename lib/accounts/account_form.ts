// What the forms of the account page do: one of a few actions each. Server only.

import { z } from "zod";
import { NotFoundError, PermissionError, ValidationError } from "../errors.ts";
import type { Services } from "../services.ts";
import { printable, visible } from "../submissions/text_fields.ts";
import { parseDocument } from "../verification/schema.ts";
import { makeApiKey, revokeApiKey } from "./api_keys.ts";
import { type Account, ROLES, SCOPES } from "./caller.ts";
import { NAME_LENGTH } from "./names.ts";
import {
  checkNewName,
  deleteAccount,
  passkeysOf,
  providersOf,
  renameAccount,
  setRole,
} from "./store.ts";

/** Most characters of what somebody calls a passkey or a key. */
export const LABEL_LENGTH = 60;
export const KEY_DAYS = ["30", "90", "365", "never"] as const;

const label = visible(LABEL_LENGTH);
const id = z.string().regex(/^[\w-]{1,64}$/, "the id of one of yours");
const scopes = z.string().transform((text) => text.split(","))
  .pipe(z.array(z.enum(SCOPES)).min(1, "at least one scope"));

const actionSchema = z.discriminatedUnion("action", [
  z.object({ action: z.literal("rename"), name: printable(1, NAME_LENGTH) }),
  z.object({ action: z.literal("rename-passkey"), id, name: label }),
  z.object({ action: z.literal("remove-passkey"), id }),
  z.object({ action: z.literal("make-key"), name: label, scopes, days: z.enum(KEY_DAYS) }),
  z.object({ action: z.literal("revoke-key"), id }),
]);

/**
 * @returns the key that was made, which nobody can see again; null otherwise.
 * @throws {ValidationError} for fields that are wrong.
 */
export async function applyAccountForm(
  services: Pick<Services, "auth" | "db" | "now">,
  account: Account,
  fields: Record<string, string>,
): Promise<string | null> {
  const { auth, db } = services;
  // A form without a checked box has no such field at all.
  const form = parseDocument(actionSchema, { scopes: "", ...fields }, "form");
  switch (form.action) {
    case "rename":
      await rename(services, account, form.name);
      return null;
    case "rename-passkey":
      await renamePasskey(services, account, form);
      return null;
    case "remove-passkey":
      await removePasskey(services, account, form.id);
      return null;
    case "make-key": {
      const days = form.days === "never" ? null : Number(form.days);
      return await makeApiKey(auth, db, account, { ...form, days });
    }
    case "revoke-key":
      await revokeApiKey(db, { id: form.id, accountId: account.id });
      return null;
  }
}

async function rename(
  { db, now }: Pick<Services, "db" | "now">,
  { id, name: before }: Account,
  wanted: string,
): Promise<void> {
  const name = await checkNewName(db, wanted, id);
  if (name === before) return;
  await db.transaction().execute((trx) => renameAccount(trx, { id, name, at: now() }));
}

async function renamePasskey(
  { db }: Pick<Services, "db">,
  account: Account,
  { id, name }: { id: string; name: string },
): Promise<void> {
  const changed = await db.updateTable("auth_passkey").set({ name }).where("id", "=", id)
    .where("user_id", "=", account.id).returning("id").executeTakeFirst();
  if (!changed) throw noPasskey();
}

/** The last way in stays: there is no other to get a new one. */
async function removePasskey(
  { db }: Pick<Services, "db">,
  account: Account,
  id: string,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    // Of two at once the second waits here, and finds how many are left.
    await trx.selectFrom("auth_user").select("id").where("id", "=", account.id).forUpdate()
      .execute();
    const passkeys = await passkeysOf(trx, account.id);
    if (!passkeys.some((passkey) => passkey.id === id)) throw noPasskey();
    if (passkeys.length === 1 && (await providersOf(trx, account.id)).length === 0) {
      throw new ValidationError("The last passkey stays", {
        expected: "another passkey to sign in with",
        got: "one passkey",
        fix: "Add another one first, or delete the account.",
      });
    }
    await trx.deleteFrom("auth_passkey").where("id", "=", id).execute();
  });
}

function noPasskey(): NotFoundError {
  return new NotFoundError("You have no such passkey", { fix: "Load the page again." });
}

const deletionSchema = z.object({
  name: z.string(),
  author: z.enum(["keep", "anonymous"], { error: "keep or anonymous" }),
});

/** @throws {ValidationError} unless the name was typed, as it is asked for. */
export async function applyDeletion(
  { db, now }: Pick<Services, "db" | "now">,
  { id, name }: Account,
  fields: Record<string, string>,
): Promise<void> {
  const form = parseDocument(deletionSchema, fields, "form");
  if (form.name.trim() !== name) {
    throw new ValidationError("That is not the name of this account", {
      path: "name",
      expected: name,
      got: form.name.slice(0, 80),
      fix: "Type the name as it is shown, if the account is to be deleted.",
    });
  }
  const keepName = form.author === "keep";
  await db.transaction().execute((trx) => deleteAccount(trx, { id, keepName, at: now() }));
}

const roleSchema = z.object({ account: id, role: z.enum(ROLES) });

/** @throws {PermissionError} for one's own role: another admin takes it away. */
export async function applyRole(
  { db, now }: Pick<Services, "db" | "now">,
  admin: Account,
  fields: Record<string, string>,
): Promise<void> {
  const { account, role } = parseDocument(roleSchema, fields, "form");
  if (account === admin.id) {
    throw new PermissionError("Nobody changes their own role", {
      expected: "the account of somebody else",
      got: admin.name,
      fix: "Ask another admin.",
    });
  }
  await db.transaction().execute((trx) =>
    setRole(trx, { id: account, role, by: admin.id, at: now() })
  );
}
