import type { Passkey } from "../lib/storage/account_schema.ts";
import { formatAge } from "./format.ts";
import { TableBox } from "./TableBox.tsx";

interface Props {
  passkeys: readonly Passkey[];
  /** Other ways in. */
  providers: readonly string[];
  now: Date;
}

/** Each passkey with a form to rename it and one to remove it; the last way in has none of these. */
export function AccountPasskeys({ passkeys, providers, now }: Props) {
  const removable = passkeys.length > 1 || providers.length > 0;
  return (
    <>
      {providers.includes("github") && <p>You also sign in with GitHub.</p>}
      {passkeys.length === 1 && providers.length === 0 && (
        <p class="note">
          There is one way into this account. Add a passkey on another device: nobody can send you a
          new one.
        </p>
      )}
      {passkeys.length > 0 && (
        <TableBox label="Passkeys">
          <table class="stack">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Kind</th>
                <th scope="col">Added</th>
                <th scope="col">Rename</th>
                <th scope="col">Remove</th>
              </tr>
            </thead>
            <tbody>
              {passkeys.map((passkey) => (
                <PasskeyLine key={passkey.id} passkey={passkey} removable={removable} now={now} />
              ))}
            </tbody>
          </table>
        </TableBox>
      )}
    </>
  );
}

function PasskeyLine(
  { passkey, removable, now }: { passkey: Passkey; removable: boolean; now: Date },
) {
  const name = passkey.name ?? "Passkey";
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{passkey.backed_up ? "synchronised" : "on one device"}</td>
      <td class="nowrap">{passkey.created_at ? formatAge(passkey.created_at, now) : ""}</td>
      <td>
        <form class="inline" method="post" action="/account">
          <input type="hidden" name="action" value="rename-passkey" />
          <input type="hidden" name="id" value={passkey.id} />
          <input
            name="name"
            required
            maxLength={60}
            defaultValue={name}
            aria-label={`New name of ${name}`}
          />
          <button class="button quiet small" type="submit">Rename</button>
        </form>
      </td>
      <td>
        {removable
          ? (
            <form method="post" action="/account">
              <input type="hidden" name="action" value="remove-passkey" />
              <input type="hidden" name="id" value={passkey.id} />
              <button class="button quiet small" type="submit" aria-label={`Remove ${name}`}>
                Remove
              </button>
            </form>
          )
          : <span class="muted">the last one</span>}
      </td>
    </tr>
  );
}
