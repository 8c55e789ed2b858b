// Whose a submission is, and whether it goes to the board at once. Knows no database and no HTTP.

import { AuthenticationError } from "../errors.ts";
import { type Account, type Caller, mustBeAllowed } from "./caller.ts";

/** What guests may submit: to the board, to the holding area, nothing. */
export const GUEST_POLICIES = ["on", "hold", "off"] as const;
export type GuestPolicy = typeof GUEST_POLICIES[number];

export interface Sender {
  /** Null for a guest. */
  account: Account | null;
  /** Waits in the holding area until a moderator promotes it. */
  held: boolean;
}

/**
 * @throws {AuthenticationError} when guests may not submit.
 * @throws {PermissionError} when an API key lacks the scope "submit".
 */
export function senderOf(caller: Caller | null, guests: GuestPolicy): Sender {
  if (caller !== null) return { account: mustBeAllowed(caller, "submit"), held: false };
  if (guests !== "off") return { account: null, held: guests === "hold" };
  throw needsAccount("submissions");
}

/**
 * Whose a corpus is, null for a guest. Others train on it at once: nothing of it can wait.
 * @throws {AuthenticationError} when guests may not submit, or only to the holding area.
 */
export function corpusSenderOf(caller: Caller | null, guests: GuestPolicy): Account | null {
  if (caller === null && guests === "hold") throw needsAccount("corpora");
  return senderOf(caller, guests).account;
}

function needsAccount(what: string): AuthenticationError {
  return new AuthenticationError(`This board takes ${what} from accounts only`, {
    expected: "a session, or an API key with the scope submit",
    got: "neither",
    fix: "Sign in, or send a key made on your account page as Authorization: Bearer KEY.",
  });
}
