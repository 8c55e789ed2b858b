// Who is asking, and what they may do. Knows no database and no HTTP.

import { AuthenticationError, PermissionError } from "../errors.ts";

export const ROLES = ["author", "editor", "admin"] as const;
/** Each may do what those before it may. */
export type Role = typeof ROLES[number];

export const SCOPES = ["submit", "worker", "admin"] as const;
/** What an API key is good for. */
export type Scope = typeof SCOPES[number];

export interface Account {
  id: string;
  /** Shown as the author of its entries; no two accounts share one. */
  name: string;
  role: Role;
}

export interface Caller {
  account: Account;
  /** Of the API key that was sent; null for a session, which may do all that its role may. */
  scopes: readonly Scope[] | null;
}

/** What somebody may be allowed to do: the role it takes and the scope of a key that covers it. */
export const ACTS = {
  /** Send models and corpora, withdraw and revise one's own. */
  submit: { role: "author", scope: "submit" },
  /** Take jobs and give their results. */
  work: { role: "admin", scope: "worker" },
  /** Feature, hide, decide on flags and on what waits in the holding area. */
  moderate: { role: "editor", scope: "admin" },
  /** Roles, bans, keys of workers, dead jobs. */
  administer: { role: "admin", scope: "admin" },
} as const satisfies Record<string, { role: Role; scope: Scope }>;
export type Act = keyof typeof ACTS;

export function may(caller: Caller | null, act: Act): boolean {
  if (caller === null) return false;
  const { role, scope } = ACTS[act];
  if (ROLES.indexOf(caller.account.role) < ROLES.indexOf(role)) return false;
  return caller.scopes === null || caller.scopes.includes(scope);
}

/**
 * The account of a session: what an account is, is not for its keys to change.
 * @throws {AuthenticationError} when nobody is signed in.
 * @throws {PermissionError} for an API key.
 */
export function mustHaveSession(caller: Caller | null): Account {
  if (caller === null) throw needsAccount();
  if (caller.scopes === null) return caller.account;
  throw new PermissionError("This takes a session, not an API key", {
    expected: "a browser that is signed in",
    got: "an API key",
    fix: "Sign in and do it on your account page.",
  });
}

function needsAccount(): AuthenticationError {
  return new AuthenticationError("This needs an account", {
    expected: "a session, or an API key in the header Authorization: Bearer …",
    got: "neither",
    fix: "Sign in, or send a key made on your account page.",
  });
}

/**
 * @returns the account of a caller that may.
 * @throws {AuthenticationError} when nobody is signed in.
 * @throws {PermissionError} naming the role or the scope that is missing.
 */
export function mustBeAllowed(caller: Caller | null, act: Act): Account {
  if (caller === null) throw needsAccount();
  if (may(caller, act)) return caller.account;
  const { role, scope } = ACTS[act];
  if (caller.scopes !== null && !caller.scopes.includes(scope)) {
    throw new PermissionError(`This needs an API key with the scope "${scope}"`, {
      expected: scope,
      got: caller.scopes.join(", ") || "none",
      fix: "Make a key with that scope on your account page.",
    });
  }
  throw new PermissionError(`This needs the role "${role}"`, {
    expected: role,
    got: caller.account.role,
    fix: "Ask an admin of this board for it.",
  });
}
