// Who a request comes from: a session by its cookie, a program by its API key. Server only.

import { AuthenticationError } from "../errors.ts";
import type { Db } from "../storage/database.ts";
import { apiKeyScopes, isApiKey } from "./api_keys.ts";
import { type Auth, COOKIE_PREFIX } from "./auth_options.ts";
import { type Caller, type Role, ROLES } from "./caller.ts";
import { accountById } from "./store.ts";

export interface Recognised {
  caller: Caller | null;
  /** Set-Cookie lines: a session that goes on, or one that is over. */
  cookies: string[];
}

const NOBODY: Recognised = { caller: null, cookies: [] };
const SESSION_COOKIE = new RegExp(`(?:^|;\\s*)(?:__Secure-)?${COOKIE_PREFIX}\\.session_token=`);

/** What the request shows to be recognised by, without asking the database. */
export function credentialsIn(headers: Headers): { key: string | null; session: boolean } {
  const bearer = /^Bearer(?:\s(.*))?$/i.exec(headers.get("authorization") ?? "");
  const key = bearer && (bearer[1] ?? "").trim();
  return { key, session: SESSION_COOKIE.test(headers.get("cookie") ?? "") };
}

/** Whether somebody may be behind the request: what it is answered with is for them alone. */
export function showsCredentials(headers: Headers): boolean {
  const { key, session } = credentialsIn(headers);
  return key !== null || session;
}

/**
 * A key counts before a cookie: who sends one means it.
 * @throws {AuthenticationError} for a key that is not valid; a session that is over is a guest.
 */
export async function recognise(auth: Auth, db: Db, headers: Headers): Promise<Recognised> {
  const { key, session } = credentialsIn(headers);
  if (key !== null) return { caller: await callerByKey(auth, db, key), cookies: [] };
  if (!session) return NOBODY;
  const { response, headers: answered } = await auth.api.getSession({
    headers,
    returnHeaders: true,
  });
  const cookies = answered.getSetCookie();
  if (!response) return { caller: null, cookies };
  const { id, name, role } = response.user;
  return { caller: { account: { id, name, role: asRole(role) }, scopes: null }, cookies };
}

async function callerByKey(auth: Auth, db: Db, key: string): Promise<Caller> {
  if (!isApiKey(key)) throw notValid("something that is not a key of this board");
  const checked = await auth.api.verifyApiKey({ body: { key } });
  if (!checked.valid || checked.key === null) {
    const expired = checked.error?.code === "KEY_EXPIRED";
    throw notValid(
      expired ? "a key that has expired" : "a key that was never made, or was revoked",
    );
  }
  const account = await accountById(db, checked.key.referenceId);
  if (account === null) throw notValid("a key of an account that is gone");
  return { account, scopes: apiKeyScopes(checked.key.permissions) };
}

/** The key itself is never repeated: errors are logged and shown. */
function notValid(got: string): AuthenticationError {
  return new AuthenticationError("This API key is not valid", {
    expected: "Authorization: Bearer KEY with a key of your account page",
    got,
    fix: "Make a new key on your account page, or send no key to read as a guest.",
  });
}

function asRole(role: unknown): Role {
  return ROLES.find((known) => known === role) ?? "author";
}
