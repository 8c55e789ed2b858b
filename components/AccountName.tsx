import type { Account } from "../lib/accounts/caller.ts";
import { NAME_LENGTH } from "../lib/accounts/names.ts";
import { authorPath } from "./author_path.ts";
import { FormLine } from "./FormLine.tsx";

/** Who is signed in, and the way to another name. */
export function AccountName({ account }: { account: Account }) {
  return (
    <>
      <p class="crumbs">Account</p>
      <h1>{account.name}</h1>
      <p class="lead">
        {account.role === "author" ? "Author" : `Role: ${account.role}`} ·{" "}
        <a href={authorPath(account.name)}>public page</a>
        {account.role !== "author" && (
          <>
            {" "}· <a href="/moderation">moderation</a>
          </>
        )}
      </p>
      <details class="narrow">
        <summary>Change the name</summary>
        <form class="inside" method="post" action="/account">
          <input type="hidden" name="action" value="rename" />
          <FormLine
            required
            id="name"
            label="Name"
            hint={`Your models get it too; the ledger keeps the one they were sent under. Up to ${NAME_LENGTH} characters.`}
            maxLength={NAME_LENGTH}
            value={account.name}
            invalid={false}
            autocomplete="name"
          />
          <button class="button quiet" type="submit">Change</button>
        </form>
      </details>
    </>
  );
}
