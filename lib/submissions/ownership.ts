// Whose an entry is. Knows no database and no HTTP.

import type { Account } from "../accounts/caller.ts";
import { AuthenticationError, PermissionError } from "../errors.ts";
import type { Entry } from "../storage/entry_schema.ts";
import { withdrawalDigest } from "./withdrawal_key.ts";

/** What somebody shows to have an entry treated as theirs. */
export interface Claimant {
  account: Pick<Account, "id"> | null;
  /** A guest's withdrawal key; empty without one. */
  key: string;
}

type Owned = Pick<Entry, "account_id" | "withdrawal_digest">;

export function isOwner(entry: Owned, { account, key }: Claimant): boolean {
  if (entry.account_id !== null) return entry.account_id === account?.id;
  return entry.withdrawal_digest !== null && withdrawalDigest(key) === entry.withdrawal_digest;
}

/** @throws {AuthenticationError|PermissionError} saying what would have to be shown. */
export function mustOwn(entry: Owned, claimant: Claimant): void {
  if (isOwner(entry, claimant)) return;
  if (entry.account_id === null) {
    throw new PermissionError("This needs the key that was given when the model was submitted", {
      expected: "the withdrawal key of this model",
      got: claimant.key === "" ? "none" : "another key",
      fix: "Open the link you were given on the status page, or ask whoever runs this board.",
    });
  }
  if (claimant.account === null) {
    throw new AuthenticationError("Only its author may do this", {
      expected: "the account the model was submitted with",
      got: "nobody signed in",
      fix: "Sign in, or send an API key of that account.",
    });
  }
  throw new PermissionError("Only its author may do this", {
    expected: "the account the model was submitted with",
    got: "another account",
    fix: "Sign in with the account you submitted it with.",
  });
}
