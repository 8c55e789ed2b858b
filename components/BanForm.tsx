import { REASON_LENGTH } from "../lib/moderation/acts.ts";
import type { Decision } from "../lib/storage/moderation_schema.ts";
import { formatInstant } from "./format.ts";

/** Who is banned, and the form that bans or lifts a ban; both take a public reason. */
export function BanForm({ author, bans }: { author: string; bans: readonly Decision[] }) {
  return (
    <>
      {bans.length > 0 && <BanList bans={bans} />}
      <form class="panel narrow" method="post" action="/moderation">
        <input type="hidden" name="back" value="/moderation/accounts#ban" />
        <div class="field">
          <label for="ban-author">Name</label>
          <input
            id="ban-author"
            name="author"
            required
            maxLength={60}
            defaultValue={author}
            aria-describedby="ban-author-hint"
          />
          <p class="hint" id="ban-author-hint">
            Of an account; or what guests call themselves, where no account has that name.
          </p>
        </div>
        <div class="field">
          <label for="ban-reason">Reason, which everybody can read</label>
          <textarea id="ban-reason" name="reason" rows={2} required maxLength={REASON_LENGTH} />
        </div>
        <div class="field">
          <label class="check">
            <input type="checkbox" name="entries" value="hide" />
            <span>Hide all their models too, for the same reason</span>
          </label>
        </div>
        <p class="actions">
          <button class="button" type="submit" name="act" value="ban">Ban</button>
          <button class="button quiet" type="submit" name="act" value="unban">
            Lift the ban
          </button>
        </p>
      </form>
    </>
  );
}

function BanList({ bans }: { bans: readonly Decision[] }) {
  return (
    <ul class="decisions">
      {bans.map(({ id, author, account_id, reason, created_at, moderator_name }) => (
        <li key={id}>
          <strong>{author}</strong> {account_id === null ? "(guests of that name)" : "(account)"}
          <p class="reason">{reason}</p>
          <p class="small muted">{formatInstant(created_at)} by {moderator_name}</p>
        </li>
      ))}
    </ul>
  );
}
