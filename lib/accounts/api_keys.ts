// API keys of an account: made, listed, revoked. Server only.

import type { Kysely } from "kysely";
import { PermissionError, ValidationError } from "../errors.ts";
import type { ApiKey } from "../storage/account_schema.ts";
import type { Database } from "../storage/schema.ts";
import { type Auth, KEY_PREFIX } from "./auth_options.ts";
import { type Account, ACTS, ROLES, type Scope, SCOPES } from "./caller.ts";

/** Under which scopes stand in what the library calls permissions. */
const RESOURCE = "tinyproof";
const DAY_SECONDS = 24 * 60 * 60;
const MOST_KEYS = 50;

const KEY_FORM = new RegExp(`^${KEY_PREFIX}[A-Za-z]{64}$`);

/** Whether a text has the form of a key at all. */
export function isApiKey(text: string): boolean {
  return KEY_FORM.test(text);
}

export function apiKeyScopes(permissions: unknown): Scope[] {
  const given: unknown = Object(permissions)[RESOURCE];
  return SCOPES.filter((scope) => Array.isArray(given) && given.includes(scope));
}

/** Scopes that are good for something in the hands of this role. */
export function scopesOf({ role }: Account): Scope[] {
  const rank = ROLES.indexOf(role);
  return SCOPES.filter((scope) =>
    Object.values(ACTS).some((act) => act.scope === scope && ROLES.indexOf(act.role) <= rank)
  );
}

export interface KeyWish {
  name: string;
  scopes: Scope[];
  /** Null: until it is revoked. */
  days: number | null;
}

/**
 * @returns the key, which is stored nowhere.
 * @throws {PermissionError} when the role of the account does not cover a scope.
 * @throws {ValidationError} when there are too many keys.
 */
export async function makeApiKey(
  auth: Auth,
  db: Kysely<Database>,
  account: Account,
  { name, scopes, days }: KeyWish,
): Promise<string> {
  const allowed = scopesOf(account);
  const beyond = scopes.find((scope) => !allowed.includes(scope));
  if (beyond) {
    throw new PermissionError(`Your role does not cover the scope "${beyond}"`, {
      expected: allowed.join(", "),
      got: beyond,
      fix: "Leave that scope out, or ask an admin of this board for the role.",
    });
  }
  if ((await apiKeysOf(db, account.id)).length >= MOST_KEYS) {
    throw new ValidationError(`There are ${MOST_KEYS} keys already`, {
      expected: `at most ${MOST_KEYS} keys`,
      fix: "Revoke one that is not used any more.",
    });
  }
  const { key } = await auth.api.createApiKey({
    body: {
      name,
      userId: account.id,
      expiresIn: days === null ? null : days * DAY_SECONDS,
      permissions: { [RESOURCE]: scopes },
    },
  });
  return key;
}

/** Newest first, those that have expired left out. */
export function apiKeysOf(db: Kysely<Database>, accountId: string): Promise<ApiKey[]> {
  return db.selectFrom("auth_api_key").selectAll().where("reference_id", "=", accountId)
    .where((eb) => eb.or([eb("expires_at", "is", null), eb("expires_at", ">", new Date())]))
    .orderBy("created_at", "desc").orderBy("id").execute();
}

/** From the next request on it is refused. */
export async function revokeApiKey(
  db: Kysely<Database>,
  { id, accountId }: { id: string; accountId: string },
): Promise<void> {
  await db.deleteFrom("auth_api_key").where("id", "=", id)
    .where("reference_id", "=", accountId).execute();
}
