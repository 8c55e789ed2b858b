import type { Scope } from "../lib/accounts/caller.ts";
import type { ApiKey } from "../lib/storage/account_schema.ts";
import { formatAge, formatInstant } from "./format.ts";
import { TableBox } from "./TableBox.tsx";

interface Props {
  keys: readonly ApiKey[];
  /** What keys of this account may be good for. */
  scopes: readonly Scope[];
  /** A key just made: nobody sees it again. */
  made: string | null;
  now: Date;
}

const SCOPE_WORDS: Record<Scope, string> = {
  submit: "submit models and corpora",
  worker: "take jobs and give results",
  admin: "moderate and administer",
};

/** Keys for programs: the new one, those there are, and the form for another. */
export function AccountKeys({ keys, scopes, made, now }: Props) {
  return (
    <>
      {made && <MadeKey value={made} />}
      {keys.length > 0 && <KeyTable keys={keys} now={now} />}
      <details class="narrow" open={keys.length === 0}>
        <summary>Make a key</summary>
        <KeyForm scopes={scopes} />
      </details>
    </>
  );
}

function MadeKey({ value }: { value: string }) {
  return (
    <div class="note good" role="status">
      <p>
        <strong>The new key.</strong> Copy it now: it is stored nowhere, and not shown again.
      </p>
      <pre class="preview" tabIndex={0} id="made-key">{value}</pre>
      <p class="small">
        Programs send it as <code>Authorization: Bearer KEY</code>; the command line reads it from
        {" "}
        <code>TINYPROOF_KEY</code>.
      </p>
    </div>
  );
}

function KeyTable({ keys, now }: Pick<Props, "keys" | "now">) {
  return (
    <TableBox label="API keys">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Begins</th>
            <th scope="col">Good for</th>
            <th scope="col">Last used</th>
            <th scope="col">Ends</th>
            <th scope="col">Revoke</th>
          </tr>
        </thead>
        <tbody>{keys.map((key) => <KeyLine key={key.id} apiKey={key} now={now} />)}</tbody>
      </table>
    </TableBox>
  );
}

function KeyLine({ apiKey, now }: { apiKey: ApiKey; now: Date }) {
  const { id, name, start, permissions, last_request, expires_at } = apiKey;
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        <code>{start}…</code>
      </td>
      <td data-label="Good for">{scopesIn(permissions)}</td>
      <td data-label="Last used">{last_request ? formatAge(last_request, now) : "never"}</td>
      <td data-label="Ends" class="nowrap">
        {expires_at ? formatInstant(expires_at).slice(0, 10) : "when revoked"}
      </td>
      <td>
        <form method="post" action="/account">
          <input type="hidden" name="action" value="revoke-key" />
          <input type="hidden" name="id" value={id} />
          <button class="button quiet small" type="submit" aria-label={`Revoke ${name}`}>
            Revoke
          </button>
        </form>
      </td>
    </tr>
  );
}

/** Of the JSON the library keeps. */
function scopesIn(permissions: string | null): string {
  const scopes: unknown = Object(JSON.parse(permissions ?? "{}")).tinyproof;
  return Array.isArray(scopes) ? scopes.join(", ") : "reading";
}

function KeyForm({ scopes }: Pick<Props, "scopes">) {
  return (
    <form class="inside" method="post" action="/account">
      <input type="hidden" name="action" value="make-key" />
      <div class="field">
        <label for="key-name">Name</label>
        <input id="key-name" name="name" required maxLength={60} aria-describedby="key-name-hint" />
        <p class="hint" id="key-name-hint">Where it will be used, to know it again.</p>
      </div>
      <fieldset class="field plain">
        <legend class="label">Good for</legend>
        {scopes.map((scope) => (
          <label key={scope} class="check">
            <input type="checkbox" name="scopes" value={scope} checked={scope === "submit"} />
            <span>
              <code>{scope}</code>: {SCOPE_WORDS[scope]}
            </span>
          </label>
        ))}
      </fieldset>
      <div class="field">
        <label for="key-days">Ends after</label>
        <select id="key-days" name="days">
          <option value="30">30 days</option>
          <option value="90" selected>90 days</option>
          <option value="365">a year</option>
          <option value="never">never, until it is revoked</option>
        </select>
      </div>
      <button class="button quiet" type="submit">Make the key</button>
    </form>
  );
}
