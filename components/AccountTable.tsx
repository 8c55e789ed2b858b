import { type Account, type Role, ROLES } from "../lib/accounts/caller.ts";
import type { Decision } from "../lib/storage/moderation_schema.ts";
import { authorPath } from "./author_path.ts";
import { formatAge } from "./format.ts";
import { TableBox } from "./TableBox.tsx";

interface Props {
  accounts: readonly { id: string; name: string; role: Role; created_at: Date }[];
  bans: readonly Decision[];
  /** Who looks at it. */
  own: Account;
  /** Whether that one gives roles. */
  givesRoles: boolean;
  now: Date;
}

/** Accounts, newest first, with a form to give another role. */
export function AccountTable({ accounts, bans, own, givesRoles, now }: Props) {
  return (
    <TableBox label="Accounts">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Since</th>
            <th scope="col">Banned</th>
            <th scope="col">Role</th>
          </tr>
        </thead>
        <tbody>
          {accounts.map((account) => {
            const ban = bans.find(({ account_id }) => account_id === account.id);
            return (
              <tr key={account.id}>
                <th scope="row">
                  <a href={authorPath(account.name)}>{account.name}</a>
                </th>
                <td class="nowrap" data-label="Since">{formatAge(account.created_at, now)}</td>
                <td data-label="Banned">{ban ? ban.reason : "no"}</td>
                <td>
                  {givesRoles && account.id !== own.id
                    ? <RoleForm account={account} />
                    : account.role}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </TableBox>
  );
}

function RoleForm({ account: { id, name, role } }: { account: Account }) {
  return (
    <form class="inline" method="post" action="/moderation/accounts">
      <input type="hidden" name="account" value={id} />
      <select name="role" aria-label={`Role of ${name}`}>
        {ROLES.map((each) => (
          <option key={each} value={each} selected={each === role}>{each}</option>
        ))}
      </select>
      <button class="button quiet small" type="submit" aria-label={`Give ${name} that role`}>
        Give
      </button>
    </form>
  );
}
