import type { Account } from "../lib/accounts/caller.ts";

/** In place of a field for the author: who is signed in needs none. */
export function SentBy({ account }: { account: Account }) {
  return (
    <p class="field">
      Sent by <a href="/account">{account.name}</a>
    </p>
  );
}
