import { type EntryAct, REASON_LENGTH } from "../lib/moderation/acts.ts";
import { TO_DO } from "./decision_words.ts";

interface Props {
  entryId: string;
  acts: readonly EntryAct[];
  /** Where to go then. */
  back: string;
}

/** A reason and a button for each act there is something to do for. */
export function DecideForm({ entryId, acts, back }: Props) {
  const id = `reason-${entryId}`;
  return (
    <form class="decide" method="post" action="/moderation">
      <input type="hidden" name="entry" value={entryId} />
      <input type="hidden" name="back" value={back} />
      <label for={id}>Reason, which everybody can read</label>
      <textarea id={id} name="reason" rows={2} required maxLength={REASON_LENGTH} />
      <p class="actions">
        {acts.map((act) => (
          <button
            key={act}
            class={act === acts[0] ? "button small" : "button quiet small"}
            type="submit"
            name="act"
            value={act}
          >
            {TO_DO[act]}
          </button>
        ))}
      </p>
    </form>
  );
}
