// Accounts for tests, with a session or a key, made by the very library that checks them.

import { makeApiKey } from "../../lib/accounts/api_keys.ts";
import type { Account, Role, Scope } from "../../lib/accounts/caller.ts";
import { nameKey } from "../../lib/accounts/names.ts";
import { placeholderEmail } from "../../lib/accounts/registration.ts";
import type { Services } from "../../lib/services.ts";

type AccountServices = Pick<Services, "auth" | "db">;

let count = 0;

export async function addAccount(
  { auth, db }: AccountServices,
  { name = `Account ${++count}`, role = "author" }: { name?: string; role?: Role } = {},
): Promise<Account> {
  const { internalAdapter } = await auth.$context;
  const { id } = await internalAdapter.createUser({
    name,
    nameKey: nameKey(name),
    email: placeholderEmail(crypto.randomUUID()),
    emailVerified: false,
  }, { method: "passkey" });
  if (role !== "author") {
    await db.updateTable("auth_user").set({ role }).where("id", "=", id).execute();
  }
  return { id, name, role };
}

/** The Cookie header of a session that was just opened. */
export async function sessionCookie({ auth }: AccountServices, { id }: Account): Promise<string> {
  const { internalAdapter, authCookies, secret } = await auth.$context;
  const { token } = await internalAdapter.createSession(id);
  const key = await crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const signature = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(token));
  const signed = `${token}.${btoa(String.fromCharCode(...new Uint8Array(signature)))}`;
  return `${authCookies.sessionToken.name}=${encodeURIComponent(signed)}`;
}

/** A key of an account, as programs send it. */
export async function bearer(
  { auth, db }: AccountServices,
  account: Account,
  scopes: Scope[] = ["submit"],
  days: number | null = null,
): Promise<{ authorization: string }> {
  const key = await makeApiKey(auth, db, account, { name: "test", scopes, days });
  return { authorization: `Bearer ${key}` };
}
